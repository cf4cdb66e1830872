// One end of an observation, by everything that is known of it: whose socket it is where it is on this node, what sources of
// names tell of it, what DNS called it.

extension Observation {
    package struct Endpoint: Sendable, Equatable {
        /// nil where it is not on this node.
        package var owner: Owner?
        package var address: Address
        package var port: UInt16
        /// What DNS called the address, in an answer that the other end got.
        package var name: String?
        /// What sources of names tell of it: a pod of any node, a Service, a node.
        package var object: ClusterObject?

        package struct Workload: Sendable, Equatable {
            package var kind: String
            package var name: String
        }
    }
}

extension Observation.Endpoint {
    package var namespace: String? { owner?.namespace ?? object?.namespace }

    package var pod: String? { owner?.pod ?? (object?.kind == .pod ? object?.name : nil) }

    package var labels: Labels { object?.labels ?? Labels() }

    /// The Service that was asked for, where the address is a Service's.
    package var service: ClusterObject? { object?.kind == .service ? object : nil }

    /// "namespace/pod", "namespace/service", a node, a unit, a process.
    package var displayName: String? { owner?.displayName ?? object?.fullName }

    /// What keeps a pod alive, as Hubble has it; what nothing keeps is its own workload.
    package var workload: Workload? {
        if let controller = object?.controller { return Workload(kind: controller.kind, name: controller.name) }
        return ownWorkload
    }

    /// The pod, unit or process itself.
    package var ownWorkload: Workload? {
        if let owner { return Workload(kind: owner.kind.hubbleName, name: owner.workload) }
        guard let object, object.kind == .pod || object.kind == .container else { return nil }
        return Workload(kind: object.kind == .pod ? "Pod" : "Container", name: object.name)
    }
}

extension Owner.Kind {
    /// Kubernetes writes kinds with a capital.
    var hubbleName: String {
        switch self {
        case .pod: "Pod"
        case .container: "Container"
        case .unit: "Unit"
        case .process: "Process"
        case .cgroup: "Cgroup"
        case .other: "Other"
        }
    }
}
