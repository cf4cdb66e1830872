import Testing

@testable import Aggregation

/// What sources of names tell, joined with what sockets showed, in whatever order it comes.
@Suite struct EngineObjectTests {
    typealias Events = EngineEvents

    static let address = Address(ipv4: 0x0a00_0001)
    let flow = Events.key(2)

    static func pod(
        _ name: String, _ addresses: [Address] = [], id: String? = nil, containers: [(id: String, name: String)] = [],
        estimated: Bool = false, ended: Bool = false, labels: [String: String] = ["app": "web"]
    ) -> ClusterObject {
        var object = ClusterObject(kind: .pod, id: id ?? name, namespace: "shop", name: name)
        object.labels = Labels(labels)
        object.controller = Controller(kind: "Deployment", name: name + "-deployment", isEstimated: estimated)
        object.node = "node-1"
        object.addresses = addresses
        object.containers = containers.map { .init(id: $0.id, name: $0.name, image: "registry/\($0.name):1") }
        object.hasEnded = ended
        return object
    }

    static func thing(_ kind: ClusterObject.Kind, _ name: String, namespace: String? = "shop", _ addresses: [Address]) -> ClusterObject {
        var object = ClusterObject(kind: kind, id: name, namespace: namespace, name: name)
        object.addresses = addresses
        return object
    }

    /// A pod that the node's files gave no name.
    static func unnamed(_ uid: String, container: String) -> Owner {
        Owner(
            kind: .pod, key: "pod:" + uid, workload: "pod " + uid, podUID: uid, container: String(container.prefix(3)),
            containerID: container)
    }

    private func value(_ word: String, _ tables: Tables, _ schema: Schema = .flows, row: Int = 0) throws -> Value {
        try #require(schema.field(word)).value(tables, row)
    }

    @Test("a pod's names come from its object, whichever is told first; rows that were there get them")
    func orders() throws {
        let owner = Event.owner(cgroup: 2, Self.unnamed("u1", container: "c0ffee"))
        let object = Event.object(Self.pod("cart-1", [Self.address], id: "u1", containers: [("c0ffee", "server")]))
        let traffic = Events.flow(flow, [.sentBytes: 5, .retransmitsFast: 1])
        for order in [[owner, object, traffic], [owner, traffic, object], [object, owner, traffic]] {
            var engine = Engine()
            engine.fold(order + [Events.tick(1), Events.tick(2)])
            let tables = engine.tables
            #expect(tables.workloads.count == 1)
            #expect(try value("workload", tables) == .text("cart-1") && value("namespace", tables) == .text("shop"))
            #expect(try value("pod", tables) == .text("cart-1") && value("container", tables) == .text("server"))
            #expect(try value("container", tables, .retransmits) == .text("server"))
            #expect(try value("owner", tables) == .text("cart-1-deployment") && value("ownerkind", tables) == .text("Deployment"))
            #expect(try value("label", tables) == .list(["app=web"]) && value("node", tables, .pods) == .text("node-1"))
            #expect(try value("image", tables, .pods) == .list(["registry/server:1"]))
            #expect(tables.addresses[Self.address] == 0)
        }
    }

    @Test("a name told again without one, and another container of the pod, take nothing away")
    func unnamedAgain() throws {
        var engine = Engine()
        engine.fold([
            .object(Self.pod("cart-1", id: "u1", containers: [("c0ffee", "server"), ("beef", "sidecar")])),
            .owner(cgroup: 2, Self.unnamed("u1", container: "c0ffee")), .owner(cgroup: 3, Self.unnamed("u1", container: "beef")),
            .owner(cgroup: 2, Self.unnamed("u1", container: "c0ffee")), Events.flow(flow, [.sentBytes: 1]),
            Events.flow(Events.key(3), [.sentBytes: 1]), Events.tick(1),
        ])
        #expect(engine.tables.workloads.count == 1 && engine.tables.workloads[0].owner.workload == "cart-1")
        #expect(try value("container", engine.tables) == .text("server") && value("container", engine.tables, row: 1) == .text("sidecar"))
    }

