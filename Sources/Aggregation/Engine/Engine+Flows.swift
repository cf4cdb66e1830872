// Folding flows: what a sample says beyond the last one is this interval's, for the flow, its workload and its symptoms.

extension EngineState {
    mutating func fold(_ sample: FlowSample) {
        if !tables.formerPeers.isEmpty { noteTraffic(sample) }
        guard let index = flowRow(for: sample.key, since: sample.lastActive) else { return foldRefused(sample) }
        let delta = sample.counters &- lastCounters[index]
        lastCounters[index] = sample.counters
        tables.flows[index].gauges = sample.gauges
        tables.flows[index].lastActive = max(tables.flows[index].lastActive, sample.lastActive)
        setForgotten(false, at: index)
        if sample.counters[.adopted] > 0 { tables.flows[index].marks.insert(.partial) }
        guard !delta.isZero else { return }
        // What happened in a gap of a recording is not known to have happened when.
        guard !isAfterGap else {
            tables.flows[index].marks.insert(.partial)
            return
        }
        book(delta, flow: index, workload: tables.flows[index].workload, lastActive: sample.lastActive)
    }

    /// A flow without a row: its workload and `~other` get what is new. What is new cannot be told of more flows than the limit.
    private mutating func foldRefused(_ sample: FlowSample) {
        let last = refusedFlows[sample.key]
        if last == nil {
            tables.flows.refused += 1
            noteRefused(sample)
            guard refusedFlows.count < capacities.refusedFlows else { return }
        }
        refusedFlows[sample.key] = sample.counters
        let delta = sample.counters &- (last ?? .zero)
        guard !delta.isZero, !isAfterGap else { return }
        let workload = place(of: sample.key).workload
        let other = gatheringFlowRow(sample.key, of: workload)
        tables.flows[other].lastActive = max(tables.flows[other].lastActive, sample.lastActive)
        book(delta, flow: other, workload: workload, lastActive: sample.lastActive)
    }

