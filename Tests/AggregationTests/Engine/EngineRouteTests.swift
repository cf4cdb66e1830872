import Testing

@testable import Aggregation

@Suite struct EngineRouteTests {
    private let flow = EngineEvents.key(100, .outbound, port: 53)
    private let millisecond: UInt64 = 1_000_000

    private func ask(_ engine: inout Engine, _ key: RequestKey, _ targets: [String], at second: UInt64) {
        for target in targets { engine.fold(RequestEvents.exchange(key, target, latency: millisecond, at: second)) }
        engine.fold([
            RequestEvents.counted(key, targets.map { _ in millisecond }, sampled: targets.count, at: second), EngineEvents.tick(second),
        ])
    }

    @Test("A workload has so many routes; further ones are ~other, counted, and those that were refused take half")
    func routesOfWorkload() {
        var capacities = Capacities()
        capacities.routes = 6
        var engine = Engine(capacities)
        engine.fold(EngineEvents.tick(1))
        let key = RequestEvents.key(EngineEvents.key(100, .inbound))
        let missing = RequestEvents.key(EngineEvents.key(100, .inbound), 404)
        ask(&engine, missing, ["/m1x", "/m2x", "/m3x", "/m4x", "/m5x"], at: 2)
        #expect(engine.tables.routes(of: missing) == ["/m1x": 1, "/m2x": 1, "/m3x": 1, "~other": 2])
        ask(&engine, key, ["/a", "/b", "/c", "/d", "/a"], at: 3)
        #expect(engine.tables.routes(of: key) == ["/a": 2, "/b": 1, "/c": 1, "~other": 1])
        #expect(engine.tables.requests.refused == 3)
        #expect(engine.tables.requests.rows.allSatisfy { $0.marks.isEmpty })
        // The other direction's workload has its own.
        let other = RequestEvents.key(EngineEvents.key(101, .inbound))
        ask(&engine, other, ["/d"], at: 4)
        #expect(engine.tables.routes(of: other) == ["/d": 1])
        // Idle for long, they leave, and others find room; what they counted stays.
        ask(&engine, key, ["/a"], at: 2_000)
        ask(&engine, key, ["/d"], at: 2_020)
        #expect(engine.tables.routes(of: key) == ["/a": 3, "/d": 1, "~other": 3])
        #expect(engine.tables.requestTotal == 13)
    }

    @Test("Names from the network leave room for others, and those that nothing has are given up")
    func namesAreGivenUp() {
        var capacities = Capacities()
        capacities.names = 40
        var engine = Engine(capacities)
        for round in 0..<25 as Range<UInt64> {
            let key = RequestEvents.key(EngineEvents.key(100, .inbound))
            ask(&engine, key, (0..<5).map { "/r\(round)x/s\($0)y" }, at: 1 + round * 1_000)
            #expect(engine.tables.names.count <= 40)
            engine.fold([.owner(cgroup: 200 + round, EngineEvents.pod("p\(round)", container: "late"))])
            #expect(engine.tables.routes(of: key)["/r\(round)x/s0y"] == 1, "round \(round)")
        }
        #expect(engine.tables.names.contains("late") && engine.tables.requestTotal == 125)
    }

    @Test("An answer names the peer's address for who asked, the newest first; a pod's own name goes before it")
    func dnsNames() throws {
        var engine = Engine()
        let peer = Address(ipv4: 0xcb00_7107)
        let key = RequestEvents.key(flow, 0, .dns)
        let web = EngineEvents.key(100, peer: peer.ipv4, port: 443)
        let stranger = EngineEvents.key(101, peer: peer.ipv4, port: 443)
        engine.fold([
            .owner(cgroup: 100, EngineEvents.pod("front")), .owner(cgroup: 101, EngineEvents.pod("cart")),
            EngineEvents.flow(web, [.sentBytes: 1]), EngineEvents.flow(stranger, [.sentBytes: 1]),
            RequestEvents.exchange(key, "API.example.com.", answers: [peer, Address(ipv4: 9)]), EngineEvents.tick(1),
        ])
        let peers = try #require(Schema.flows.fields.first { $0.word == "peer" })
        func peerText(_ flow: FlowKey) -> Value? {
            engine.tables.flows.rows.firstIndex { $0.key == flow }.map { peers.value(engine.tables, $0) }
        }
        #expect(peerText(web) == .text("api.example.com") && peerText(stranger) == .text(peer.description))
        // Who answers learns nothing of it.
        engine.fold([
            RequestEvents.exchange(RequestEvents.key(EngineEvents.key(101, .inbound, port: 53), 0, .dns), "evil.example", answers: [peer]),
            RequestEvents.exchange(key, "www.example.com", answers: [peer]), EngineEvents.tick(2),
        ])
        #expect(peerText(web) == .text("www.example.com") && peerText(stranger) == .text(peer.description))
        #expect(engine.tables.dnsNames.count == 2)
        // Rows share a code only where they have the same text.
        var texts: [Int: Value] = [:]
        for row in 0..<engine.tables.flows.count {
            guard let code = peers.code(engine.tables, row) else { continue }
            #expect(texts[code] == nil || texts[code] == peers.value(engine.tables, row))
            texts[code] = peers.value(engine.tables, row)
        }
        engine.fold([.address(peer, cgroup: 101), EngineEvents.tick(3)])
        #expect(peerText(web) == .text("shop/cart"))
    }

