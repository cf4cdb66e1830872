// What went wrong: counted a flow, a kind and a cause.

extension EngineState {
    /// Counts a symptom of the flow in row `flow`.
    mutating func count(_ kind: SymptomRow.Kind, _ cause: String, by amount: UInt64, in flow: Int, lastSeen: UInt64) {
        let row = tables.flows[flow]
        count(kind, cause, by: amount, key: row.key, workload: row.workload, container: row.container, lastSeen: lastSeen, marks: [])
    }

    private mutating func count(
        _ kind: SymptomRow.Kind, _ cause: String, by amount: UInt64, key: FlowKey, workload: WorkloadIndex, container: NameIndex,
        lastSeen: UInt64, marks: Marks
    ) {
        let index = symptomRow(SymptomKey(kind: kind, cause: name(cause), flow: key, workload: workload), container: container)
        tables.symptoms[index].total &+= amount
        tables.symptoms[index].delta &+= amount
        tables.symptoms[index].lastSeen = max(tables.symptoms[index].lastSeen, lastSeen)
        tables.symptoms[index].marks.formUnion(marks)
    }

    private mutating func symptomRow(_ key: SymptomKey, container: NameIndex) -> Int {
        if let index = symptomIndex[key] { return Int(index) }
        let key = fitting(key)
        if let index = symptomIndex[key] { return Int(index) }
        if tables.symptoms.isFull { dropOldSymptoms() }
        let row = SymptomRow(
            serial: serial(), kind: key.kind, cause: key.cause, key: key.flow, workload: key.workload, container: container)
        let index = tables.symptoms.append(row)
        symptomIndex[key] = Int32(index)
        if key.isSeries { cardinality.holdings[Int(key.workload)].symptoms += 1 }
        return index
    }

    /// Makes room: the eighth that was silent longest is summed in the rows `~other`, one a kind, direction and transport.
    private mutating func dropOldSymptoms() {
        let other = name("~other")
        let order = tables.symptoms.rows.filter { !(EngineState.isOther($0.key) && $0.cause == other) }.sorted { $0.lastSeen < $1.lastSeen }
        for row in order.prefix(max(1, order.count / 8)) where gather(row) { tables.symptoms.refused += 1 }
    }

    /// What is long over, of flows that are not listed any more: a workload's is summed over its peers; a workload's that has ended
    /// itself in the rows `~other`.
    mutating func dropEndedSymptoms(olderThan horizon: UInt64) {
        for row in tables.symptoms.rows where row.lastSeen < horizon {
            if row.workload < 0 || hasEnded(row.workload) {
                if flowIndex[row.key] == nil, !isOfNobody(row.workload) { _ = gather(row) }
            } else if flowIndex[row.key] == nil, !EngineState.isOther(row.key) {
                _ = gather(row, cause: row.cause, workload: row.workload)
            }
        }
    }

    private func isOfNobody(_ workload: WorkloadIndex) -> Bool { workload >= 0 && tables.workloads[Int(workload)].owner.kind == .other }

    /// What went wrong between a workload and the peer that it does not talk to any more.
    mutating func handOverSymptoms(of key: FlowKey) {
        for row in tables.symptoms.rows where row.key == key { _ = gather(row) }
    }

    /// Removes a row; what it counted goes to the row that gathers the rest. False where it is no row any more.
    private mutating func gather(_ row: SymptomRow) -> Bool { gather(row, cause: name("~other"), workload: workload(of: .other)) }

    private mutating func gather(_ row: SymptomRow, cause: NameIndex, workload: WorkloadIndex) -> Bool {
        let key = SymptomKey(kind: row.kind, cause: row.cause, flow: row.key, workload: row.workload)
        guard let index = symptomIndex[key].map({ Int($0) }) else { return false }
        removeSymptom(at: index)
        let gathered = symptomRow(
            SymptomKey(
                kind: row.kind, cause: cause, flow: EngineState.otherKey(row.key.direction, row.key.transport), workload: workload),
            container: -1)
        tables.symptoms[gathered].total &+= row.total
        tables.symptoms[gathered].delta &+= row.delta
        tables.symptoms[gathered].marks.formUnion(row.marks)
        tables.symptoms[gathered].lastSeen = max(tables.symptoms[gathered].lastSeen, row.lastSeen)
        return true
    }

