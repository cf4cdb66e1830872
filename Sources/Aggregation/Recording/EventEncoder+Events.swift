// How each event is laid out. `EventDecoder+Events.swift` is its mirror, field for field.

extension EventEncoder {
    mutating func begin(_ kind: EventCodec.Kind) { payload.byte(kind.rawValue) }

    /// A flow by its slot + 1 where it has one, else 0 and the key.
    mutating func reference(_ key: FlowKey) {
        if let number = flows.number(of: key) {
            payload.varint(number + 1)
        } else {
            payload.byte(0)
            payload.key(key)
        }
    }

    mutating func encode(_ sample: FlowSample) {
        guard let number = flows.number(of: sample.key) else {
            begin(.flow)
            payload.varint(flows.add(sample).map { $0 + 1 } ?? 0)
            payload.key(sample.key)
            let last = blank(sample.key)
            encodeChanges(sample.changes(since: last), of: sample, since: last)
            return
        }
        let mask = flows.changes(of: sample, since: number)
        if mask == 0 { return }
        begin(.flowChange)
        payload.varint(number)
        encodeChanges(mask, of: sample, since: flows[number])
        flows[number] = sample
    }

    /// What a flow was before its first sample: nothing, last active at the last tick.
    private func blank(_ key: FlowKey) -> FlowSample {
        FlowSample(key: key, counters: .zero, gauges: Gauges(), lastActive: lastTick.monotonic)
    }

    private mutating func encodeChanges(_ mask: UInt64, of sample: borrowing FlowSample, since last: borrowing FlowSample) {
        payload.varint(mask)
        var rest = mask
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            // Against the tick, not the last change: quiet flows wake long after it.
            let base = index == EventCodec.Change.lastActive ? lastTick.monotonic : last[change: index]
            payload.difference(sample[change: index], from: base)
        }
    }

    mutating func encode(_ node: Node) {
        begin(.node)
        payload.text(node.name)
        payload.text(node.kernel)
        // The time of boot, by a clock that may be set: the moments have their own since then.
        payload.varint(0 as UInt64)
        payload.varint(node.processors)
    }

    mutating func encode(_ owner: Owner, cgroup: UInt64) {
        begin(.owner)
        payload.varint(cgroup)
        payload.byte(owner.kind.rawValue)
        payload.text(owner.key)
        payload.text(owner.workload)
        let optional: [(bit: UInt8, text: String?)] = [
            (EventCodec.Present.namespace, owner.namespace), (EventCodec.Present.pod, owner.pod),
            (EventCodec.Present.podUID, owner.podUID), (EventCodec.Present.container, owner.container),
            (EventCodec.Present.containerID, owner.containerID),
        ]
        payload.byte(optional.reduce(0) { $1.text == nil ? $0 : $0 | $1.bit })
        for case let (_, text?) in optional { payload.text(text) }
    }

    mutating func encode(_ sample: DropSample, as kind: EventCodec.Kind) {
        begin(kind)
        payload.byte(sample.kind.rawValue)
        reference(sample.key)
        payload.address(sample.local)
        payload.text(sample.reason)
        payload.varint(sample.packets)
        payload.difference(sample.lastSeen, from: lastTick.monotonic)
    }

    mutating func encode(_ sample: ListenerSample) {
        begin(.listener)
        payload.varint(sample.cgroup)
        payload.command(sample.command)
        payload.varint(sample.netns)
        payload.address(sample.address)
        payload.varint(sample.port)
        payload.varint(sample.queue)
        payload.varint(sample.queueLimit)
        payload.varint(sample.drops)
    }

    mutating func encode(_ sample: ConnectionSample) {
        begin(.connection)
        payload.varint(sample.cookie)
        reference(sample.key)
        payload.address(sample.local)
        payload.varint(sample.localPort)
        payload.varint(sample.peerPort)
        payload.byte(sample.state.rawValue)
        var present: UInt8 = sample.partial ? EventCodec.Present.partial : 0
        if sample.established != 0 { present |= EventCodec.Present.established }
        payload.byte(present)
        payload.varint(sample.pid)
        payload.difference(sample.seen, from: lastTick.monotonic)
        if sample.established != 0 { payload.difference(sample.established, from: sample.seen) }
        payload.varint(sample.sentBytes)
        payload.varint(sample.receivedBytes)
        payload.varint(sample.retransmits)
        payload.varint(sample.rtt)
        payload.varint(sample.congestionWindow)
        payload.varint(sample.sendWindow)
    }

    mutating func encode(_ sample: ProbeSample) {
        begin(.probe)
        payload.text(sample.name)
        payload.text(sample.hook)
        payload.byte(sample.state.rawValue)
        payload.text(sample.signal)
        payload.varint(sample.runs)
        payload.varint(sample.nanoseconds)
        payload.varint(sample.measuredFor)
        payload.varint(sample.lost)
        var present: UInt8 = sample.reason == nil ? 0 : EventCodec.Present.reason
        if sample.entries != nil { present |= EventCodec.Present.entries }
        if sample.limit != nil { present |= EventCodec.Present.limit }
        if sample.bytes != nil { present |= EventCodec.Present.bytes }
        payload.byte(present)
        if let reason = sample.reason { payload.text(reason) }
        if let entries = sample.entries { payload.varint(entries) }
        if let limit = sample.limit { payload.varint(limit) }
        if let bytes = sample.bytes { payload.varint(bytes) }
    }

    mutating func encode(_ status: Status) {
        begin(.status)
        payload.ratio(status.cpuRatio)
        payload.byte(status.probeCPURatio == nil ? 0 : EventCodec.Present.probeCPURatio)
        if let ratio = status.probeCPURatio { payload.ratio(ratio) }
        payload.varint(status.residentBytes)
        payload.varint(status.mapBytes)
        encodeCounts(status.losses)
        encodeCounts(status.sampledOut)
        encodeCounts(status.notUnderstood)
    }

    private mutating func encodeCounts(_ counts: [String: UInt64]) {
        var counts = counts.sorted { $0.key < $1.key }
        if counts.count > RecordingLimits.lossCauses {
            let rest = counts[(RecordingLimits.lossCauses - 1)...].reduce(0) { $0 &+ $1.value }
            counts.removeSubrange((RecordingLimits.lossCauses - 1)...)
            counts.append((key: "~other", value: rest))
        }
        payload.varint(UInt64(counts.count))
        for (cause, count) in counts {
            payload.text(cause)
            payload.varint(count)
        }
    }
}
