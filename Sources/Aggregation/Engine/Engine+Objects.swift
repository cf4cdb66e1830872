// What sources of names know, joined with what sockets showed: pods by UID and containers by id with their workloads,
// everything else by its addresses. It does not matter who is told of first.

extension EngineState {
    mutating func learn(_ told: ClusterObject) {
        let key = ObjectKey(told)
        let known = objects.index[key]
        guard let object = fitting(told, inPlaceOf: known), let index = known ?? takePlace(for: key) else {
            tables.objectsRefused += 1
            return
        }
        let before = tables.clusterObjects[Int(index)]
        guard known == nil || before != object else { return }
        store(object, at: index)
        if object.controller?.isEstimated ?? false { tables.hasInferredOwners = true }
        let had = known == nil ? [] : before.claims
        let has = object.claims
        for address in had where !has.contains(address) { release(address, index) }
        for address in has where !had.contains(address) { claim(address, index) }
        guard let workload = objects.workloads[key] else { return }
        bind(workload, to: index)
        if object.hasEnded { giveUpAddresses(of: workload) }
    }

    mutating func forget(_ kind: ClusterObject.Kind, id: String) {
        let key = ObjectKey(kind: kind, id: id)
        guard let index = objects.index.removeValue(forKey: key) else { return }
        // Rows keep its names; nobody is called by its addresses any more.
        for address in tables.clusterObjects[Int(index)].claims { release(address, index) }
        if let workload = objects.workloads[key] { giveUpAddresses(of: workload) }
    }

    mutating func learn(_ sample: SourceSample) {
        if let index = tables.sources.firstIndex(where: { $0.name == sample.name }) {
            tables.sources[index] = sample
        } else if tables.sources.count < Limits.sources {
            tables.sources.append(sample)
        }
    }

    // MARK: - With workloads

    /// What sources of names know of an owner.
    func object(of owner: Owner) -> ClusterObject? {
        guard let index = ObjectKey(owner).flatMap({ objects.index[$0] }) else { return nil }
        return tables.clusterObjects[Int(index)]
    }

    /// An owner's row exists: what is known of it, or will be, belongs to it.
    mutating func join(_ owner: Owner, with workload: WorkloadIndex) {
        guard let key = ObjectKey(owner) else { return }
        objects.workloads[key] = workload
        guard let index = objects.index[key], tables.workloads[Int(workload)].object != index else { return }
        bind(workload, to: index)
    }

    private mutating func bind(_ workload: WorkloadIndex, to index: ObjectIndex) {
        let object = tables.clusterObjects[Int(index)]
        if tables.workloads[Int(workload)].object != index { tables.workloads[Int(workload)].object = index }
        let owner = tables.workloads[Int(workload)].owner.named(by: object)
        if owner != tables.workloads[Int(workload)].owner { tables.workloads[Int(workload)].owner = owner }
        cardinality.forgetClass(of: workload)
        for cgroup in cgroups(of: workload) {
            guard let id = objects.containerIDs[cgroup], let found = object.name(ofContainer: id) else { continue }
            let container = name(found)
            guard placeOfCgroup[cgroup]?.container != container else { continue }
            placeOfCgroup[cgroup]?.container = container
            renamedCgroups.insert(cgroup)
        }
        for address in object.claims where tables.objectOfAddress[address] == index && tables.addresses[address] == nil {
            give(address, to: workload)
        }
    }

    // MARK: - With addresses

    /// Who an address names now.
    func holder(of address: Address) -> Peer? {
        if let workload = tables.addresses[address] { return .workload(workload) }
        guard let index = tables.objectOfAddress[address] else { return nil }
        return ofThisNode(.object(index))
    }

    /// The same peer as a workload, where it turned out to be one.
    func ofThisNode(_ peer: Peer) -> Peer {
        guard case .object(let index) = peer, let workload = workload(ofObject: index) else { return peer }
        return .workload(workload)
    }

    /// The address is about to change hands.
    mutating func noteHolder(of address: Address) {
        guard objects.formerHolders[address] == nil, let holder = holder(of: address) else { return }
        objects.formerHolders[address] = holder
    }

    private func workload(ofObject index: ObjectIndex) -> WorkloadIndex? {
        objects.workloads[ObjectKey(tables.clusterObjects[Int(index)])]
    }

    /// The address is a pod's of this node.
    private mutating func give(_ address: Address, to workload: WorkloadIndex) {
        guard tables.addresses[address] != nil || tables.addresses.count < capacities.addresses else { return }
        tables.addresses[address] = workload
    }

    /// The last of a kind that claims an address has it; a pod before a Service, a Service before a node.
    private mutating func claim(_ address: Address, _ index: ObjectIndex) {
        noteHolder(of: address)
        let object = tables.clusterObjects[Int(index)]
        if let other = tables.objectOfAddress[address] {
            guard object.precedence <= tables.clusterObjects[Int(other)].precedence else {
                objects.contenders[address, default: []].append(index)
                return
            }
            objects.contenders[address, default: []].append(other)
        } else if tables.objectOfAddress.count >= capacities.objectAddresses {
            tables.objectsRefused += 1
            return
        }
        tables.objectOfAddress[address] = index
        guard object.kind == .pod || object.kind == .container else { return }
        let workload = workload(ofObject: index)
        // A pod that had it here does not have it any more.
        if let local = tables.addresses[address], local != workload { tables.addresses[address] = nil }
        if let workload { give(address, to: workload) }
    }

