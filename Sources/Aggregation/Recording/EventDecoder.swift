// Turns bytes back into events, one at a time, so that a payload that claims millions costs no memory. It is total: any
// bytes give events or a `RecordingError`, after which the payload is of no further use.

package struct EventDecoder: Sendable {
    var payload = PayloadReader([])
    var lastTick = Moment.zero
    /// What each flow with a slot was last; nil where it was forgotten. At most `RecordingLimits.flowSlots`.
    var flows: ContiguousArray<FlowSample?> = []

    package init() {}

    /// The next payload, in the order they were taken from the encoder.
    package mutating func load(_ payload: [UInt8]) { self.payload = PayloadReader(payload) }

    /// The next event; nil at the end of the payload.
    package mutating func next() throws(RecordingError) -> Event? {
        if payload.isAtEnd { return nil }
        payload.beginEvent()
        let byte = try payload.byte()
        guard let kind = EventCodec.Kind(rawValue: byte) else { throw payload.error(.unknownEvent(byte)) }
        switch kind {
        case .node: return .node(try node())
        case .owner: return try owner()
        case .address: return .address(try payload.address(), cgroup: try payload.varint())
        case .object: return .object(try object())
        case .objectGone: return .objectGone(try objectKind(), id: try payload.text())
        case .translation: return .translation(try translation())
        case .usage: return .usage(try usage())
        case .source: return .source(try source())
        case .flow: return .flow(try flow())
        case .flowChange: return .flow(try flowChange())
        case .flowForgotten: return .flowForgotten(try flowForgotten())
        case .drop: return .drop(try drop())
        case .dropForgotten: return .dropForgotten(try drop())
        case .listener: return .listener(try listener())
        case .listenerClosed: return try listenerClosed()
        case .connection: return .connection(try connection())
        case .timing: return .timing(TimingSample(key: try reference(), nanoseconds: try payload.varint()))
        case .requests: return .requests(try requests())
        case .request: return .request(try exchange())
        case .incident: return .incident(try incident())
        case .probe: return .probe(try probe())
        case .status: return .status(try status())
        case .gap: return .gap(intervals: try payload.varint())
        case .tick:
            let wall = try payload.difference(from: lastTick.wall)
            lastTick = Moment(wall: wall, monotonic: try payload.difference(from: lastTick.monotonic))
            return .tick(lastTick)
        }
    }
}
