import Testing

@testable import Aggregation

@Suite("Symptoms in the engine") struct EngineSymptomTests {
    private let web = Address(ipv4: 0x0a00_0001)
    private let peer = Address(ipv4: 0x0a00_0002)

    private func engine() -> Engine {
        var engine = Engine()
        engine.fold([
            .owner(cgroup: 2, EngineEvents.pod("web", container: "nginx")), .address(web, cgroup: 2), EngineEvents.tick(1),
        ])
        return engine
    }

    /// A packet that is known by its addresses alone, to the server's port 80.
    private func packet(from source: Address, to target: Address, _ direction: Direction, _ count: UInt64, kind: DropSample.Kind = .drop)
        -> Event
    {
        .drop(
            DropSample(
                kind: kind, key: FlowKey(cgroup: 0, netns: 1, direction: direction, peer: source, port: 80), local: target,
                reason: kind == .drop ? "NETFILTER_DROP" : "sent", packets: count, lastSeen: 5))
    }

    @Test("each counter that is a symptom is a row of its kind and cause")
    func counters() {
        var engine = engine()
        var counters: [Counter: UInt64] = [.retransmits: 60]
        for (number, symptom) in EngineState.symptoms.enumerated() { counters[symptom.counter] = UInt64(number + 1) }
        engine.fold([EngineEvents.flow(EngineEvents.key(2), counters), EngineEvents.tick(2)])
        #expect(engine.tables.symptoms.count == EngineState.symptoms.count)
        for (number, symptom) in EngineState.symptoms.enumerated() {
            #expect(engine.tables.total(symptom.kind, symptom.cause) == UInt64(number + 1))
        }
        #expect(engine.tables.symptoms.rows.allSatisfy { engine.tables.name($0.container) == "nginx" && $0.marks.isEmpty })
    }

    @Test("a drop known by its addresses belongs to the flow of the pod that should have received it, and is an estimate")
    func receiver() {
        var engine = engine()
        let flow = FlowKey(cgroup: 2, netns: 7, direction: .inbound, peer: peer, port: 80)
        engine.fold([EngineEvents.flow(flow, [.opened: 1]), packet(from: peer, to: web, .inbound, 3), EngineEvents.tick(2)])
        #expect(engine.tables.flow(flow)?.drops == 3)
        #expect(engine.tables.workload(named: "web")?.drops == 3)
        #expect(engine.tables.symptoms.rows.map(\.key) == [flow])
        #expect(engine.tables.symptoms.rows.map(\.marks) == [.estimated])
    }

    @Test("a drop on the way to another node belongs to the pod that sent it, seen from there")
    func sender() {
        var engine = engine()
        let flow = FlowKey(cgroup: 2, netns: 7, direction: .outbound, peer: peer, port: 80)
        engine.fold([EngineEvents.flow(flow, [.opened: 1]), packet(from: web, to: peer, .inbound, 2), EngineEvents.tick(2)])
        #expect(engine.tables.flow(flow)?.drops == 2)
        #expect(engine.tables.flow(flow)?.dropsDelta == 2)
    }

    @Test("a drop between strangers is a row without a workload, and of a pod without that flow one without a flow")
    func strangers() {
        var engine = engine()
        engine.fold([
            packet(from: peer, to: Address(ipv4: 9), .inbound, 4), packet(from: peer, to: web, .inbound, 1), EngineEvents.tick(2),
        ])
        #expect(engine.tables.total(.drop) == 5)
        #expect(engine.tables.symptoms.rows.map(\.workload).sorted() == [-1, 0])
        #expect(engine.tables.workload(named: "web")?.drops == 1)
        #expect(engine.tables.flows.count == 0)
    }

    @Test("a reset without a socket is its sender's; the drop of a packet from there would be its receiver's")
    func reset() {
        var engine = engine()
        engine.fold([packet(from: peer, to: web, .inbound, 2, kind: .resetSent), EngineEvents.tick(2)])
        #expect(engine.tables.workload(named: "web")?.totals[.resetsSent] == 2)
        #expect(engine.tables.total(.reset, "sent") == 2)
    }

    @Test("where addresses name nobody, who listens there is the server")
    func listening() {
        var engine = engine()
        engine.fold([EngineEvents.listener(2, netns: 1), EngineEvents.tick(2), packet(from: peer, to: Address(ipv4: 9), .inbound, 1)])
        engine.fold(EngineEvents.tick(3))
        #expect(engine.tables.workload(named: "web")?.drops == 1)
    }

    @Test("a drop's row that was forgotten begins at zero, one that was not goes on; beyond the limit it is refused, not doubled")
    func memory() {
        var capacities = Capacities()
        capacities.drops = 2
        var engine = Engine(capacities)
        let keys = (0..<3).map { EngineEvents.key(2, port: 10 + $0) }
        for round in 1...3 as ClosedRange<UInt64> { engine.fold(keys.map { EngineEvents.drop($0, round) }) }
        engine.fold(EngineEvents.tick(2))
        #expect(engine.tables.total(.drop) == 6)
        #expect(engine.tables.symptoms.refused == 3)
        let gone = DropSample(key: keys[0], local: Address(ipv4: 0), reason: "NETFILTER_DROP", packets: 3, lastSeen: 0)
        engine.fold([.dropForgotten(gone), EngineEvents.drop(keys[0], 2), EngineEvents.tick(3)])
        #expect(engine.tables.total(.drop) == 8)
    }

    @Test("at the limit the oldest symptoms are gathered, with what they counted in this interval")
    func gathered() {
        var capacities = Capacities()
        capacities.symptoms = 16
        var engine = Engine(capacities)
        for number in 1...40 as ClosedRange<UInt64> {
            engine.fold(EngineEvents.drop(EngineEvents.key(2, port: UInt16(number)), 1, at: number))
        }
        engine.fold(EngineEvents.tick(50))
        #expect(engine.tables.symptoms.count <= 16)
        #expect(engine.tables.total(.drop) == 40)
        #expect(engine.tables.symptoms.rows.reduce(0) { $0 + $1.delta } == 40)
        #expect(engine.tables.total(.drop, "~other") == 40 - UInt64(engine.tables.symptoms.count) + 1)
    }

    @Test("names that ran out make causes ~other, which still leave")
    func namesRanOut() {
        var capacities = Capacities()
        capacities.symptoms = 16
        capacities.names = 2
        var engine = Engine(capacities)
        for number in 1...200 as ClosedRange<UInt64> {
            engine.fold(EngineEvents.drop(EngineEvents.key(2, port: UInt16(number)), 1, reason: "R\(number)", at: number))
        }
        engine.fold(EngineEvents.tick(300))
        #expect(engine.tables.symptoms.count <= 16)
        #expect(engine.tables.total(.drop) == 200)
    }
}
