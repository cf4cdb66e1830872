// How many values the labels of each workload have: noted where a row begins, or where a request's sample is looked at anyhow, so that
// a known flow's sample costs nothing more. At the end of an interval the table of labels is made anew.

extension EngineState {
    // MARK: - While the interval runs

    /// A flow that has no row yet.
    mutating func note(_ key: FlowKey, of workload: WorkloadIndex) {
        guard !key.isGathering else { return }
        note(.peer, StableHash.of(key.peer), of: workload)
        note(.port, StableHash.of(UInt64(key.port)), of: workload)
    }

    /// A key of requests that has no account yet.
    mutating func note(_ key: RequestKey, of workload: WorkloadIndex) {
        note(.operation, StableHash.of(UInt64(key.application.rawValue) << 16 | UInt64(key.operation)), of: workload)
        note(.status, StableHash.of(UInt64(key.application.rawValue) << 16 | UInt64(key.status)), of: workload)
    }

    /// A request that was sampled. The target's text is only hashed.
    mutating func note(_ exchange: Exchange, of workload: WorkloadIndex) {
        guard exchange.amendedDuration == nil else { return }
        let isOutbound = exchange.key.flow.direction == .outbound
        note(.clientPort, StableHash.of(UInt64(isOutbound ? exchange.localPort : exchange.peerPort)), of: workload)
        if exchange.isCut { cardinality.holdings[Int(workload)].isSampled = true }
        let isPath = exchange.key.application.learnsRoutes
        var (target, query) = (StableHash.Text(), StableHash.Text())
        var hasQuery = false
        for byte in exchange.target.utf8 {
            if hasQuery {
                query.add(byte)
            } else if isPath, byte == UInt8(ascii: "?") {
                hasQuery = true
            } else {
                target.add(byte)
            }
        }
        note(isPath ? .path : .dnsName, target.value, of: workload)
        if hasQuery { note(.query, query.value, of: workload) }
    }

    private mutating func note(_ label: Label, _ hash: UInt64, of workload: WorkloadIndex) {
        if cardinality.holdings[Int(workload)].limit == 0 { assignClass(to: workload) }
        // Of what gathers the rest nobody asks who did it.
        guard cardinality.holdings[Int(workload)].limit < .max else { return }
        cardinality.note(label, hash, of: workload, now: tables.moment.monotonic)
    }

    // MARK: - At its end

    /// The table of labels.
    mutating func countLabels() {
        turnLabels()
        if cardinality.haveRoutesChanged { countRoutes() }
        var table = Table<CardinalityRow>(limit: capacities.labels, keepsHistory: false)
        table.refused = cardinality.refused
        for counter in cardinality.counters where counter.isUsed { _ = table.append(row(of: counter)) }
        tables.cardinality = table
    }

    private func row(of counter: CardinalityBook.Counter) -> CardinalityRow {
        let holding = cardinality.holdings[Int(counter.workload)]
        let kept: Int
        let folded: UInt64
        switch counter.label.table {
        case .flows: (kept, folded) = (holding.flows, holding.foldedFlows)
        case .requests: (kept, folded) = (holding.requests, holding.foldedRequests)
        case .routes:
            let place = CardinalityBook.LabelPlace(workload: counter.workload, label: counter.label)
            (kept, folded) = (cardinality.routes[place] ?? 0, holding.foldedRoutes)
        case .none: (kept, folded) = (0, 0)
        }
        let treatment: LabelTreatment =
            switch counter.label.table {
            case .flows, .requests: folded > 0 ? .folded : .kept
            case .routes: .templated
            case .none: .stripped
            }
        var marks: Marks = counter.isEstimate ? .estimated : []
        if counter.isCutShort || counter.label.isSampled && holding.isSampled { marks.insert(.partial) }
        return CardinalityRow(
            serial: counter.serial, workload: counter.workload, label: counter.label, classIndex: max(0, holding.classIndex),
            distinct: UInt64(counter.distinct.rounded()), growth: UInt64(counter.growth.rounded()), kept: UInt32(kept), folded: folded,
            series: UInt32(holding.series), treatment: treatment, since: counter.since, lastActive: counter.lastActive, marks: marks)
    }

    /// How many routes the rows of each workload have: of paths, and of names that DNS was asked for.
    private mutating func countRoutes() {
        struct Route: Hashable {
            var place: CardinalityBook.LabelPlace
            var route: NameIndex
        }
        cardinality.haveRoutesChanged = false
        cardinality.routes.removeAll(keepingCapacity: true)
        let other = name("~other")
        var seen: Set<Route> = []
        for row in tables.requests.rows where row.route >= 0 && row.route != other {
            let label: Label = row.key.application.learnsRoutes ? .path : .dnsName
            let place = CardinalityBook.LabelPlace(workload: row.workload, label: label)
            if seen.insert(Route(place: place, route: row.route)).inserted { cardinality.routes[place, default: 0] += 1 }
        }
    }

    /// Every ten seconds growth moves on, and labels without a value for a quarter of an hour leave; every hour counts begin anew.
    private mutating func turnLabels() {
        let now = tables.moment.monotonic
        if cardinality.slotTurned == 0 || now < cardinality.slotTurned {
            (cardinality.slotTurned, cardinality.hourTurned) = (now, now)
        }
        if now - cardinality.hourTurned >= CardinalityBook.Counter.hour {
            cardinality.hourTurned = now
            cardinality.turnHours()
            noteWhatIsKept()
        }
        guard now - cardinality.slotTurned >= CardinalityBook.Counter.slot else { return }
        cardinality.slotTurned = now
        cardinality.turnSlots()
        dropSilentLabels()
    }

    /// What has a row has its values in the new hour, too.
    private mutating func noteWhatIsKept() {
        for row in tables.flows.rows where !row.isOther { note(row.key, of: row.workload) }
        // In an order that does not depend on the dictionary's: the estimate does.
        let refused = refusedFlows.keys.map { (peer: StableHash.of($0.peer), key: $0) }
        for (_, key) in refused.sorted(by: { ($0.peer, $0.key.port, $0.key.cgroup) < ($1.peer, $1.key.port, $1.key.cgroup) }) {
            note(key, of: place(of: key).workload)
        }
        for account in requests.accounts where account.isOpen && !account.key.flow.isGathering { note(account.key, of: account.workload) }
    }

    private mutating func dropSilentLabels() {
        let now = tables.moment.monotonic
        guard now > Limits.flowMemory else { return }
        for place in cardinality.counters.indices where cardinality.counters[place].isUsed {
            let counter = cardinality.counters[place]
            guard counter.lastActive < now - Limits.flowMemory else { continue }
            let holding = cardinality.holdings[Int(counter.workload)]
            switch counter.label.table {
            case .flows where holding.flows > 0, .requests where holding.requests > 0: continue
            case .flows, .requests, .routes, .none: cardinality.remove(at: place)
            }
            // Where names stand in its paths is learnt anew when it is asked again.
            if counter.label == .path { requests.learner.forget(counter.workload) }
        }
    }
}