    private mutating func book(_ delta: Counters, flow index: Int, workload: WorkloadIndex, lastActive: UInt64) {
        tables.flows[index].totals &+= delta
        tables.flows[index].delta &+= delta
        tables.workloads[Int(workload)].totals &+= delta
        tables.workloads[Int(workload)].delta &+= delta
        tables.workloads[Int(workload)].traffic.add(delta, of: tables.flows[index].key)
        tables.workloads[Int(workload)].lastActive = max(tables.workloads[Int(workload)].lastActive, lastActive)
        for symptom in EngineState.symptoms where delta[symptom.counter] > 0 {
            count(symptom.kind, symptom.cause, by: delta[symptom.counter], in: index, lastSeen: lastActive)
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

    /// The row of a flow, made where there is none; nil where there is no place.
    mutating func flowRow(for key: FlowKey, since: UInt64) -> Int? {
        if let index = flowIndex[key] { return Int(index) }
        if EngineState.isOther(key) { return otherFlowRow(key) }
        let place = self.place(of: key)
        guard mayHold(place.workload) else { return nil }
        if !hasRoomForFlow { makeRoomForFlows() }
        guard hasRoomForFlow else { return nil }
        note(key, of: place.workload)
        var row = FlowRow(serial: serial(), key: key, workload: place.workload, container: place.container, since: since)
        let before = refusedFlows.removeValue(forKey: key)
        // What it was before it had a row stays in `~other`.
        if before != nil { row.marks.insert(.partial) }
        return append(row, last: before ?? .zero)
    }

    /// The row that gathers what found no place, the kernel's own `~other` included.
    mutating func otherFlowRow(_ key: FlowKey) -> Int {
        let key = EngineState.otherKey(key.direction, key.transport)
        if let index = flowIndex[key] { return Int(index) }
        var row = FlowRow(serial: serial(), key: key, workload: workload(of: .other), container: -1, since: tables.moment.monotonic)
        row.isOther = true
        return append(row, last: .zero)
    }

    /// Places are kept for `~other`, one a direction and transport.
    var hasRoomForFlow: Bool {
        let limit = capacities.flows - EngineState.otherKeys.count
        guard tables.flows.count >= limit else { return true }
        let others = EngineState.otherKeys.count { flowIndex[$0] != nil }
        return tables.flows.count - others < limit
    }

    mutating func append(_ row: FlowRow, last: Counters) -> Int {
        let index = tables.flows.append(row)
        lastCounters.append(last)
        flowIndex[row.key] = Int32(index)
        if !row.isOther { cardinality.holdings[Int(row.workload)].flows += 1 }
        return index
    }

    /// The key under which what found no place is summed; the kernel's own `~other` arrives under it too.
    static func otherKey(_ direction: Direction, _ transport: Transport) -> FlowKey {
        .gathering(direction, transport)
    }

    static let otherKeys = Direction.allCases.flatMap { direction in Transport.allCases.map { otherKey(direction, $0) } }

    static func isOther(_ key: FlowKey) -> Bool { key == otherKey(key.direction, key.transport) }

    /// The kernel gave the row up: its counters begin at zero if it comes again. The row stays for a while.
    mutating func forget(_ key: FlowKey) {
        guard let index = flowIndex[key].map({ Int($0) }) else {
            refusedFlows[key] = nil
            return
        }
        lastCounters[index] = .zero
        tables.flows[index].gauges = Gauges()
        if !tables.flows[index].isOther { setForgotten(true, at: index) }
    }

    mutating func setForgotten(_ isForgotten: Bool, at index: Int) {
        guard tables.flows[index].isForgotten != isForgotten else { return }
        tables.flows[index].isForgotten = isForgotten
        forgottenFlows += isForgotten ? 1 : -1
    }

    /// Where every place is taken, the longest ended flows give theirs up: a sixteenth at once, so that it is rarely done.
    private mutating func makeRoomForFlows() {
        guard mayMakeRoom, forgottenFlows > 0 else { return }
        let before = tables.flows.count
        dropForgottenFlows(olderThan: .max, keeping: (capacities.flows - EngineState.otherKeys.count) / 16 * 15)
        mayMakeRoom = before - tables.flows.count > capacities.flows / 64
    }

    /// Folds flows that ended long ago into `~other`, the longest silent first, until `keeping` rows are left.
    mutating func dropForgottenFlows(olderThan horizon: UInt64, keeping: Int) {
        guard forgottenFlows > 0 else { return }
        var ended: [(lastActive: UInt64, key: FlowKey)] = []
        for row in tables.flows.rows where row.isForgotten && row.lastActive < horizon { ended.append((row.lastActive, row.key)) }
        ended.sort { $0.lastActive < $1.lastActive }
        for (_, key) in ended.prefix(max(0, tables.flows.count - keeping)) {
            guard let index = flowIndex[key].map({ Int($0) }) else { continue }
            let row = tables.flows[index]
            setForgotten(false, at: index)
            removeFlow(at: index)
            removeRequestFlow(key)
            gather(row)
        }
    }

    /// A flow's row has left: what it counted goes to `~other`.
    mutating func gather(_ row: FlowRow) { gather(row, in: otherFlowRow(row.key)) }

    mutating func gather(_ row: FlowRow, in other: Int) {
        tables.flows[other].totals &+= row.totals
        tables.flows[other].delta &+= row.delta
        tables.flows[other].drops &+= row.drops
        tables.flows[other].dropsDelta &+= row.dropsDelta
        tables.flows[other].lastActive = max(tables.flows[other].lastActive, row.lastActive)
    }

    mutating func removeFlow(at index: Int) {
        flowIndex[tables.flows[index].key] = nil
        if !tables.flows[index].isOther { cardinality.holdings[Int(tables.flows[index].workload)].flows -= 1 }
        if !tables.formerPeers.isEmpty { tables.formerPeers[tables.flows[index].key] = nil }
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