    @Test("a restarted or renamed container keeps the workload's row, and the pod says how often it was started and why it waits")
    func restarts() throws {
        var engine = Engine()
        var object = Self.pod("cart-1", id: "u1", containers: [("c1", "server")])
        engine.fold([
            .object(object), .owner(cgroup: 2, Self.unnamed("u1", container: "c1")), Events.flow(flow, [.sentBytes: 7]), Events.tick(1),
        ])
        object.containers = [.init(id: "c2", name: "renamed", image: "i", restarts: 4, reason: "CrashLoopBackOff")]
        engine.fold([
            .object(object), .owner(cgroup: 5, Self.unnamed("u1", container: "c2")), Events.flow(Events.key(5), [.sentBytes: 3]),
            Events.tick(2),
        ])
        #expect(engine.tables.workloads.count == 1 && engine.tables.workloads[0].totals[.sentBytes] == 10)
        #expect(try value("restarts", engine.tables, .pods) == .integer(4))
        #expect(try value("reason", engine.tables, .pods) == .text("CrashLoopBackOff"))
        #expect(try value("container", engine.tables) == .text("server") && value("container", engine.tables, row: 1) == .text("renamed"))
        // Of docker: the container is the workload, and keeps its row under another name.
        var docker = ClusterObject(kind: .container, id: "d1", name: "old-name")
        engine.fold([
            .owner(cgroup: 9, Owner(kind: .container, key: "container:d1", workload: "d1", container: "d1", containerID: "d1")),
            .object(docker), Events.flow(Events.key(9), [.sentBytes: 1]), Events.tick(3),
        ])
        docker.name = "new-name"
        engine.fold([.object(docker), Events.tick(4)])
        #expect(engine.tables.workloads.count == 2 && engine.tables.workload(named: "new-name") != nil)
        #expect(try value("container", engine.tables, row: 2) == .text("new-name"))
    }

    @Test("the cluster's pods are no rows of this node")
    func elsewhere() {
        var engine = Engine()
        engine.fold([.object(Self.pod("far-1", [Self.address])), Events.tick(1)])
        #expect(Schema.pods.rows(engine.tables).isEmpty)
        engine.fold([.owner(cgroup: 4, Self.unnamed("far-1", container: "c")), Events.tick(2)])
        #expect(Schema.pods.rows(engine.tables).count == 1 && engine.tables.workloads[0].owner.workload == "far-1")
    }

