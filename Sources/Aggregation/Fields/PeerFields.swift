// With whom a flow is, the same fields in every table of traffic: the peer, what sources of names know of it, the Service and
// its backends, and the proxies at either end.

extension Field {
    /// Fields that follow from a flow's key. `workload` is whose flow it is: what DNS calls the peer is known of each workload apart.
    static func conversation(
        _ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex = { _, _ in -1 },
        _ key: @escaping @Sendable (Tables, Int) -> FlowKey
    ) -> [Field] {
        let direction: @Sendable (Tables, Int) -> Int? = { Int(key($0, $1).direction.rawValue) }
        let peer: @Sendable (Tables, Int) -> Peer = { $0.peer(key($0, $1), for: workload($0, $1)) }
        return [
            shared(
                "direction", column: .init("DIR", minimum: 3, importance: 2),
                "inbound: the peer connected here; outbound: this workload connected to the peer.", code: direction
            ) { .text(key($0, $1).direction.name) },
            shared("side", "server where the peer connected here, else client.", code: direction) { .text(key($0, $1).direction.side) },
            shared(
                "peer", column: .init("PEER", minimum: 15, maximum: 40, importance: 1),
                "The other end by name: a pod, a Service, a node; else what DNS called it when the workload asked; else its address.",
                code: { $0.code(of: peer($0, $1)) }
            ) { tables, row in
                .text(tables.peerName(key(tables, row), for: workload(tables, row)))
            },
            shared("address", key: "peer_address", "The other end's address.", code: { _, _ in nil }) {
                .text(key($0, $1).peer.description)
            },
            Field(
                word: "port", key: "peer_port", kind: .number(.none), explanation: "The server's port, on both sides.",
                column: .init("PORT", minimum: 5, importance: 1), marks: [], value: { .count(key($0, $1).port) }, code: { _, _ in nil }),
        ]
    }

    /// What else is known of both ends, behind everything that a table counts.
    static func naming(
        _ booking: @escaping @Sendable (Tables, Int) -> Booking, _ key: @escaping @Sendable (Tables, Int) -> FlowKey
    ) -> [Field] {
        let workload: @Sendable (Tables, Int) -> WorkloadIndex = { booking($0, $1).workload }
        let peer: @Sendable (Tables, Int) -> Peer = { $0.peer(key($0, $1), for: workload($0, $1)) }
        return affiliation(workload) + identity(of: peer) + translation(workload, key, peer) + [proxy(booking, key)]
    }

    /// What the peer is, and of a pod what sources of names know.
    private static func identity(of peer: @escaping @Sendable (Tables, Int) -> Peer) -> [Field] {
        let code: @Sendable (Tables, Int) -> Int? = { $0.code(of: peer($0, $1)) }
        return [
            // What is only an address has no code, and is as few.
            shared(
                "peerkind", key: "peer_kind",
                "pod, container, unit, process, cgroup, other, service, endpoint, node, dns (a name that DNS gave) or address.", code: code
            ) { .text($0.kind(of: peer($0, $1))) },
            shared("peernamespace", key: "peer_namespace", "The namespace of the peer's pod or Service.", code: code) {
                .optional($0.namespace(of: peer($0, $1)), Reason.noNamespace)
            },
            shared("peerpod", key: "peer_pod", "The name of the peer's pod.", code: code) {
                .optional($0.pod(of: peer($0, $1)), Reason.peerIsNoPod)
            },
            shared(
                "peerowner", key: "peer_owner", marks: .inferredPeerOwner,
                "What keeps the peer's pod alive: the name of its Deployment or the like.", code: code
            ) { tables, row in
                let object = tables.object(of: peer(tables, row))
                return .optional(object?.controller?.name, object?.kind == .pod ? Reason.noController : Reason.peerUnknown)
            },
            shared(
                "peerlabel", key: "peer_labels", kind: .list,
                "The labels of the peer's pod or Service; in a query peerlabel:app=web.", code: code
            ) { tables, row in
                tables.object(of: peer(tables, row)).map { .list($0.labels.pairs) } ?? .missing(Reason.peerUnknown)
            },
        ]
    }

    /// The Service, who answers for it, and the proxies in between.
    private static func translation(
        _ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex, _ key: @escaping @Sendable (Tables, Int) -> FlowKey,
        _ peer: @escaping @Sendable (Tables, Int) -> Peer
    ) -> [Field] {
        [
            shared(
                "service", "The Service that was asked for: the peer itself, or by which the peer reached this workload.",
                code: { _, _ in nil }
            ) { tables, row in
                .optional(tables.service(key(tables, row), peer(tables, row), of: workload(tables, row)), Reason.noService)
            },
            shared(
                "backend", key: "backends", kind: .list, "Who answers for the Service, as connection tracking translates it.",
                code: { _, _ in nil }
            ) { tables, row in tables.backends(key(tables, row), peer(tables, row), of: workload(tables, row)) },
            shared(
                "peerproxy", key: "peer_proxy",
                "The proxy that the peer is, or that stands before it in its pod: istio-proxy, envoy and the like.",
                code: { $0.code(of: peer($0, $1)) }
            ) { tables, row in .optional(tables.proxy(of: peer(tables, row))?.name, Reason.noProxy) },
        ]
    }

