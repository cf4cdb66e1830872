// Folding flows: what a sample says beyond the last one is this interval's, for the flow, its workload and its symptoms.

extension EngineState {
    mutating func fold(_ sample: FlowSample) {
        let index = flowRow(for: sample.key, since: sample.lastActive)
        let delta = sample.counters &- lastCounters[index]
        lastCounters[index] = sample.counters
        tables.flows[index].gauges = sample.gauges
        tables.flows[index].lastActive = max(tables.flows[index].lastActive, sample.lastActive)
        tables.flows[index].isForgotten = false
        if sample.counters[.adopted] > 0 { tables.flows[index].marks.insert(.partial) }
        guard !delta.isZero else { return }
        tables.flows[index].totals &+= delta
        tables.flows[index].delta &+= delta
        let workload = Int(tables.flows[index].workload)
        tables.workloads[workload].totals &+= delta
        tables.workloads[workload].delta &+= delta
        tables.workloads[workload].lastActive = max(tables.workloads[workload].lastActive, sample.lastActive)
        for symptom in EngineState.symptoms where delta[symptom.counter] > 0 {
            count(symptom.kind, symptom.cause, by: delta[symptom.counter], in: index, lastSeen: sample.lastActive)
        }
    }

    /// Which counters are symptoms, and what their rows are called.
    static let symptoms: [(counter: Counter, kind: SymptomRow.Kind, cause: String)] = [
        (.retransmitsFast, .retransmit, "fast"), (.retransmitsTimeout, .retransmit, "timeout"),
        (.retransmitsLossProbe, .retransmit, "loss_probe"), (.retransmitsSyn, .retransmit, "syn"),
        (.retransmitsSynAck, .retransmit, "synack"), (.retransmitsOther, .retransmit, "other"),
        (.resetsSent, .reset, "sent"), (.resetsReceived, .reset, "received"),
        (.refused, .failure, "refused"), (.timedOut, .failure, "timeout"), (.failed, .failure, "failed"),
    ]

    /// The row of a flow, made where there is none; the row of `~other` where there is no place.
    mutating func flowRow(for key: FlowKey, since: UInt64) -> Int {
        if let index = flowIndex[key] { return Int(index) }
        if tables.flows.count >= tables.flows.limit - 2 { dropForgottenFlows(olderThan: .max, keeping: Limits.flows / 16 * 15) }
        if tables.flows.count >= tables.flows.limit - 2, !EngineState.isOther(key) {
            tables.flows.refused += 1
            return flowRow(for: EngineState.otherKey(key.direction), since: since)
        }
        let place: Place
        if EngineState.isOther(key) {
            place = Place(workload: workload(of: .other), container: -1)
        } else {
            place = self.place(of: key)
        }
        var row = FlowRow(serial: serial(), key: key, workload: place.workload, container: place.container, since: since)
        row.isOther = EngineState.isOther(key)
        let index = tables.flows.append(row)
        lastCounters.append(.zero)
        flowIndex[key] = Int32(index)
        return index
    }

    /// The key under which what found no place is summed; the kernel's own `~other` arrives under it too.
    static func otherKey(_ direction: Direction) -> FlowKey {
        FlowKey(cgroup: 0, netns: 0, direction: direction, peer: .unspecified, port: 0)
    }

    static func isOther(_ key: FlowKey) -> Bool { key.cgroup == 0 && key.netns == 0 && key.port == 0 && key.peer == .unspecified }

    /// The kernel gave the row up: its counters begin at zero if it comes again. The row stays for a while.
    mutating func forget(_ key: FlowKey) {
        guard let index = flowIndex[key] else { return }
        lastCounters[Int(index)] = .zero
        tables.flows[Int(index)].isForgotten = true
        tables.flows[Int(index)].gauges = Gauges()
    }

    /// Folds flows that ended long ago into `~other`, the longest silent first, until `keeping` rows are left.
    mutating func dropForgottenFlows(olderThan horizon: UInt64, keeping: Int) {
        var ended: [(lastActive: UInt64, key: FlowKey)] = []
        for row in tables.flows.rows where row.isForgotten && !row.isOther && row.lastActive < horizon {
            ended.append((row.lastActive, row.key))
        }
        ended.sort { $0.lastActive < $1.lastActive }
        for (_, key) in ended.prefix(max(0, tables.flows.count - keeping)) {
            guard let index = flowIndex[key].map({ Int($0) }) else { continue }
            let row = tables.flows[index]
            let other = flowRow(for: EngineState.otherKey(key.direction), since: row.since)
            tables.flows[other].totals &+= row.totals
            tables.flows[other].drops &+= row.drops
            removeFlow(at: index)
        }
    }

    private mutating func removeFlow(at index: Int) {
        flowIndex[tables.flows[index].key] = nil
        let last = tables.flows.count - 1
        if index != last { flowIndex[tables.flows[last].key] = Int32(index) }
        tables.flows.remove(at: index)
        lastCounters.swapAt(index, last)
        lastCounters.removeLast()
    }

    mutating func fold(_ sample: TimingSample) {
        let workload = Int(place(of: sample.key).workload)
        switch sample.key.direction {
        case .outbound: tables.workloads[workload].connectTimes.record(sample.nanoseconds)
        case .inbound: tables.workloads[workload].handshakeTimes.record(sample.nanoseconds)
        }
    }
}
