import Testing

@testable import Aggregation

@Suite("Flows in the engine") struct EngineFlowTests {
    private let key = EngineEvents.key(2)

    private func engine(_ capacities: Capacities = Capacities()) -> Engine {
        var engine = Engine(capacities)
        engine.fold([.owner(cgroup: 2, EngineEvents.pod("web")), EngineEvents.tick(1)])
        return engine
    }

    @Test("a sample that repeats adds nothing, one that was skipped loses nothing")
    func cumulative() {
        var engine = engine()
        engine.fold([EngineEvents.flow(key, [.sentBytes: 10]), EngineEvents.flow(key, [.sentBytes: 10]), EngineEvents.tick(2)])
        #expect(engine.tables.flow(key)?.totals[.sentBytes] == 10)
        engine.fold([EngineEvents.flow(key, [.sentBytes: 500]), EngineEvents.tick(3)])
        #expect(engine.tables.flow(key)?.totals[.sentBytes] == 500)
        #expect(engine.tables.flow(key)?.delta[.sentBytes] == 490)
        engine.fold(EngineEvents.tick(4))
        #expect(engine.tables.flow(key)?.delta.isZero == true)
    }

    @Test("a flow that the kernel forgot and meets again goes on in the same row")
    func forgotten() {
        var engine = engine()
        engine.fold([EngineEvents.flow(key, [.sentBytes: 10]), .flowForgotten(key), EngineEvents.tick(2)])
        let serial = engine.tables.flow(key)?.serial
        engine.fold([EngineEvents.flow(key, [.sentBytes: 3], at: 3), EngineEvents.tick(3)])
        #expect(engine.tables.flow(key)?.totals[.sentBytes] == 13)
        #expect(engine.tables.flow(key)?.serial == serial)
    }

    @Test("a forgotten flow leaves after a quarter of an hour, its sums stay in ~other, and its serial number never comes again")
    func leaves() {
        var engine = engine()
        engine.fold([EngineEvents.flow(key, [.sentBytes: 10]), .flowForgotten(key), EngineEvents.tick(2)])
        let serial = engine.tables.flow(key)?.serial
        engine.fold(EngineEvents.tick(1_000))
        #expect(engine.tables.flow(key) == nil)
        #expect(engine.tables.other(.outbound)?.totals[.sentBytes] == 10)
        #expect(engine.tables.workload(named: "web")?.totals[.sentBytes] == 10)
        engine.fold([EngineEvents.flow(key, [.sentBytes: 4], at: 1_001), EngineEvents.tick(1_001)])
        #expect(engine.tables.flow(key)?.totals[.sentBytes] == 4)
        #expect(engine.tables.flow(key)?.serial != serial)
    }

    @Test("flows beyond the limit are summed in ~other by what is new, each counted once as refused, and named in their workload")
    func refused() {
        var capacities = Capacities()
        capacities.flows = 6
        var engine = engine(capacities)
        let keys = (0..<6).map { EngineEvents.key(2, port: 100 + $0) }
        for round in 1...3 as ClosedRange<UInt64> {
            for key in keys { engine.fold(EngineEvents.flow(key, [.sentBytes: round * 10], at: round)) }
            engine.fold(EngineEvents.tick(round + 1))
            #expect(engine.tables.flows.refused == 4)
            #expect(engine.tables.other(.outbound)?.totals[.sentBytes] == round * 40)
            #expect(engine.tables.other(.outbound)?.delta[.sentBytes] == 40)
            #expect(engine.tables.workload(named: "web")?.totals[.sentBytes] == round * 60)
        }
    }

    @Test("a refused flow that gets a row begins there with what is new, marked partial")
    func admitted() {
        var capacities = Capacities()
        capacities.flows = 5
        var engine = engine(capacities)
        let other = EngineEvents.key(2, port: 443)
        engine.fold([EngineEvents.flow(key, [.sentBytes: 1]), EngineEvents.flow(other, [.sentBytes: 100]), EngineEvents.tick(2)])
        #expect(engine.tables.flow(other) == nil)
        engine.fold([.flowForgotten(key), EngineEvents.tick(3), EngineEvents.flow(other, [.sentBytes: 130], at: 3), EngineEvents.tick(4)])
        #expect(engine.tables.flow(other)?.totals[.sentBytes] == 30)
        #expect(engine.tables.flow(other)?.marks.contains(.partial) == true)
        #expect(engine.tables.other(.outbound)?.totals[.sentBytes] == 101)
    }

    @Test("more refused flows than are remembered are counted and not summed, because what of them is new is not known")
    func forgottenRefusals() {
        var capacities = Capacities()
        capacities.flows = 4
        capacities.refusedFlows = 1
        var engine = engine(capacities)
        for _ in 0..<2 {
            engine.fold([EngineEvents.flow(key, [.sentBytes: 5]), EngineEvents.flow(EngineEvents.key(2, port: 9), [.sentBytes: 50])])
        }
        engine.fold(EngineEvents.tick(2))
        #expect(engine.tables.flows.refused == 3)
        #expect(engine.tables.other(.outbound)?.totals[.sentBytes] == 5)
    }

    @Test("a flow known by its drops alone leaves when it is silent, or SYN floods would fill the table for ever")
    func droppedOnly() {
        var engine = engine()
        for peer in 0..<500 as Range<UInt32> { engine.fold(EngineEvents.drop(EngineEvents.key(2, .inbound, peer: peer + 1), 1)) }
        engine.fold(EngineEvents.tick(2))
        #expect(engine.tables.flows.count == 500)
        engine.fold(EngineEvents.tick(2_000))
        #expect(engine.tables.flows.count == 1)
        #expect(engine.tables.other(.inbound)?.drops == 500)
        #expect(engine.tables.workload(named: "web")?.drops == 500)
    }

    @Test("a drop's row that becomes a flow stays")
    func droppedThenSeen() {
        var engine = engine()
        engine.fold([EngineEvents.drop(key, 1), EngineEvents.flow(key, [.opened: 1]), EngineEvents.tick(2), EngineEvents.tick(5_000)])
        #expect(engine.tables.flow(key)?.drops == 1)
    }

    @Test("the kernel's own ~other is a row of its own, whose samples are cumulative like any")
    func kernelOther() {
        var engine = engine()
        let other = EngineState.otherKey(.inbound, .tcp)
        engine.fold([
            EngineEvents.flow(other, [.opened: 5]), EngineEvents.tick(2), EngineEvents.flow(other, [.opened: 7]), EngineEvents.tick(3),
        ])
        #expect(engine.tables.other(.inbound)?.totals[.opened] == 7)
        #expect(engine.tables.flow(other)?.isOther == true)
        #expect(engine.tables.owner(of: other) == "~other")
    }

    @Test("a received byte that was a FIN is taken off again, also from the interval")
    func finCorrection() {
        var engine = engine()
        var counters = Counters.zero
        counters[.receivedBytes] = 11
        engine.fold([.flow(FlowSample(key: key, counters: counters, gauges: Gauges(), lastActive: 1)), EngineEvents.tick(2)])
        counters[.receivedBytes] = 10
        engine.fold([.flow(FlowSample(key: key, counters: counters, gauges: Gauges(), lastActive: 1)), EngineEvents.tick(3)])
        #expect(engine.tables.flow(key)?.totals[.receivedBytes] == 10)
        #expect(Value.rate(engine.tables.flow(key)?.delta[.receivedBytes] ?? 0, engine.tables) == .number(0))
    }
}
