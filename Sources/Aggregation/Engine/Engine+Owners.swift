// Whose traffic it is: workloads by their key, cgroups by their workload, addresses by theirs.

extension EngineState {
    mutating func learn(_ owner: Owner, of cgroup: UInt64) {
        let known = placeOfCgroup[cgroup]
        // A cgroup that ended is told of as a bare number: who it was is known better.
        if let known, owner.kind == .cgroup, tables.workloads[Int(known.workload)].owner.kind != .cgroup { return }
        if known == nil {
            if placeOfCgroup.count >= capacities.owners, !hasSoughtCgroups { forgetUnusedCgroups() }
            guard placeOfCgroup.count < capacities.owners else { return }
        }
        let object = object(of: owner)
        let owner = object.map { owner.named(by: $0) } ?? owner
        let workload = self.workload(of: owner)
        let found = owner.containerID.flatMap { object?.name(ofContainer: $0) } ?? owner.container
        let container = found.map { name($0) } ?? -1
        objects.containerIDs[cgroup] = owner.containerID
        placeOfCgroup[cgroup] = Place(workload: workload, container: container, netns: known?.netns ?? 0)
        if known?.workload != workload { cgroupsOfWorkload = nil }
        // A better name for a container shows in the rows it already has.
        if known?.container != container { renamedCgroups.insert(cgroup) }
        join(owner, with: workload)
    }

    /// Rows that were made before their container's name was known get it.
    mutating func renameContainers() {
        guard !renamedCgroups.isEmpty else { return }
        for index in 0..<tables.flows.count where renamedCgroups.contains(tables.flows[index].key.cgroup) {
            if let place = placeOfCgroup[tables.flows[index].key.cgroup] { tables.flows[index].container = place.container }
        }
        for index in 0..<tables.symptoms.count where renamedCgroups.contains(tables.symptoms[index].key.cgroup) {
            if let place = placeOfCgroup[tables.symptoms[index].key.cgroup] { tables.symptoms[index].container = place.container }
        }
        renameRequestContainers()
        renamedCgroups.removeAll()
    }

    mutating func learn(_ address: Address, of cgroup: UInt64) {
        guard let place = placeOfCgroup[cgroup], tables.addresses[address] != place.workload,
            tables.addresses[address] != nil || tables.addresses.count < capacities.addresses
        else { return }
        // What has ended has no address, however late it is told of.
        if tables.object(of: place.workload)?.hasEnded ?? false { return }
        noteHolder(of: address)
        // The newest owner has it: a pod's address is given to another pod when it is gone.
        tables.addresses[address] = place.workload
    }

    /// The place of a cgroup; where nobody named it, its process does (the root of the tree names nobody).
    mutating func place(of key: FlowKey) -> Place {
        if let place = placeOfCgroup[key.cgroup] {
            if place.netns == 0 { placeOfCgroup[key.cgroup]?.netns = key.netns }
            claim(place.workload)
            return place
        }
        if EngineState.isOther(key) { return Place(workload: workload(of: .other), container: -1) }
        let owner = key.command.isEmpty && key.cgroup > 1 ? Owner.unnamed(key.cgroup) : .process(key.command)
        return Place(workload: workload(of: owner), container: -1, netns: key.netns)
    }

    mutating func workload(of owner: Owner) -> WorkloadIndex {
        // There is one that gathers the rest, whatever a recording calls it.
        let owner = owner.kind == .other ? Owner.other : owner
        let key = owner.kind.name + "/" + owner.key
        if let index = workloadIndex[key] {
            claim(index)
            if tables.workloads[Int(index)].owner.workload != owner.workload
                || tables.workloads[Int(index)].owner.namespace != owner.namespace
            {
                tables.workloads[Int(index)].owner = owner
                cardinality.forgetClass(of: index)
            }
            return index
        }
        if owner.kind != .other {
            if let index = takeFreeWorkload() {
                reuse(index, for: owner, key: key)
                return index
            }
            if tables.workloads.count >= capacities.workloads {
                tables.workloads.refused += 1
                return workload(of: .other)
            }
        }
        let index = WorkloadIndex(tables.workloads.append(WorkloadRow(serial: serial(), owner: owner)))
        tables.workloadRequests.appendRow()
        tables.usageHistory.appendRow()
        cardinality.holdings.append(CardinalityBook.Holding())
        workloadIndex[key] = index
        return index
    }

    /// The text's index; beyond the limit every new text is `~other`.
    mutating func name(_ text: String) -> NameIndex {
        if let index = nameIndex[text] { return index }
        if let index = freeNames.popLast() {
            tables.names[Int(index)] = text
            nameIndex[text] = index
            return index
        }
        if tables.names.count >= capacities.names, text != "~other" { return name("~other") }
        tables.names.append(text)
        nameIndex[text] = NameIndex(tables.names.count - 1)
        return NameIndex(tables.names.count - 1)
    }

    /// The workload is about to get a row: it is not free any more.
    mutating func claim(_ index: WorkloadIndex) { if !freeWorkloads.isEmpty { claimedWorkloads.insert(index) } }

    /// A workload that no row refers to, the longest silent first: one that has ended, so that those who come and go all day do
    /// not add up, or at the limit any. Looked for once an interval at most.
    private mutating func takeFreeWorkload() -> WorkloadIndex? {
        if freeWorkloads.isEmpty, !hasSoughtWorkloads { findFreeWorkloads() }
        while let index = freeWorkloads.last {
            guard hasEnded(index) || tables.workloads.count >= capacities.workloads else { return nil }
            freeWorkloads.removeLast()
            if !claimedWorkloads.contains(index) { return index }
        }
        return nil
    }