    @Test("Of names, the oldest leave")
    func oldNames() {
        var capacities = Capacities()
        capacities.dnsNames = 16
        var engine = Engine(capacities)
        let key = RequestEvents.key(flow, 0, .dns)
        for index in 0..<50 as Range<UInt32> {
            engine.fold(RequestEvents.exchange(key, "n\(index)", answers: [Address(ipv4: index), Address(ipv4: 1_000)]))
            #expect(engine.tables.dnsNames.count <= 16)
        }
        let workload = engine.tables.workloads.rows.firstIndex { $0.owner.kind == .cgroup }.map { WorkloadIndex($0) } ?? -1
        #expect(
            engine.tables.dnsNames[DNSName(workload: workload, address: Address(ipv4: 1_000))].flatMap { engine.tables.name($0) } == "n49")
        #expect(engine.tables.dnsNames[DNSName(workload: workload, address: Address(ipv4: 0))] == nil)
    }

    @Test("A row keeps its slowest exchanges and the latest that failed")
    func keptExchanges() {
        var engine = Engine()
        let key = RequestEvents.key(EngineEvents.key(100, .inbound), 500)
        for cookie in 1...100 as ClosedRange<UInt64> {
            // The slowest are spread out, and the first are slower than the last.
            let latency = (cookie * 37 % 101) * millisecond
            engine.fold(RequestEvents.exchange(key, "/a", latency: latency, cookie: cookie, at: 1))
            engine.fold([RequestEvents.counted(key, [latency], sampled: 1, at: 1), EngineEvents.tick(cookie)])
        }
        let kept = engine.tables.exchanges.rows.map(\.exchange)
        let slowest = (1...100 as ClosedRange<UInt64>).sorted { $0 * 37 % 101 > $1 * 37 % 101 }.prefix(8)
        #expect(kept.count == 16 && slowest.allSatisfy { cookie in kept.contains { $0.cookie == cookie } })
        #expect((95...100).allSatisfy { cookie in kept.contains { $0.cookie == cookie } })
        #expect(Set(engine.tables.exchanges.rows.map(\.serial)).count == 16)
        // After ten minutes anything newer takes their place.
        for cookie in 201...230 as ClosedRange<UInt64> {
            engine.fold(RequestEvents.exchange(key, "/a", latency: millisecond / 2, cookie: cookie, at: 1_000))
            engine.fold([RequestEvents.counted(key, [millisecond / 2], sampled: 1, at: 1_000), EngineEvents.tick(1_000 + cookie)])
        }
        #expect(engine.tables.exchanges.rows.allSatisfy { $0.exchange.cookie > 200 })
    }

    @Test("A UDP flow has datagrams and no connections, and a TCP flow the other way round")
    func transports() throws {
        var engine = Engine()
        var udp = flow
        udp.transport = .udp
        engine.fold([
            EngineEvents.flow(udp, [.sentBytes: 90, .sentDatagrams: 3, .receivedDatagrams: 2]),
            EngineEvents.flow(flow, [.sentBytes: 10, .opened: 1]), EngineEvents.tick(1),
        ])
        #expect(engine.tables.flows.count == 2)
        func value(_ word: String, _ key: FlowKey) throws -> Value {
            let field = try #require(Schema.flows.fields.first { $0.word == word })
            return field.value(engine.tables, try #require(engine.tables.flows.rows.firstIndex { $0.key == key }))
        }
        #expect(try value("transport", udp) == .text("udp") && value("transport", flow) == .text("tcp"))
        #expect(try value("sentdatagrams", udp) == .integer(3) && value("receiveddatagrams", udp) == .integer(2))
        for word in ["conns", "opened", "new", "closed", "failures", "timeouts", "retrans", "rtt", "rttmax", "zerowindows", "connect"] {
            #expect(try value(word, udp) == .missing("UDP has no connections"), "\(word)")
        }
        #expect(try value("conns", flow) == .integer(1) && value("sentdatagrams", flow) == .missing("TCP has no datagrams"))
        #expect(try value("sent", udp) == .integer(90) && value("drops", udp) == .integer(0))
        // Beyond the limit each transport has its own `~other`.
        engine.fold([.flowForgotten(udp), .flowForgotten(flow), EngineEvents.tick(1_000)])
        #expect(engine.tables.flows.rows.map(\.isOther) == [true, true])
        #expect(engine.tables.flow(EngineState.otherKey(.outbound, .udp))?.totals[.sentBytes] == 90)
        #expect(engine.tables.flow(EngineState.otherKey(.outbound, .tcp))?.totals[.sentBytes] == 10)
    }
}
