// The encoder's half of flow slots: which flow has which number, and what was written of it last. Owned by one encoder;
// `RecordingLimits.flowSlots` is its limit, beyond which a flow gets none. A forgotten flow's slot is used again.

struct FlowSlots: Sendable {
    private var numbers: [FlowKey: UInt32] = [:]
    private var samples: ContiguousArray<FlowSample> = []
    private var free: [UInt32] = []

    func number(of key: FlowKey) -> UInt32? { numbers[key] }

    subscript(number: UInt32) -> FlowSample {
        get { samples[Int(number)] }
        set { samples[Int(number)] = newValue }
    }

    /// What of the sample is not as it was written last, by the bits of `EventCodec.Change`.
    func changes(of sample: FlowSample, since number: UInt32) -> UInt64 { sample.changes(since: samples[Int(number)]) }

    /// A slot for a flow that has none; nil at the limit.
    mutating func add(_ sample: FlowSample) -> UInt32? {
        if let number = free.popLast() {
            samples[Int(number)] = sample
            numbers[sample.key] = number
            return number
        }
        guard samples.count < RecordingLimits.flowSlots else { return nil }
        let number = UInt32(samples.count)
        samples.append(sample)
        numbers[sample.key] = number
        return number
    }

    mutating func remove(_ key: FlowKey) {
        if let number = numbers.removeValue(forKey: key) { free.append(number) }
    }
}