    /// Whether nothing was heard of it for as long as ended flows stay listed, and nobody says that it still is.
    func hasEnded(_ index: WorkloadIndex) -> Bool {
        let row = tables.workloads[Int(index)]
        let heardOf = max(row.lastActive, row.usage?.read ?? 0)
        guard tables.moment.monotonic > Limits.flowMemory, heardOf < tables.moment.monotonic - Limits.flowMemory else { return false }
        return object(of: row.owner)?.hasEnded ?? true
    }

    private mutating func findFreeWorkloads() {
        hasSoughtWorkloads = true
        claimedWorkloads.removeAll()
        var isUsed = [Bool](repeating: false, count: tables.workloads.count)
        for row in tables.flows.rows where row.workload >= 0 { isUsed[Int(row.workload)] = true }
        for row in tables.symptoms.rows where row.workload >= 0 { isUsed[Int(row.workload)] = true }
        for row in tables.connections.rows where row.workload >= 0 { isUsed[Int(row.workload)] = true }
        for row in tables.listeners.rows where row.workload >= 0 { isUsed[Int(row.workload)] = true }
        for row in tables.requests.rows where row.workload >= 0 { isUsed[Int(row.workload)] = true }
        for account in requests.accounts where account.isOpen && account.workload >= 0 { isUsed[Int(account.workload)] = true }
        freeWorkloads = (0..<WorkloadIndex(tables.workloads.count)).filter {
            !isUsed[Int($0)] && tables.workloads[Int($0)].owner.kind != .other
        }
        var rank: [WorkloadIndex: (hasEnded: Bool, lastActive: UInt64)] = [:]
        for index in freeWorkloads { rank[index] = (hasEnded(index), tables.workloads[Int(index)].lastActive) }
        freeWorkloads.sort { left, right in
            guard let one = rank[left], let other = rank[right], one.hasEnded == other.hasEnded else {
                return rank[right]?.hasEnded ?? false
            }
            return one.lastActive > other.lastActive
        }
    }

    /// Gives a free workload's place to a new one; what it counted goes to `~other`.
    private mutating func reuse(_ index: WorkloadIndex, for owner: Owner, key: String) {
        let old = tables.workloads[Int(index)]
        workloadIndex[old.owner.kind.name + "/" + old.owner.key] = nil
        for cgroup in cgroups(of: index) {
            placeOfCgroup[cgroup] = nil
            objects.containerIDs[cgroup] = nil
        }
        if let object = ObjectKey(old.owner) { objects.workloads[object] = nil }
        for (key, peer) in tables.formerPeers where peer == .workload(index) { tables.formerPeers[key] = nil }
        for (address, peer) in objects.formerHolders where peer == .workload(index) { objects.formerHolders[address] = nil }
        forgetTranslations(of: index)
        cgroupsOfWorkload?[index] = nil
        if tables.addresses.values.contains(index) { tables.addresses = tables.addresses.filter { $0.value != index } }
        tables.workloads[Int(index)] = WorkloadRow(serial: serial(), owner: owner)
        tables.workloads.history.clearRow(Int(index))
        tables.workloadRequests.clearRow(Int(index))
        tables.usageHistory.clearRow(Int(index))
        forgetRequests(of: index)
        cardinality.forget(index)
        workloadIndex[key] = index
        let other = Int(workload(of: .other))
        tables.workloads[other].totals &+= old.totals
        tables.workloads[other].delta &+= old.delta
        tables.workloads[other].drops &+= old.drops
        tables.workloads[other].dropsDelta &+= old.dropsDelta
        tables.workloads[other].listenDrops &+= old.listenDrops
        tables.workloads[other].connectTimes.merge(old.connectTimes)
        tables.workloads[other].handshakeTimes.merge(old.handshakeTimes)
        tables.workloads[other].traffic.merge(old.traffic)
        tables.workloads[other].served.add(old.served)
        tables.workloads[other].called.add(old.called)
        tables.workloads[other].lastActive = max(tables.workloads[other].lastActive, old.lastActive)
    }

    /// The cgroups of a workload, smallest first.
    mutating func cgroups(of workload: WorkloadIndex) -> [UInt64] {
        if let known = cgroupsOfWorkload { return known[workload] ?? [] }
        var cgroups: [WorkloadIndex: [UInt64]] = [:]
        for (cgroup, place) in placeOfCgroup { cgroups[place.workload, default: []].append(cgroup) }
        for index in cgroups.keys { cgroups[index]?.sort() }
        cgroupsOfWorkload = cgroups
        return cgroups[workload] ?? []
    }

    /// Once an interval at most.
    private mutating func forgetUnusedCgroups() {
        hasSoughtCgroups = true
        var used: Set<UInt64> = []
        for row in tables.flows.rows where !row.isForgotten { used.insert(row.key.cgroup) }
        for row in tables.listeners.rows { used.insert(row.sample.cgroup) }
        for row in tables.connections.rows { used.insert(row.sample.key.cgroup) }
        for account in requests.accounts where account.isOpen { used.insert(account.key.flow.cgroup) }
        for row in tables.workloads.rows { if let usage = row.usage, tables.isCurrent(usage) { used.insert(usage.cgroup) } }
        placeOfCgroup = placeOfCgroup.filter { used.contains($0.key) }
        objects.containerIDs = objects.containerIDs.filter { used.contains($0.key) }
        cgroupsOfWorkload = nil
    }
}
