// Whose traffic it is: workloads by their key, cgroups by their workload, addresses by theirs.

extension EngineState {
    mutating func learn(_ owner: Owner, of cgroup: UInt64) {
        if placeOfCgroup[cgroup] == nil, placeOfCgroup.count >= Limits.owners { forgetUnusedCgroups() }
        let workload = self.workload(of: owner)
        let container = owner.container.map { name($0) } ?? -1
        let netns = placeOfCgroup[cgroup]?.netns ?? 0
        placeOfCgroup[cgroup] = Place(workload: workload, container: container, netns: netns)
        // A better name for a container shows in the rows it already has.
        for index in 0..<tables.flows.count where tables.flows[index].key.cgroup == cgroup && tables.flows[index].container != container {
            tables.flows[index].container = container
        }
    }

    mutating func learn(_ address: Address, of cgroup: UInt64) {
        guard let place = placeOfCgroup[cgroup], tables.addresses[address] != nil || tables.addresses.count < Limits.addresses else {
            return
        }
        // The newest owner has it: a pod's address is given to another pod when it is gone.
        tables.addresses[address] = place.workload
    }

    /// The place of a cgroup; where nobody named it, its process does (the root of the tree names nobody).
    mutating func place(of key: FlowKey) -> Place {
        if let place = placeOfCgroup[key.cgroup] {
            if place.netns == 0 { placeOfCgroup[key.cgroup]?.netns = key.netns }
            return place
        }
        return Place(workload: workload(of: .process(key.command)), container: -1, netns: key.netns)
    }

    mutating func workload(of owner: Owner) -> WorkloadIndex {
        let key = owner.kind.name + "/" + owner.key
        if let index = workloadIndex[key] {
            if tables.workloads[Int(index)].owner.workload != owner.workload
                || tables.workloads[Int(index)].owner.namespace != owner.namespace
            {
                tables.workloads[Int(index)].owner = owner
            }
            return index
        }
        if tables.workloads.isFull, owner.kind != .other {
            if freeWorkloads.isEmpty { findFreeWorkloads() }
            guard let index = freeWorkloads.popLast() else {
                tables.workloads.refused += 1
                return workload(of: .other)
            }
            reuse(index, for: owner, key: key)
            return index
        }
        let index = WorkloadIndex(tables.workloads.append(WorkloadRow(serial: serial(), owner: owner)))
        workloadIndex[key] = index
        return index
    }

    /// The text's index; beyond the limit every new text is `~other`.
    mutating func name(_ text: String) -> NameIndex {
        if let index = nameIndex[text] { return index }
        if tables.names.count >= Limits.names, text != "~other" { return name("~other") }
        tables.names.append(text)
        nameIndex[text] = NameIndex(tables.names.count - 1)
        return NameIndex(tables.names.count - 1)
    }

    /// Workloads that no row refers to may give their place to new ones; their totals go to `~other`.
    private mutating func findFreeWorkloads() {
        var used: Set<WorkloadIndex> = []
        for row in tables.flows.rows { used.insert(row.workload) }
        for row in tables.symptoms.rows { used.insert(row.workload) }
        for row in tables.connections.rows { used.insert(row.workload) }
        for row in tables.listeners.rows { used.insert(row.workload) }
        freeWorkloads = (0..<WorkloadIndex(tables.workloads.count)).filter {
            !used.contains($0) && tables.workloads[Int($0)].owner.kind != .other
        }
    }

    private mutating func reuse(_ index: WorkloadIndex, for owner: Owner, key: String) {
        let old = tables.workloads[Int(index)]
        workloadIndex[old.owner.kind.name + "/" + old.owner.key] = nil
        for (cgroup, place) in placeOfCgroup where place.workload == index { placeOfCgroup[cgroup] = nil }
        tables.addresses = tables.addresses.filter { $0.value != index }
        tables.workloads[Int(index)] = WorkloadRow(serial: serial(), owner: owner)
        tables.workloads.history.clearRow(Int(index))
        workloadIndex[key] = index
        let other = Int(workload(of: .other))
        tables.workloads[other].totals &+= old.totals
        tables.workloads[other].drops &+= old.drops
    }

    private mutating func forgetUnusedCgroups() {
        var used: Set<UInt64> = []
        for row in tables.flows.rows where !row.isForgotten { used.insert(row.key.cgroup) }
        placeOfCgroup = placeOfCgroup.filter { used.contains($0.key) }
    }
}