    private mutating func release(_ address: Address, _ index: ObjectIndex) {
        noteHolder(of: address)
        if tables.objectOfAddress[address] == index {
            tables.objectOfAddress[address] = nextClaimant(of: address)
        } else {
            objects.contenders[address]?.removeAll { $0 == index }
        }
        if objects.contenders[address]?.isEmpty ?? false { objects.contenders[address] = nil }
        if let workload = workload(ofObject: index), tables.addresses[address] == workload { tables.addresses[address] = nil }
        fallBack(address)
    }

    /// The one that claimed it last, of those that come first.
    private mutating func nextClaimant(of address: Address) -> ObjectIndex? {
        guard let claimants = objects.contenders[address] else { return nil }
        var best: Int?
        for place in claimants.indices {
            guard let found = best else {
                best = place
                continue
            }
            let precedence = tables.clusterObjects[Int(claimants[place])].precedence
            if precedence <= tables.clusterObjects[Int(claimants[found])].precedence { best = place }
        }
        return best.map { objects.contenders[address]?.remove(at: $0) ?? claimants[$0] }
    }

    /// Nobody of this node was told to have the address: who claims it may be of this node.
    private mutating func fallBack(_ address: Address) {
        guard tables.addresses[address] == nil, let index = tables.objectOfAddress[address], let workload = workload(ofObject: index)
        else { return }
        give(address, to: workload)
    }

    /// A pod that ended has no address, whatever its sockets showed.
    private mutating func giveUpAddresses(of workload: WorkloadIndex) {
        for (address, owner) in tables.addresses where owner == workload {
            noteHolder(of: address)
            tables.addresses[address] = nil
            fallBack(address)
        }
    }

    // MARK: - Places

    private mutating func takePlace(for key: ObjectKey) -> ObjectIndex? {
        let empty = ClusterObject(kind: key.kind, id: key.id, name: "")
        if objects.free.isEmpty, tables.clusterObjects.count >= capacities.objects { collectObjects() }
        if let index = objects.free.popLast() {
            store(empty, at: index)
            objects.index[key] = index
            return index
        }
        guard tables.clusterObjects.count < capacities.objects else { return nil }
        tables.clusterObjects.append(empty)
        objects.textBytes += empty.textBytes
        objects.index[key] = ObjectIndex(tables.clusterObjects.count - 1)
        return ObjectIndex(tables.clusterObjects.count - 1)
    }

    private mutating func store(_ object: ClusterObject, at index: ObjectIndex) {
        objects.textBytes += object.textBytes - tables.clusterObjects[Int(index)].textBytes
        tables.clusterObjects[Int(index)] = object
    }

    /// What of an object there is room for: all, or of one that is known what is needed to name it; nil where there is none.
    private mutating func fitting(_ object: ClusterObject, inPlaceOf known: ObjectIndex?) -> ClusterObject? {
        let bytes = object.textBytes
        if objects.textBytes + bytes > capacities.objectTextBytes { collectObjects() }
        let others = objects.textBytes - (known.map { tables.clusterObjects[Int($0)].textBytes } ?? 0)
        guard others + bytes > capacities.objectTextBytes else { return object }
        guard known != nil else { return nil }
        var bare = object
        bare.labels = Labels()
        bare.containers = []
        return others + bare.textBytes > capacities.objectTextBytes ? nil : bare
    }

    /// At the end of an interval: things that are gone and that no row shows leave, once there are many.
    mutating func collectRetiredObjects() {
        func retired() -> Int { tables.clusterObjects.count - objects.index.count - objects.free.count }
        guard retired() > objects.retiredLimit else { return }
        collectObjects()
        objects.retiredLimit = max(Limits.retiredObjects, 2 * retired())
    }

    private mutating func collectObjects() {
        guard tables.clusterObjects.count > objects.index.count + objects.free.count else { return }
        var isUsed = [Bool](repeating: false, count: tables.clusterObjects.count)
        for index in objects.index.values { isUsed[Int(index)] = true }
        for index in objects.free { isUsed[Int(index)] = true }
        for row in tables.workloads.rows where row.object >= 0 { isUsed[Int(row.object)] = true }
        for case .object(let index) in tables.formerPeers.values { isUsed[Int(index)] = true }
        for case .object(let index) in objects.formerHolders.values { isUsed[Int(index)] = true }
        for index in isUsed.indices where !isUsed[index] {
            store(ClusterObject(kind: .pod, id: "", name: ""), at: ObjectIndex(index))
            objects.free.append(ObjectIndex(index))
        }
    }
}

extension ClusterObject {
    /// What a container is called; of a runtime without Kubernetes the thing itself is the container.
    func name(ofContainer id: String) -> String? {
        if let container = containers.first(where: { $0.id == id }), !container.name.isEmpty { return container.name }
        return kind == .container && id == self.id && !name.isEmpty ? name : nil
    }
}