    private mutating func removeSymptom(at index: Int) {
        func key(_ row: SymptomRow) -> SymptomKey { SymptomKey(kind: row.kind, cause: row.cause, flow: row.key, workload: row.workload) }
        let removed = key(tables.symptoms[index])
        symptomIndex[removed] = nil
        if removed.isSeries { cardinality.holdings[Int(removed.workload)].symptoms -= 1 }
        let last = tables.symptoms.count - 1
        if index != last { symptomIndex[key(tables.symptoms[last])] = Int32(index) }
        tables.symptoms.remove(at: index)
    }

    /// Drops, and resets that no socket answers for. Where the kernel knew no socket, the addresses name the workload.
    mutating func fold(_ sample: DropSample) {
        let identity = DropKey(sample)
        let before = isAfterGap ? sample.packets : lastDrops[identity] ?? 0
        guard sample.packets > before else { return }
        if lastDrops[identity] == nil, lastDrops.count >= capacities.drops {
            tables.symptoms.refused += 1
            return
        }
        lastDrops[identity] = sample.packets
        let amount = sample.packets - before
        let kind: SymptomRow.Kind = sample.kind == .drop ? .drop : .reset
        guard sample.key.cgroup == 0 else {
            let isNew = flowIndex[sample.key] == nil
            let place = self.place(of: sample.key)
            let flow = flowRow(for: sample.key, since: sample.lastSeen)
            // The kernel may have no row of it (a SYN that found its listener's queue full): nobody will say when it ends.
            if isNew, let flow, !tables.flows[flow].isOther, lastCounters[flow].isZero { setForgotten(true, at: flow) }
            let booked = flow ?? gatheringFlowRow(sample.key, of: place.workload)
            tables.flows[booked].lastActive = max(tables.flows[booked].lastActive, sample.lastSeen)
            let workload = flow.map { tables.flows[$0].workload } ?? place.workload
            book(amount, of: sample.kind, flow: booked, workload: workload, sample.lastSeen)
            count(
                kind, sample.reason, by: amount, key: sample.key, workload: workload, container: place.container,
                lastSeen: sample.lastSeen, marks: [])
            return
        }
        let (key, workload) = locate(sample)
        let flow = flowIndex[key].map { Int($0) }
        book(amount, of: sample.kind, flow: flow, workload: workload, sample.lastSeen)
        let container = flow.map { tables.flows[$0].container } ?? -1
        count(
            kind, sample.reason, by: amount, key: key, workload: workload, container: container, lastSeen: sample.lastSeen,
            marks: .estimated)
    }

    private mutating func book(_ amount: UInt64, of kind: DropSample.Kind, flow: Int?, workload: WorkloadIndex, _ lastSeen: UInt64) {
        switch kind {
        case .drop:
            if let flow {
                tables.flows[flow].drops &+= amount
                tables.flows[flow].dropsDelta &+= amount
            }
            guard workload >= 0 else { return }
            tables.workloads[Int(workload)].drops &+= amount
            tables.workloads[Int(workload)].dropsDelta &+= amount
            tables.workloads[Int(workload)].traffic.running.drops &+= amount
        case .resetSent:
            if let flow {
                tables.flows[flow].totals[.resetsSent] &+= amount
                tables.flows[flow].delta[.resetsSent] &+= amount
            }
            guard workload >= 0 else { return }
            tables.workloads[Int(workload)].totals[.resetsSent] &+= amount
            tables.workloads[Int(workload)].delta[.resetsSent] &+= amount
            tables.workloads[Int(workload)].traffic.running.resets &+= amount
        }
        tables.workloads[Int(workload)].lastActive = max(tables.workloads[Int(workload)].lastActive, lastSeen)
    }

    /// The flow and workload of a packet that is known by its addresses alone: its destination's, else its source's.
    private mutating func locate(_ sample: DropSample) -> (key: FlowKey, workload: WorkloadIndex) {
        let found = place(ofPacket: sample)
        if found.workload >= 0 { claim(found.workload) }
        return found
    }

