// What a source of names (container runtime, kubelet, API server) tells of one thing of the cluster: a pod, a container
// without a pod, a Service, a node. All of its text is somebody else's: escape before showing.

package struct ClusterObject: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case pod = 1
        /// Of a runtime without Kubernetes: docker, podman.
        case container
        case service
        /// What an EndpointSlice names and no pod does: a machine behind a Service without a selector.
        case endpoint
        case node

        package var name: String {
            switch self {
            case .pod: "pod"
            case .container: "container"
            case .service: "service"
            case .endpoint: "endpoint"
            case .node: "node"
            }
        }
    }

    package var kind: Kind
    /// What makes it the same thing: a pod's UID as its cgroup's path has it (`Owner.podUID`), a container's id, else the UID
    /// that the API server gave. Never shown.
    package var id: String
    package var namespace: String?
    package var name: String
    package var labels = Labels()
    /// Who made the pod and its likes.
    package var controller: Controller?
    /// The node that a pod is on; nil where nobody told.
    package var node: String?
    /// Addresses that are its alone: none of a pod on the host's network, none of a pod that has ended (its address may be
    /// another pod's by now).
    package var addresses: [Address] = []
    package var containers: [Container] = []
    /// Succeeded, Failed, or deleted: it has no processes any more.
    package var hasEnded = false

    package init(kind: Kind, id: String, namespace: String? = nil, name: String) {
        self.kind = kind
        self.id = id
        self.namespace = namespace
        self.name = name
    }

    /// How much text it carries, in bytes.
    package var textBytes: Int {
        var bytes = id.utf8.count + name.utf8.count + (namespace?.utf8.count ?? 0) + (node?.utf8.count ?? 0)
        if let controller { bytes += controller.kind.utf8.count + controller.name.utf8.count }
        for pair in labels.pairs { bytes += pair.utf8.count }
        for container in containers {
            bytes += container.id.utf8.count + container.name.utf8.count + container.image.utf8.count + (container.reason?.utf8.count ?? 0)
        }
        return bytes
    }

    package struct Container: Sendable, Hashable {
        package enum Role: UInt8, Sendable, CaseIterable { case main = 1, initial, sidecar, ephemeral }

        /// 64 hexadecimal digits, without the runtime's scheme; empty before it was started first.
        package var id: String
        package var name: String
        package var image: String
        package var role: Role
        package var restarts: UInt32
        /// Why it does not run: "CrashLoopBackOff", "OOMKilled", "Completed"; nil while it runs.
        package var reason: String?

        package init(id: String, name: String, image: String, role: Role = .main, restarts: UInt32 = 0, reason: String? = nil) {
            self.id = id
            self.name = name
            self.image = image
            self.role = role
            self.restarts = restarts
            self.reason = reason
        }
    }
}

/// What keeps a pod alive: Deployment, StatefulSet, DaemonSet, CronJob, Job, or the Node of a static pod.
package struct Controller: Sendable, Hashable {
    package var kind: String
    package var name: String
    /// Inferred from names and labels: nobody who knows was asked.
    package var isEstimated: Bool

    package init(kind: String, name: String, isEstimated: Bool = false) {
        self.kind = kind
        self.name = name
        self.isEstimated = isEstimated
    }
}

/// The labels of a pod as "key=value", sorted.
package struct Labels: Sendable, Hashable {
    package private(set) var pairs: [String]

    package init() { pairs = [] }
    package init(_ labels: [String: String]) { pairs = labels.map { $0.key + "=" + $0.value }.sorted() }
    /// As they were written, in whatever order.
    package init(pairs: [String]) { self.pairs = pairs.sorted() }

    package var isEmpty: Bool { pairs.isEmpty }

    package subscript(key: String) -> Substring? {
        for pair in pairs where pair.utf8.count > key.utf8.count && pair.hasPrefix(key) {
            let rest = pair.dropFirst(key.count)
            if rest.first == "=" { return rest.dropFirst() }
        }
        return nil
    }
}

/// How a source of names fares: for `doctor` and the Probes screen.
package struct SourceSample: Sendable, Hashable {
    package enum State: UInt8, Sendable, CaseIterable {
        case works = 1, degraded, off

        package var name: String {
            switch self {
            case .works: "works"
            case .degraded: "degraded"
            case .off: "off"
            }
        }
    }

    /// "container runtime", "kubelet", "API server", "connection tracking", "pod logs".
    package var name: String
    /// Where it was looked for or found: a socket's path, a URL without credentials.
    package var place: String
    package var state: State
    /// What it gave: "12 pods, 19 containers"; empty before it gave anything.
    package var gave: String
    /// Why not, and what helps; nil where it works.
    package var reason: String?

    package init(name: String, place: String, state: State, gave: String = "", reason: String? = nil) {
        self.name = name
        self.place = place
        self.state = state
        self.gave = gave
        self.reason = reason
    }
}

/// One translation that connection tracking knows: who asked for `service` was given `backend`.
package struct TranslationSample: Sendable, Hashable, BitwiseCopyable {
    /// Who connected: a local address.
    package var client: Address
    package var transport: Transport
    /// What was asked for: a ClusterIP or a node's address.
    package var service: Address
    package var servicePort: UInt16
    /// Who answers.
    package var backend: Address
    package var backendPort: UInt16

    package init(
        client: Address, transport: Transport, service: Address, servicePort: UInt16, backend: Address, backendPort: UInt16
    ) {
        self.client = client
        self.transport = transport
        self.service = service
        self.servicePort = servicePort
        self.backend = backend
        self.backendPort = backendPort
    }
}