    @Test("a peer is named by pod, Service, endpoint, node, DNS, address, in this order, each with its kind")
    func peers() throws {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, Events.pod("client")), Events.flow(flow, [.sentBytes: 1]), Events.tick(1)])
        #expect(engine.tables.peerName(flow, for: 0) == "10.0.0.1")
        #expect(try value("peerkind", engine.tables) == .text("address"))
        let things: [(ClusterObject.Kind, String, String)] = [
            (.node, "node-2", "node-2 (node)"), (.endpoint, "db", "shop/db (endpoint)"), (.service, "cart", "shop/cart (Service)"),
            (.pod, "cart-9", "shop/cart-9"),
        ]
        for (kind, name, shown) in things {
            engine.fold([.object(Self.thing(kind, name, namespace: kind == .node ? nil : "shop", [Self.address])), Events.tick(2)])
            #expect(engine.tables.peerName(flow, for: 0) == shown)
            #expect(try value("peerkind", engine.tables) == .text(kind.name))
        }
        #expect(try value("peerpod", engine.tables) == .text("cart-9") && value("peernamespace", engine.tables) == .text("shop"))
        // When one goes, the next has it; the order of telling does not matter.
        for (kind, name, _) in things.reversed() {
            engine.fold(.objectGone(kind, id: name))
            let left = things.prefix { $0.1 != name }.last
            #expect(engine.state.holder(of: Self.address).flatMap { engine.tables.object(of: $0)?.name } == left.map { $0.1 })
        }
        engine.fold(.object(Self.thing(.pod, "p", [Self.address])))
        engine.fold(.object(Self.thing(.node, "n", namespace: nil, [Self.address])))
        #expect(engine.state.holder(of: Self.address).flatMap { engine.tables.object(of: $0)?.name } == "p")
    }

    @Test("ten thousand pods come, move and go; every address names who claimed it last")
    func many() throws {
        var engine = Engine()
        var random = SplitMix(seed: 4)
        var model: [Address: [String]] = [:]
        var known: [String: ClusterObject] = [:]
        func forget(_ name: String) {
            for address in known[name]?.addresses ?? [] { model[address]?.removeAll { $0 == name } }
            known[name] = nil
        }
        for step in 0..<40_000 {
            let name = "pod-\(Int.random(in: 0..<10_000, using: &random))"
            if step % 5 == 4 {
                forget(name)
                engine.fold(.objectGone(.pod, id: name))
            } else {
                let address = Address(ipv4: 0x0a00_0000 | UInt32.random(in: 1...12_000, using: &random))
                let before = known[name]?.addresses.first
                known[name] = Self.thing(.pod, name, [address])
                if let before, before != address { model[before]?.removeAll { $0 == name } }
                if before != address { model[address, default: []].append(name) }
                engine.fold(.object(try #require(known[name])))
            }
            if step % 1_000 == 0 { engine.fold(Events.tick(UInt64(step / 1_000 + 1))) }
        }
        for (address, claimants) in model {
            let named = engine.tables.objectOfAddress[address].map { engine.tables.clusterObjects[Int($0)].name }
            #expect(named == claimants.last)
        }
        #expect(engine.state.objects.index.count == known.count && engine.tables.objectsRefused == 0)
        #expect(engine.tables.clusterObjects.count <= 11_000)
        #expect(engine.state.objects.contenders.values.allSatisfy { !$0.isEmpty })
    }

    @Test("what finds no place is counted, and things that are gone leave theirs")
    func limits() {
        var capacities = Capacities()
        capacities.objects = 10
        capacities.objectAddresses = 8
        var engine = Engine(capacities)
        for number in 0..<20 as Range<UInt32> {
            engine.fold(.object(Self.thing(.service, "s\(number)", [Address(ipv4: number + 1)])))
        }
        #expect(engine.tables.clusterObjects.count == 10 && engine.tables.objectOfAddress.count == 8)
        #expect(engine.tables.objectsRefused == 12)
        for number in 0..<10 { engine.fold(.objectGone(.service, id: "s\(number)")) }
        engine.fold(Events.tick(1))
        for number in 20..<30 { engine.fold(.object(Self.thing(.service, "s\(number)", [Address(ipv4: UInt32(number))]))) }
        #expect(engine.state.objects.index.count == 10 && engine.tables.objectOfAddress.count == 8 && engine.tables.objectsRefused == 14)
        #expect(StatusLine.refused(engine.tables).contains { $0.table == "objects" && $0.count == 14 })
    }

    @Test("text without bounds finds no room: new things are refused, known ones go on without their labels")
    func text() throws {
        func thing(_ number: UInt32, labelBytes: Int) -> ClusterObject {
            var object = Self.thing(.service, "s\(number)", [Address(ipv4: number + 1)])
            object.labels = Labels(["a": String(repeating: "x", count: labelBytes)])
            return object
        }
        var capacities = Capacities()
        capacities.objectTextBytes = 10_000
        var engine = Engine(capacities)
        for number in 0..<20 as Range<UInt32> { engine.fold(.object(thing(number, labelBytes: 1_000))) }
        #expect(engine.state.objects.index.count == 9 && engine.tables.objectsRefused == 11)
        let kept = try #require(engine.state.objects.index[ObjectKey(kind: .service, id: "s3")])
        engine.fold(.object(thing(3, labelBytes: 4_000)))
        #expect(engine.tables.clusterObjects[Int(kept)].labels.isEmpty && engine.tables.clusterObjects[Int(kept)].name == "s3")
        engine.fold(.object(thing(3, labelBytes: 500)))
        #expect(!engine.tables.clusterObjects[Int(kept)].labels.isEmpty)
        // What is gone leaves its room.
        for number in 0..<9 { engine.fold(.objectGone(.service, id: "s\(number)")) }
        engine.fold(Events.tick(1))
        for number in 30..<39 as Range<UInt32> { engine.fold(.object(thing(number, labelBytes: 1_000))) }
        #expect(engine.state.objects.index.count == 9 && engine.tables.objectsRefused == 11)
        #expect(engine.state.objects.textBytes == engine.tables.clusterObjects.reduce(0) { $0 + $1.textBytes })
    }

    @Test("an inferred owner is marked, and no number beside it")
    func inferred() throws {
        var engine = Engine()
        engine.fold([
            .owner(cgroup: 2, Events.pod("client")), .object(Self.pod("client", estimated: true)), .object(Self.pod("far", [Self.address])),
            Events.flow(flow, [.sentBytes: 1_000]), Events.tick(1), Events.tick(2),
        ])
        let marks = Schema.flows.marks(engine.tables, 0)
        #expect(marks == .inferredOwner && marks.names == ["estimated"])
        for field in Schema.flows.fields where !field.marks.isDisjoint(with: marks) { #expect(field.word.hasPrefix("owner")) }
        var line = ""
        var json = JSONLine(.flows)
        json.write([0], of: engine.tables) { line = String(decoding: $0, as: UTF8.self) }
        #expect(line.contains(#""marks":["estimated"]"#) && line.contains(#""owner":"inferred from the pod's name and labels""#))
        #expect(!line.contains(#""peer_owner":"inferred"#))
        var table = ""
        var lines = TableLines(.pods)
        lines.write([0], of: engine.tables) { table += String(decoding: $0, as: UTF8.self) }
        #expect(table.contains("client-deployment~") && table.count { $0 == "~" } == 1)
        #expect(try Query.parse("marks=estimated", schema: .flows).matches(engine.tables, row: 0))
        // Whoever knows says it.
        engine.fold([.object(Self.pod("client")), Events.tick(3)])
        #expect(Schema.flows.marks(engine.tables, 0) == [])
    }

    @Test("a Service shows who answers for it, and a backend by which Service it was reached")
    func translations() throws {
        let service = Address(ipv4: 0x0a60_000a)
        let clientAddress = Address(ipv4: 0x0a00_0009)
        let asked = FlowKey(cgroup: 2, netns: 7, direction: .outbound, peer: service, port: 80)
        let answered = FlowKey(cgroup: 3, netns: 8, direction: .inbound, peer: clientAddress, port: 8080)
        let sample = Event.translation(
            TranslationSample(
                client: clientAddress, transport: .tcp, service: service, servicePort: 80, backend: Self.address, backendPort: 8080))
        var engine = Engine()
        engine.fold([
            .owner(cgroup: 2, Events.pod("client")), .owner(cgroup: 3, Events.pod("cart-1")), .address(Self.address, cgroup: 3),
            .object(Self.thing(.service, "cart", [service])), Events.flow(asked, [.sentBytes: 1]), Events.flow(answered, [.sentBytes: 1]),
            Events.tick(1),
        ])
        #expect(try value("backend", engine.tables).reason == "connection tracking is not read; see podglass doctor")
        #expect(try value("backend", engine.tables, row: 1).reason == "the peer is no Service")
        engine.fold([.source(SourceSample(name: "connection tracking", place: "netlink", state: .works)), sample, Events.tick(2)])
        #expect(try value("backend", engine.tables).reason == "no translation seen yet")
        // The client's address is told a moment later.
        engine.fold([.address(clientAddress, cgroup: 2), Events.tick(3)])
        #expect(try value("backend", engine.tables) == .list(["shop/cart-1"]))
        #expect(try value("service", engine.tables) == .text("shop/cart") && value("service", engine.tables, row: 1) == .text("shop/cart"))
        #expect(engine.tables.peerName(asked, for: 0) == "shop/cart (Service)")
    }

    @Test("translations stay within their limits")
    func boundedTranslations() {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, Events.pod("client")), .address(Self.address, cgroup: 2)])
        for number in 1...UInt32(20_000) {
            for client in [Self.address, Address(ipv4: 0x0b00_0000 | number)] {
                engine.fold(
                    .translation(
                        TranslationSample(
                            client: client, transport: .tcp, service: Address(ipv4: number), servicePort: 80,
                            backend: Address(ipv4: number + 1 << 24), backendPort: 1)))
            }
        }
        #expect(engine.tables.backends.count == Limits.translatedServices)
        #expect(engine.state.objects.waiting.count == Limits.waitingTranslations)
        #expect(engine.tables.backendsRefused == 20_000 - UInt64(Limits.translatedServices) + 20_000 - UInt64(Limits.waitingTranslations))
        engine.fold([Events.tick(1), Events.tick(60)])
        #expect(engine.state.objects.waiting.isEmpty)
    }
}
