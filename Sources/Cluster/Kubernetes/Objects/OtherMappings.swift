// Services, nodes and EndpointSlices as the API server tells of them → things of the cluster.

import Aggregation

extension WireServiceObject {
    /// ClusterIPs first, then what it is reached by from outside; a headless one and an ExternalName have none.
    func mapped(_ texts: inout Interner) -> ClusterObject? {
        guard let id = metadata?.uid, let name = metadata?.name else { return nil }
        var object = ClusterObject(kind: .service, id: id, namespace: (metadata?.namespace).map { texts[$0] }, name: name)
        var addresses = spec?.clusterIPs ?? []
        if addresses.isEmpty, let address = spec?.clusterIP { addresses = [address] }
        addresses += spec?.externalIPs ?? []
        addresses += (status?.loadBalancer?.ingress ?? []).compactMap(\.ip)
        object.addresses = addresses.prefix(ObjectLimits.addresses).compactMap { Address($0) }
        return object
    }
}

extension WireNode {
    func mapped() -> ClusterObject? {
        guard let id = metadata?.uid, let name = metadata?.name else { return nil }
        var object = ClusterObject(kind: .node, id: id, name: name)
        let addresses = (status?.addresses ?? []).filter { $0.type == "InternalIP" || $0.type == "ExternalIP" }
        object.addresses = addresses.prefix(ObjectLimits.addresses).compactMap { $0.address.flatMap { Address($0) } }
        return object
    }
}

extension WireEndpointSlice {
    /// What stands behind a Service and is no pod, under the Service's name; without addresses where all of it are pods.
    func mapped(_ texts: inout Interner) -> ClusterObject? {
        guard let id = metadata?.uid, let name = metadata?.labels?["kubernetes.io/service-name"] ?? metadata?.name else { return nil }
        var object = ClusterObject(kind: .endpoint, id: id, namespace: (metadata?.namespace).map { texts[$0] }, name: texts[name])
        guard addressType != "FQDN" else { return object }
        let others = (endpoints ?? []).filter { $0.targetRef?.kind != "Pod" }
        object.addresses = others.flatMap { $0.addresses ?? [] }.prefix(ObjectLimits.endpoints).compactMap { Address($0) }
        return object
    }
}
