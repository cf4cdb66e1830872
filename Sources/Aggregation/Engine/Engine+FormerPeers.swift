// Addresses change hands: a pod's goes to another pod when it has ended. A flow is known by its peer's address, so its row
// could be credited to the wrong one. Flows without traffic since then keep the name of whom they talked to. Where one talks to
// the new holder, what it had counted with the old one is summed in `~other`, and its row begins anew.

extension EngineState {
    /// At the end of an interval: whose address changed hands in it.
    mutating func keepFormerPeers() {
        guard !objects.formerHolders.isEmpty else { return }
        let moved = objects.formerHolders.filter { hasMoved($0.key, from: $0.value) }
        objects.formerHolders.removeAll(keepingCapacity: true)
        guard !moved.isEmpty else { return }
        var reused: [FlowKey] = []
        for row in tables.flows.rows {
            guard let former = moved[row.key.peer], !row.isOther, tables.formerPeers[row.key] == nil else { continue }
            // An open connection stays with whom it was opened to; a new one of this interval is the new holder's, if there is one.
            if holder(of: row.key.peer) != nil, row.delta.isNewTraffic(over: row.key.transport) {
                reused.append(row.key)
            } else {
                tables.formerPeers[row.key] = former
            }
        }
        for key in reused { handOver(key) }
        forgetTranslations(of: Set(moved.keys))
    }

    /// Whether somebody else has the address: that it got a better name (a pod's where a node's was known) is no move.
    private func hasMoved(_ address: Address, from former: Peer) -> Bool {
        let now = holder(of: address)
        guard now != ofThisNode(former) else { return false }
        guard case .object(let index) = former, let now else { return true }
        let object = tables.clusterObjects[Int(index)]
        guard objects.index[ObjectKey(object)] == index, object.claims.contains(address) else { return true }
        return tables.object(of: now).map { $0.precedence >= object.precedence } ?? false
    }

    /// A flow whose peer's address changed hands may talk to the new holder now.
    mutating func noteTraffic(_ sample: FlowSample) {
        guard tables.formerPeers[sample.key] != nil, let index = flowIndex[sample.key] else { return }
        let delta = sample.counters &- lastCounters[Int(index)]
        if delta.isNewTraffic(over: sample.key.transport) { handOver(sample.key) }
    }

    /// What a flow counted before this interval goes to `~other`, in every table; its row begins anew.
    private mutating func handOver(_ key: FlowKey) {
        tables.formerPeers[key] = nil
        guard let index = flowIndex[key].map({ Int($0) }) else { return }
        var old = tables.flows[index]
        let last = lastCounters[index]
        setForgotten(false, at: index)
        var row = FlowRow(serial: serial(), key: key, workload: old.workload, container: old.container, since: tables.moment.monotonic)
        row.totals = old.delta
        row.delta = old.delta
        row.drops = old.dropsDelta
        row.dropsDelta = old.dropsDelta
        row.gauges = old.gauges
        row.lastActive = old.lastActive
        old.totals = old.totals &- old.delta
        old.drops = old.drops &- old.dropsDelta
        let open = old.totals.connections
        if open > 0 {
            // Connections to the old holder that nobody has closed yet will be closed in this row.
            row.totals[.adopted] &+= open
            old.totals[.closed] &+= open
            row.marks.insert(.partial)
        }
        old.delta = .zero
        old.dropsDelta = 0
        removeFlow(at: index)
        gather(old)
        _ = append(row, last: last)
        handOverSymptoms(of: key)
        removeRequestFlow(key)
        handOverRequests(of: key)
        closedConnections.removeAll { $0.key == key && $0.seen <= tables.moment.monotonic }
    }
}

extension Counters {
    /// Whether someone was talked to anew: an open connection cannot move to another holder of its peer's address.
    fileprivate func isNewTraffic(over transport: Transport) -> Bool {
        switch transport {
        case .tcp: self[.opened] > 0 || self[.adopted] > 0 || self[.refused] > 0 || self[.timedOut] > 0 || self[.failed] > 0
        case .udp: !isZero
        }
    }
}