    private mutating func place(ofPacket sample: DropSample) -> (key: FlowKey, workload: WorkloadIndex) {
        if let workload = tables.addresses[sample.local] { return (key(sample.key, of: workload), workload) }
        if sample.kind == .drop, let workload = tables.addresses[sample.key.peer] {
            var flipped = sample.key
            flipped.peer = sample.local
            flipped.direction = sample.key.direction == .inbound ? .outbound : .inbound
            return (key(flipped, of: workload), workload)
        }
        // Addresses that name nobody (loopback, the host's own): who listens there is the server.
        if sample.key.direction == .inbound,
            let workload = tables.localServers[LocalServer(netns: sample.key.netns, port: sample.key.port)]
        {
            return (sample.key, workload)
        }
        return (sample.key, -1)
    }

    /// The key under which the workload's own flow runs, if there is one.
    private mutating func key(_ key: FlowKey, of workload: WorkloadIndex) -> FlowKey {
        for cgroup in cgroups(of: workload) {
            guard let netns = placeOfCgroup[cgroup]?.netns, netns != 0 else { continue }
            var candidate = key
            candidate.cgroup = cgroup
            candidate.netns = netns
            if flowIndex[candidate] != nil { return candidate }
        }
        return key
    }

    mutating func forget(_ sample: DropSample) { lastDrops[DropKey(sample)] = nil }

    /// The key under which what a listener refuses is counted.
    private static func flowKey(_ sample: ListenerSample) -> FlowKey {
        FlowKey(
            cgroup: sample.cgroup, command: sample.command, netns: sample.netns, direction: .inbound, peer: .unspecified, port: sample.port)
    }

    mutating func fold(_ sample: ListenerSample) {
        let key = ListenerKey(netns: sample.netns, address: sample.address, port: sample.port)
        let flowKey = EngineState.flowKey(sample)
        let place = self.place(of: flowKey)
        let index: Int
        if let known = listenerIndex[key] {
            index = Int(known)
        } else {
            guard tables.listeners.count < capacities.listeners else {
                tables.listeners.refused += 1
                return
            }
            index = tables.listeners.append(ListenerRow(serial: serial(), sample: sample, workload: place.workload))
            listenerIndex[key] = Int32(index)
        }
        let delta = isAfterGap ? 0 : sample.drops &- (lastListenDrops[key] ?? 0)
        lastListenDrops[key] = sample.drops
        tables.listeners[index].sample = sample
        tables.listeners[index].workload = place.workload
        listenersChanged = true
        guard delta > 0, delta < 1 << 32 else { return }
        tables.listeners[index].dropsDelta &+= delta
        tables.workloads[Int(place.workload)].listenDrops &+= delta
        tables.workloads[Int(place.workload)].traffic.running.listenDrops &+= delta
        count(
            .listenDrop, "listen_drop", by: delta, key: flowKey, workload: place.workload, container: place.container,
            lastSeen: tables.moment.monotonic, marks: [])
    }

    /// Who listens on a port of a network namespace, as a connection over loopback finds it: an address for all or of loopback
    /// before any other, then the oldest. Made anew, so that it depends on who listens and not on who was told of last.
    mutating func rebuildLocalServers() {
        for index in 0..<tables.listeners.count {
            // Whose it is may have become known since it was last told of; a recording tells of changes only.
            let workload = place(of: EngineState.flowKey(tables.listeners[index].sample)).workload
            guard tables.listeners[index].workload != workload else { continue }
            tables.listeners[index].workload = workload
            listenersChanged = true
        }
        guard listenersChanged else { return }
        listenersChanged = false
        var servers: [LocalServer: (rank: Int, serial: UInt64, workload: WorkloadIndex)] = [:]
        for row in tables.listeners.rows {
            let server = LocalServer(netns: row.sample.netns, port: row.sample.port)
            let rank = row.sample.address.isUnspecified || row.sample.address.isLoopback ? 0 : 1
            if let known = servers[server], (known.rank, known.serial) < (rank, row.serial) { continue }
            servers[server] = (rank, row.serial, row.workload)
        }
        let found = servers.mapValues(\.workload)
        if found != tables.localServers { tables.localServers = found }
    }

    mutating func closeListener(_ key: ListenerKey) {
        guard let index = listenerIndex.removeValue(forKey: key).map({ Int($0) }) else { return }
        lastListenDrops[key] = nil
        listenersChanged = true
        let last = tables.listeners.count - 1
        if index != last {
            let moved = tables.listeners[last].sample
            listenerIndex[ListenerKey(netns: moved.netns, address: moved.address, port: moved.port)] = Int32(index)
        }
        tables.listeners.remove(at: index)
    }
}
