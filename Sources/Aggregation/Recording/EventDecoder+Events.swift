// How each event is read: the mirror of `EventEncoder+Events.swift`, field for field.

extension EventDecoder {
    func slot(_ number: UInt64) throws(RecordingError) -> FlowSample {
        guard number < flows.count, let sample = flows[Int(number)] else { throw payload.error(.unknownFlow(number)) }
        return sample
    }

    mutating func reference() throws(RecordingError) -> FlowKey {
        let code = try payload.varint()
        return code == 0 ? try payload.key() : try slot(code - 1).key
    }

    mutating func flow() throws(RecordingError) -> FlowSample {
        let code = try payload.varint()
        guard code <= flows.count + 1, code <= RecordingLimits.flowSlots else { throw payload.error(.outOfRange("flow's number")) }
        var sample = FlowSample(key: try payload.key(), counters: .zero, gauges: Gauges(), lastActive: lastTick.monotonic)
        try readChanges(of: &sample)
        guard code > 0 else { return sample }
        if code > flows.count { flows.append(sample) } else { flows[Int(code - 1)] = sample }
        return sample
    }

    mutating func flowChange() throws(RecordingError) -> FlowSample {
        let number = try payload.varint()
        var sample = try slot(number)
        try readChanges(of: &sample)
        flows[Int(number)] = sample
        return sample
    }

    private mutating func readChanges(of sample: inout FlowSample) throws(RecordingError) {
        let mask = try payload.varint()
        guard mask >> UInt64(EventCodec.Change.count) == 0 else { throw payload.error(.outOfRange("flow's mask of changes")) }
        for index in 0..<EventCodec.Change.count where mask >> UInt64(index) & 1 == 1 {
            let base = index == EventCodec.Change.lastActive ? lastTick.monotonic : sample[change: index]
            sample[change: index] = try payload.difference(from: base)
        }
    }

    mutating func flowForgotten() throws(RecordingError) -> FlowKey {
        let code = try payload.varint()
        guard code > 0 else { return try payload.key() }
        let key = try slot(code - 1).key
        flows[Int(code - 1)] = nil
        return key
    }

    mutating func node() throws(RecordingError) -> Node {
        let name = try payload.text()
        let kernel = try payload.text()
        _ = try payload.varint()
        return Node(name: name, kernel: kernel, processors: try payload.varint("processors", as: UInt32.self))
    }

    mutating func owner() throws(RecordingError) -> Event {
        let cgroup = try payload.varint()
        guard let kind = Owner.Kind(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("kind of owner")) }
        let key = try payload.text()
        var owner = Owner(kind: kind, key: key, workload: try payload.text())
        let present = try payload.byte()
        if present & EventCodec.Present.namespace != 0 { owner.namespace = try payload.text() }
        if present & EventCodec.Present.pod != 0 { owner.pod = try payload.text() }
        if present & EventCodec.Present.podUID != 0 { owner.podUID = try payload.text() }
        if present & EventCodec.Present.container != 0 { owner.container = try payload.text() }
        if present & EventCodec.Present.containerID != 0 { owner.containerID = try payload.text() }
        return .owner(cgroup: cgroup, owner)
    }

    mutating func drop() throws(RecordingError) -> DropSample {
        guard let kind = DropSample.Kind(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("kind of drop")) }
        let key = try reference()
        let local = try payload.address()
        let reason = try payload.text()
        let packets = try payload.varint()
        return DropSample(
            kind: kind, key: key, local: local, reason: reason, packets: packets, lastSeen: try payload.difference(from: lastTick.monotonic)
        )
    }

    mutating func listener() throws(RecordingError) -> ListenerSample {
        let cgroup = try payload.varint()
        let command = try payload.command()
        let netns = try payload.varint("network namespace", as: UInt32.self)
        let address = try payload.address()
        let port = try payload.varint("port", as: UInt16.self)
        let queue = try payload.varint("accept queue", as: UInt32.self)
        let queueLimit = try payload.varint("accept queue's limit", as: UInt32.self)
        return ListenerSample(
            cgroup: cgroup, command: command, netns: netns, address: address, port: port, queue: queue, queueLimit: queueLimit,
            drops: try payload.varint())
    }

    mutating func listenerClosed() throws(RecordingError) -> Event {
        let netns = try payload.varint("network namespace", as: UInt32.self)
        let address = try payload.address()
        return .listenerClosed(netns: netns, address, port: try payload.varint("port", as: UInt16.self))
    }

    mutating func connection() throws(RecordingError) -> ConnectionSample {
        let cookie = try payload.varint()
        let key = try reference()
        let local = try payload.address()
        let localPort = try payload.varint("port", as: UInt16.self)
        let peerPort = try payload.varint("port", as: UInt16.self)
        guard let state = ConnectionState(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("TCP state")) }
        let present = try payload.byte()
        let pid = try payload.varint("process id", as: UInt32.self)
        let seen = try payload.difference(from: lastTick.monotonic)
        let established = present & EventCodec.Present.established == 0 ? 0 : try payload.difference(from: seen)
        let sentBytes = try payload.varint()
        let receivedBytes = try payload.varint()
        let retransmits = try payload.varint("count of retransmits", as: UInt32.self)
        let rtt = try payload.varint("round-trip time", as: UInt32.self)
        let congestionWindow = try payload.varint("congestion window", as: UInt32.self)
        return ConnectionSample(
            cookie: cookie, key: key, local: local, localPort: localPort, peerPort: peerPort, state: state,
            partial: present & EventCodec.Present.partial != 0, pid: pid, established: established, seen: seen,
            sentBytes: sentBytes, receivedBytes: receivedBytes, retransmits: retransmits, rtt: rtt,
            congestionWindow: congestionWindow, sendWindow: try payload.varint("send window", as: UInt32.self))
    }

    mutating func probe() throws(RecordingError) -> ProbeSample {
        let name = try payload.text()
        let hook = try payload.text()
        guard let state = ProbeSample.State(rawValue: try payload.byte()) else { throw payload.error(.outOfRange("probe's state")) }
        var sample = ProbeSample(name: name, hook: hook, state: state, signal: try payload.text())
        sample.runs = try payload.varint()
        sample.nanoseconds = try payload.varint()
        sample.measuredFor = try payload.varint()
        sample.lost = try payload.varint()
        let present = try payload.byte()
        if present & EventCodec.Present.reason != 0 { sample.reason = try payload.text() }
        if present & EventCodec.Present.entries != 0 { sample.entries = try payload.varint() }
        if present & EventCodec.Present.limit != 0 { sample.limit = try payload.varint() }
        if present & EventCodec.Present.bytes != 0 { sample.bytes = try payload.varint() }
        return sample
    }

    mutating func status() throws(RecordingError) -> Status {
        var status = Status()
        status.cpuRatio = try payload.ratio()
        if try payload.byte() & EventCodec.Present.probeCPURatio != 0 { status.probeCPURatio = try payload.ratio() }
        status.residentBytes = try payload.varint()
        status.mapBytes = try payload.varint()
        status.losses = try counts()
        status.sampledOut = try counts()
        status.notUnderstood = try counts()
        return status
    }

    private mutating func counts() throws(RecordingError) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        let causes = try payload.varint()
        guard causes <= RecordingLimits.lossCauses else { throw payload.error(.outOfRange("number of causes of loss")) }
        for _ in 0..<causes {
            let cause = try payload.text()
            counts[cause] = try payload.varint()
        }
        return counts
    }
}