    /// The proxy that this end is.
    private static func proxy(
        _ booking: @escaping @Sendable (Tables, Int) -> Booking, _ key: @escaping @Sendable (Tables, Int) -> FlowKey
    ) -> Field {
        shared(
            "proxy", "The proxy whose traffic this is: istio-proxy, linkerd-proxy, envoy, ztunnel, cilium-envoy, kube-proxy and the like.",
            code: { _, _ in nil }
        ) { tables, row in
            .optional(tables.proxy(at: booking(tables, row), key(tables, row))?.name, Reason.noProxy)
        }
    }
}

extension Tables {
    /// A small number that no two peers share, so that a text is judged once.
    fileprivate func code(of peer: Peer) -> Int? {
        switch peer {
        case .workload(let index): Int(index)
        case .object(let index): workloads.count + Int(index)
        case .dns(let index): workloads.count + clusterObjects.count + Int(index)
        case .address: nil
        }
    }

    package func kind(of peer: Peer) -> String {
        switch peer {
        case .workload(let index): workloads[Int(index)].owner.kind.name
        case .object(let index): clusterObjects[Int(index)].kind.name
        case .dns: "dns"
        case .address: "address"
        }
    }

    fileprivate func namespace(of peer: Peer) -> String? {
        switch peer {
        case .workload(let index): workloads[Int(index)].owner.namespace
        case .object(let index): clusterObjects[Int(index)].namespace
        case .dns, .address: nil
        }
    }

    fileprivate func pod(of peer: Peer) -> String? {
        switch peer {
        case .workload(let index): return workloads[Int(index)].owner.pod
        case .object(let index):
            let object = clusterObjects[Int(index)]
            return object.kind == .pod ? object.name : nil
        case .dns, .address: return nil
        }
    }

    // MARK: - Services

    private func isService(_ peer: Peer) -> Bool {
        if case .object(let index) = peer { clusterObjects[Int(index)].kind == .service } else { false }
    }

    /// "shop/cart" of the Service that is the peer, or by which an inbound flow's client came.
    fileprivate func service(_ key: FlowKey, _ peer: Peer, of workload: WorkloadIndex) -> String? {
        if isService(peer) { return object(of: peer)?.fullName }
        guard key.direction == .inbound, !serviceOfBackend.isEmpty else { return nil }
        let target = ServiceTarget(workload: workload, transport: key.transport, address: key.peer, port: key.port)
        guard let address = serviceOfBackend[target] else { return nil }
        return objectOfAddress[address].map { clusterObjects[Int($0)].fullName } ?? address.description
    }

    fileprivate func backends(_ key: FlowKey, _ peer: Peer, of workload: WorkloadIndex) -> Value {
        guard isService(peer) else { return .missing(Reason.peerIsNoService) }
        let target = ServiceTarget(workload: workload, transport: key.transport, address: key.peer, port: key.port)
        if let found = backends[target] { return .list(found.map { name(of: $0) }) }
        guard let source = sources.first(where: { $0.name == SourceSample.connectionTracking }) else {
            return .missing(Reason.noConnectionTracking)
        }
        return .missing(source.state == .works ? Reason.noTranslation : source.reason ?? Reason.noConnectionTracking)
    }

    // MARK: - Proxies

    fileprivate func proxy(at booking: Booking, _ key: FlowKey) -> Proxy? {
        guard let owner = owner(booking.workload) else { return nil }
        let container = name(booking.container) ?? (owner.kind == .container ? owner.container : nil)
        let image = object(of: booking.workload)?.containers.first { $0.name == container }?.image
        let command = owner.kind == .process ? owner.workload : key.command.text
        return Proxy.recognise(container: container, image: image, command: command)
    }

    /// Of a pod with a sidecar, the sidecar: what goes to the pod passes it.
    fileprivate func proxy(of peer: Peer) -> Proxy? {
        if let object = object(of: peer) {
            for container in object.containers {
                if let found = Proxy.recognise(container: container.name, image: container.image) { return found }
            }
            return nil
        }
        guard case .workload(let index) = peer else { return nil }
        let owner = workloads[Int(index)].owner
        switch owner.kind {
        case .process: return Proxy.recognise(command: owner.workload)
        case .pod, .container: return Proxy.recognise(container: owner.container)
        case .unit, .cgroup, .other: return nil
        }
    }
}

extension SourceSample {
    /// What the source of translations is called.
    package static let connectionTracking = "connection tracking"
}

extension Reason {
    static let noNamespace = "the peer is in no namespace known here"
    static let peerIsNoPod = "the peer is no pod known here"
    static let peerUnknown = "no source of names knows the peer"
    static let peerIsNoService = "the peer is no Service"
    static let noService = "no Service is known to be asked for"
    static let noConnectionTracking = "connection tracking is not read; see podglass doctor"
    static let noTranslation = "no translation seen yet"
    static let noProxy = "no proxy known"
}
