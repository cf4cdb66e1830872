import Testing

@testable import Aggregation

/// A pod's address is given to another pod: no line is credited to the wrong one.
@Suite struct EngineReuseTests {
    typealias Events = EngineEvents

    let address = Address(ipv4: 0x0a00_0001)
    let flow = Events.key(2)

    private func pod(_ name: String, ended: Bool = false) -> Event {
        .object(EngineObjectTests.pod(name, ended ? [] : [address], ended: ended))
    }

    private func peers(_ engine: Engine) -> [String] { engine.tables.flows.rows.map { engine.tables.peerName($0.key, for: $0.workload) } }

    @Test("traffic from before stays the old pod's, what comes after is the new one's", arguments: [true, false])
    func reuse(isLocal: Bool) {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, Events.pod("client")), pod("old")])
        if isLocal { engine.fold([.owner(cgroup: 3, Events.pod("old")), .address(address, cgroup: 3)]) }
        engine.fold([Events.flow(flow, [.opened: 1, .sentBytes: 100, .retransmitsFast: 2], at: 1), Events.tick(1)])
        #expect(peers(engine) == ["shop/old"])
        // Its last packets come in the interval in which its end is told.
        let last = Events.flow(flow, [.opened: 1, .closed: 1, .sentBytes: 120, .retransmitsFast: 2], at: 2)
        engine.fold([pod("old", ended: true), last, Events.tick(2)])
        #expect(peers(engine) == ["shop/old"])
        if isLocal { #expect(engine.tables.addresses.isEmpty) }
        engine.fold([.objectGone(.pod, id: "old"), pod("new"), Events.tick(3), last, Events.tick(4)])
        #expect(peers(engine) == ["shop/old"] && engine.tables.flows[0].totals[.sentBytes] == 120)
        // Now it talks to the new one: what the old one got is in `~other`.
        engine.fold([Events.flow(flow, [.opened: 2, .closed: 1, .sentBytes: 150, .retransmitsFast: 3], at: 5), Events.tick(5)])
        let row = engine.tables.flow(flow)
        #expect(engine.tables.peerName(flow) == "shop/new" && row?.totals[.sentBytes] == 30 && row?.totals.connections == 1)
        #expect(engine.tables.other(.outbound)?.totals[.sentBytes] == 120)
        #expect(engine.tables.total(.retransmit, "fast") == 1 && engine.tables.total(.retransmit) == 3)
        #expect(engine.tables.workload(named: "client")?.totals[.sentBytes] == 150)
        #expect(engine.tables.formerPeers.isEmpty && engine.state.flowIndex.count == engine.tables.flows.count)
    }

    @Test("the address may change hands and be talked to in one interval")
    func atOnce() {
        var engine = Engine()
        engine.fold([
            .owner(cgroup: 2, Events.pod("client")), pod("old"), Events.flow(flow, [.opened: 1, .sentBytes: 100]),
            Events.flow(Events.key(2, port: 81), [.opened: 1, .sentBytes: 10]), Events.tick(1),
        ])
        engine.fold([
            .objectGone(.pod, id: "old"), pod("new"), Events.flow(flow, [.opened: 2, .sentBytes: 107], at: 2),
            Events.flow(Events.key(2, port: 81), [.opened: 1, .closed: 1, .sentBytes: 12], at: 2), Events.tick(2),
        ])
        let row = engine.tables.flow(flow)
        #expect(engine.tables.peerName(flow) == "shop/new" && row?.totals[.sentBytes] == 7 && row?.delta[.sentBytes] == 7)
        // The first connection, to the old one, is open still: it will be closed in this row.
        #expect(row?.totals.connections == 2 && row?.totals[.opened] == 1 && row?.marks == .partial)
        #expect(engine.tables.other(.outbound)?.totals.connections == 0)
        // An open connection cannot move to another pod.
        #expect(engine.tables.peerName(Events.key(2, port: 81)) == "shop/old")
    }

    @Test("requests to the old pod are not the new one's")
    func requests() {
        var engine = Engine()
        let key = RequestKey(flow: flow, application: .http1, operation: 1, status: 200)
        func request(_ second: UInt64) -> [Event] { [RequestEvents.counted(key, [1_000_000, 2_000_000, 3_000_000], at: second)] }
        engine.fold([.owner(cgroup: 2, Events.pod("client")), pod("old"), Events.flow(flow, [.opened: 1]), Events.tick(1)])
        engine.fold(request(2) + [Events.tick(2)])
        engine.fold([.objectGone(.pod, id: "old"), pod("new"), Events.tick(3)])
        engine.fold(request(4) + [Events.flow(flow, [.opened: 2], at: 4), Events.tick(4)])
        let rows = engine.tables.requests.rows
        #expect(rows.filter { $0.key.flow == flow }.map(\.total) == [3])
        #expect(rows.filter { EngineState.isOther($0.key.flow) }.map(\.total) == [3])
        #expect(engine.tables.workload(named: "client")?.called.requests == 6)
    }

    @Test("two claim an address: the last one has it, and when it goes the other one")
    func claims() {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, Events.pod("client")), .owner(cgroup: 3, Events.pod("first")), .address(address, cgroup: 3)])
        engine.fold([pod("first"), pod("second")])
        #expect(engine.tables.peerName(flow) == "shop/second" && engine.tables.addresses[address] == nil)
        engine.fold(.objectGone(.pod, id: "second"))
        #expect(engine.tables.peerName(flow) == "shop/first" && engine.tables.addresses[address] == 1)
        // Who has ended has no address, however late its sockets are told of.
        engine.fold([pod("first", ended: true), .address(address, cgroup: 3)])
        #expect(engine.tables.peerName(flow) == "10.0.0.1")
        #expect(engine.tables.workload(named: "first")?.owner.namespace == "shop")
    }

    @Test("names that come late name what was there, and a better name of the same pod is no other pod")
    func late() {
        var engine = Engine()
        engine.fold([
            .owner(cgroup: 2, Events.pod("client")), Events.flow(flow, [.sentBytes: 1]), Events.tick(1), pod("far"), Events.tick(2),
        ])
        #expect(peers(engine) == ["shop/far"])
        engine.fold([.owner(cgroup: 3, Events.pod("far")), .address(address, cgroup: 3), Events.tick(3)])
        #expect(engine.tables.peerWorkload(flow) == 1 && engine.tables.formerPeers.isEmpty)
    }

    @Test("names of rows outlive their things, and places are given away only when no row has them")
    func retired() {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, Events.pod("client")), pod("old"), Events.flow(flow, [.opened: 1]), Events.tick(1)])
        engine.fold([.objectGone(.pod, id: "old"), Events.tick(2)])
        for round in 0..<4 as Range<UInt64> {
            for number in 0..<600 { engine.fold(.object(EngineObjectTests.pod("p\(round)-\(number)"))) }
            for number in 0..<600 { engine.fold(.objectGone(.pod, id: "p\(round)-\(number)")) }
            engine.fold(Events.tick(round + 3))
        }
        #expect(peers(engine) == ["shop/old"])
        #expect(engine.tables.clusterObjects.count <= 2 * Limits.retiredObjects + 700)
    }
}
