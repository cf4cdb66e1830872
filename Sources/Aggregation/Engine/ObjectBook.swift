// What the engine remembers of the cluster beside the tables: where each thing stands, whom of this node it is, who else
// claims an address. Owned by `EngineState`; bounded by `Capacities.objects` and what stands in `Limits`.

struct ObjectKey: Hashable, Sendable {
    var kind: ClusterObject.Kind
    var id: String

    init(kind: ClusterObject.Kind, id: String) {
        self.kind = kind
        self.id = id
    }

    init(_ object: ClusterObject) { self.init(kind: object.kind, id: object.id) }

    /// What sources of names would call this owner; nil where they know none of its kind.
    init?(_ owner: Owner) {
        switch owner.kind {
        case .pod:
            guard let uid = owner.podUID else { return nil }
            self.init(kind: .pod, id: uid)
        case .container:
            guard let id = owner.containerID else { return nil }
            self.init(kind: .container, id: id)
        case .unit, .process, .cgroup, .other: return nil
        }
    }
}

struct ObjectBook: Sendable {
    /// The place in `Tables.clusterObjects` of each thing that a source knows now.
    var index: [ObjectKey: ObjectIndex] = [:]
    /// The text of all that stands in `Tables.clusterObjects`, in bytes.
    var textBytes = 0
    /// Places that nothing has.
    var free: [ObjectIndex] = []
    /// Workloads of this node by what sources of names call them, whether or not one knows them.
    var workloads: [ObjectKey: WorkloadIndex] = [:]
    /// The id of the container that a cgroup is.
    var containerIDs: [UInt64: String] = [:]
    /// Who else claims an address that `Tables.objectOfAddress` gives to one, in the order of claiming.
    var contenders: [Address: [ObjectIndex]] = [:]
    /// Addresses that changed hands in this interval, and who had them before.
    var formerHolders: [Address: Peer] = [:]
    /// How many places of things that are gone are kept before they are looked through.
    var retiredLimit = Limits.retiredObjects
    /// Translations whose client nobody knows, and when each was told.
    var waiting: [TranslationSample: UInt64] = [:]
}

extension ClusterObject {
    /// The addresses that name it: none of what has ended.
    var claims: ArraySlice<Address> {
        guard !hasEnded else { return [] }
        guard addresses.contains(where: { $0.isUnspecified || $0.isLoopback }) else { return addresses.prefix(Limits.addressesOfObject) }
        return addresses.filter { !$0.isUnspecified && !$0.isLoopback }.prefix(Limits.addressesOfObject)
    }

    /// Whose name an address shows before others' that claim it too: the lower.
    var precedence: UInt8 { kind.rawValue }
}

extension Owner {
    /// The same with the names that a source knows where the node's files gave none.
    func named(by object: ClusterObject) -> Owner {
        var owner = self
        switch kind {
        case .pod:
            owner.namespace = namespace ?? object.namespace
            guard pod == nil, !object.name.isEmpty else { return owner }
            owner.pod = object.name
            owner.workload = object.name
        case .container:
            owner.namespace = namespace ?? object.namespace
            guard !object.name.isEmpty else { return owner }
            owner.workload = object.name
            owner.container = object.name
        case .unit, .process, .cgroup, .other: break
        }
        return owner
    }
}
