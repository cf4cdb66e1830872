// What sources of names tell of the shop: its pods, a node, and the cluster's DNS as a Service whose backend is on another node.

import Aggregation

extension Fixture {
    static let neighbour = Address(ipv4: 0xc0a8_0007)
    private static let resolvingPod = Address(ipv4: 0x0af4_0203)

    static let objects: [Event] = {
        // The runtime told of this one: its owner is inferred.
        var frontend = pod("front-7b58", "front", front, ["app": "front", "tier": "web"], isEstimated: true)
        frontend.containers = [.init(id: "nginx", name: "nginx", image: "nginx:1.27")]
        var server = pod("cart-1", "cart", cart, ["app": "cart"])
        server.containers = [
            .init(id: "server", name: "server", image: "shop/cart:4", restarts: 3),
            .init(id: "", name: "istio-proxy", image: "istio/proxyv2:1.24", role: .sidecar, restarts: 1, reason: "CrashLoopBackOff"),
        ]
        var names = pod("coredns-5d78", "coredns", resolvingPod, ["k8s-app": "kube-dns"])
        names.namespace = "kube-system"
        names.node = "node-2"
        var service = ClusterObject(kind: .service, id: "kube-dns", namespace: "kube-system", name: "kube-dns")
        service.addresses = [resolver]
        var node = ClusterObject(kind: .node, id: "node-2", name: "node-2")
        node.addresses = [neighbour]
        return [
            .object(frontend), .object(server), .object(names), .object(service), .object(node),
            .source(SourceSample(name: "connection tracking", place: "netlink", state: .works)),
            .translation(
                TranslationSample(
                    client: cart, transport: .udp, service: resolver, servicePort: 53, backend: resolvingPod, backendPort: 53)),
        ]
    }()

    private static func pod(
        _ name: String, _ owner: String, _ address: Address, _ labels: [String: String], isEstimated: Bool = false
    ) -> ClusterObject {
        var object = ClusterObject(kind: .pod, id: name, namespace: "shop", name: name)
        object.labels = Labels(labels)
        object.controller = Controller(kind: "Deployment", name: owner, isEstimated: isEstimated)
        object.node = "node-1"
        object.addresses = [address]
        return object
    }
}
