import Testing

@testable import Aggregation

/// Labels in queries and in Hubble's selectors.
@Suite struct LabelQueryTests {
    /// Flows, in order: client (app=web, tier=front) to cart (app=cart), cart to a Service without labels, a unit to the client.
    static let tables: Tables = {
        var engine = Engine()
        let client = Address(ipv4: 0x0a00_0009)
        let cart = Address(ipv4: 0x0a00_0001)
        let service = Address(ipv4: 0x0a60_0001)
        var web = EngineObjectTests.pod("client", [client], labels: ["app": "web", "tier": "front", "example.com/version": "v1,2"])
        web.containers = [.init(id: "", name: "istio-proxy", image: "istio/proxyv2:1.24")]
        engine.fold([
            .owner(cgroup: 2, EngineEvents.pod("client")), .owner(cgroup: 3, EngineEvents.pod("cart")),
            .owner(cgroup: 4, Owner(kind: .unit, key: "u", workload: "ssh.service")), .object(web),
            .object(EngineObjectTests.pod("cart", [cart], labels: ["app": "cart"])),
            .object(EngineObjectTests.thing(.service, "cart", [service])),
            EngineEvents.flow(EngineEvents.key(2, peer: 0x0a00_0001), [.opened: 1]),
            EngineEvents.flow(EngineEvents.key(3, peer: 0x0a60_0001), [.opened: 1]),
            EngineEvents.flow(EngineEvents.key(4, peer: 0x0a00_0009), [.opened: 1]), EngineEvents.tick(1),
        ])
        return engine.tables
    }()

    private func rows(_ query: String) throws -> [Int32] {
        let query = try Query.parse(query, schema: .flows)
        #expect(try Query.parse(query.description, schema: .flows).description == query.description)
        return Schema.flows.rows(Self.tables).filter { query.matches(Self.tables, row: Int($0)) }
    }

    @Test(
        "labels are compared by their key",
        arguments: [
            ("label:app=web", [0]), ("label:app=web,cart", [0, 1]), ("label:app!=web", [1, 2]), ("label:app", [0, 1]),
            ("not label:tier", [1, 2]),
            ("label:app~^(w|x)", [0]), ("labels:app!~^w", [1, 2]), ("label:app=null", [2]), ("label:ap=web", []),
            ("label:example.com/version=\"v1,2\"", [0]), ("peerlabel:app=cart", [0]), ("peer_labels:tier", [2]),
            ("peerlabel:app=null", [1]),
            ("label=\"app=web\"", [0]), ("label~^tier", [0]), ("label=null", [2]), ("owner=client-deployment", [0]), ("owner=null", [2]),
            ("ownerkind=Deployment peerkind=service", [1]), ("peer=\"shop/cart (Service)\"", [1]), ("peerproxy=istio-proxy", [2]),
            ("label:app=web or peerlabel:tier=front", [0, 2]), ("\"label:app\"", []), ("peerowner=cart-deployment", [0]),
        ] as [(String, [Int32])])
    func queries(query: String, expected: [Int32]) throws { #expect(try rows(query) == expected, "\(query)") }

    @Test("a selector is Kubernetes's")
    func selectors() throws {
        let labels = Labels(["app": "web", "env": "test", "k8s.io/name": "x"])
        for text in [
            "app=web", "app==web", "app", "!tier", "app!=db", "tier!=db", "app in (db, web)", "env notin (stage,live)", "app=web,env=test",
            "k8s:app=web", "any:app", "k8s:k8s.io/name=x", " app = web , !tier", "app in (a,web),env",
        ] {
            let selector = try #require(LabelSelector(text), "\(text)")
            #expect(selector.matches(labels), "\(text)")
        }
        for text in ["app=db", "tier", "!app", "app!=web", "app in (db)", "env notin (test)", "app=web,env=live", "reserved:host", "ap"] {
            let selector = try #require(LabelSelector(text), "\(text)")
            #expect(!selector.matches(labels), "\(text)")
        }
        for text in ["", ",", "=web", "a b", "app in", "app in ()", "app in (a", "app)", "app of (a)", "!", "app=a=b"] {
            #expect(LabelSelector(text) == nil, "\(text)")
        }
    }

    @Test("proxies are recognised by image, container and process")
    func proxies() {
        #expect(Proxy.recognise(container: "istio-proxy", image: "docker.io/istio/ztunnel:1.24@sha256:00") == .ztunnel)
        #expect(Proxy.recognise(container: "istio-proxy", image: "registry:5000/mirror/proxyv2") == .istio)
        #expect(Proxy.recognise(container: "linkerd-proxy") == .linkerd)
        #expect(Proxy.recognise(container: "x", image: "cr.l5d.io/linkerd/proxy:edge") == .linkerd)
        #expect(Proxy.recognise(container: "x", image: "example.com/other/proxy:1") == nil)
        #expect(
            Proxy.recognise(image: "quay.io/cilium/cilium:v1.16") == .ciliumAgent
                && Proxy.recognise(command: "cilium-envoy") == .ciliumEnvoy)
        #expect(
            Proxy.recognise(command: "kube-proxy") == .kubeProxy
                && Proxy.recognise(container: "web", image: "nginx", command: "nginx") == nil)
        // What the kernel cuts at 15 bytes is known so.
        #expect(Proxy.recognise(command: CommandName("consul-dataplane").text) == .consul)
        #expect(Proxy.recognise(image: "") == nil && Proxy.recognise(image: "@") == nil)
    }
}
