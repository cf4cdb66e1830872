// Who is at the other end of a flow, and what is known of it. One lookup by address for what this node has, one for the rest
// of the cluster; then what DNS said.

package typealias ObjectIndex = Int32

package enum Peer: Hashable, Sendable, BitwiseCopyable {
    /// Of this node.
    case workload(WorkloadIndex)
    /// Of the cluster: an index of `Tables.clusterObjects`.
    case object(ObjectIndex)
    /// What DNS called it when the workload asked: an index of `Tables.names`.
    case dns(NameIndex)
    case address
}

extension Tables {
    /// Who is at the other end of `workload`'s flow; of a flow from before its peer's address changed hands, who was.
    package func peer(_ key: FlowKey, for workload: WorkloadIndex = -1) -> Peer {
        if !formerPeers.isEmpty, let former = formerPeers[key] { return former }
        if let index = localPeer(key) { return .workload(index) }
        if let index = objectOfAddress[key.peer] { return .object(index) }
        if !dnsNames.isEmpty, let name = dnsNames[DNSName(workload: workload, address: key.peer)] { return .dns(name) }
        return .address
    }

    /// The peer as a person names it: "shop/cart-7d9f", "shop/cart (Service)", "node-2 (node)", a unit, a process, else what DNS
    /// called it when this workload asked, else the address.
    package func peerName(_ key: FlowKey, for workload: WorkloadIndex = -1) -> String {
        if key.isGathering { return Owner.other.workload }
        return switch peer(key, for: workload) {
        case .workload(let index): workloads[Int(index)].owner.displayName
        case .object(let index): clusterObjects[Int(index)].displayName
        case .dns(let index): name(index) ?? key.peer.description
        case .address: key.peer.description
        }
    }

    /// The local workload at the other end, where there is one.
    package func peerWorkload(_ key: FlowKey) -> WorkloadIndex? {
        if !formerPeers.isEmpty, let former = formerPeers[key] {
            if case .workload(let index) = former { return index }
            return nil
        }
        return localPeer(key)
    }

    private func localPeer(_ key: FlowKey) -> WorkloadIndex? {
        if key.direction == .outbound, key.peer.isLoopback,
            let server = localServers[LocalServer(netns: key.netns, port: key.port)]
        {
            return server
        }
        return addresses[key.peer]
    }

    /// What sources of names told of the peer.
    package func object(of peer: Peer) -> ClusterObject? {
        switch peer {
        case .workload(let index): object(of: index)
        case .object(let index): clusterObjects[Int(index)]
        case .dns, .address: nil
        }
    }

    /// What sources of names told of a workload.
    package func object(of workload: WorkloadIndex) -> ClusterObject? {
        guard workload >= 0 else { return nil }
        let index = workloads[Int(workload)].object
        return index < 0 ? nil : clusterObjects[Int(index)]
    }

    /// The Service, node or pod that has an address, and otherwise the address: how a backend is written.
    package func name(of address: Address) -> String {
        if let index = addresses[address] { return workloads[Int(index)].owner.displayName }
        if let index = objectOfAddress[address] { return clusterObjects[Int(index)].displayName }
        return address.description
    }
}

extension Owner {
    /// "namespace/pod" where there is a namespace, else the workload's name.
    package var displayName: String { namespace.map { "\($0)/\(workload)" } ?? workload }
}

extension ClusterObject {
    /// "namespace/name", or the name of what is in no namespace.
    package var fullName: String { namespace.map { "\($0)/\(name)" } ?? name }

    /// The same; what is no pod says what it is, because a Service and its pods may be called the same.
    package var displayName: String {
        switch kind {
        case .pod, .container: fullName
        case .service: fullName + " (Service)"
        case .endpoint: fullName + " (endpoint)"
        case .node: fullName + " (node)"
        }
    }
}
