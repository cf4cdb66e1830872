import Testing

@testable import Aggregation

/// Pods that come and go all day: the tables do not grow, and nothing that was counted is missing from the sums.
@Suite struct EngineChurnTests {
    typealias Events = EngineEvents

    @Test("who ended a quarter of an hour ago gives its place; what lives, and all sums, stay")
    func day() {
        var engine = Engine()
        let server = Events.key(2, .inbound, peer: 0x0a00_0002)
        engine.fold([.owner(cgroup: 2, Events.pod("server")), .owner(cgroup: 3, Events.pod("quiet")), Events.tick(1)])
        engine.fold(.object(EngineObjectTests.pod("quiet")))
        var most = (workloads: 0, symptoms: 0)
        // A pod every ten seconds, with a flow and a symptom at either end; what it counted is told once more when it is over.
        for number in 0..<1_000 as Range<UInt64> {
            let now = 10 * (number + 1)
            let client = Events.key(1_000 + number)
            let served = Events.key(2, .inbound, peer: UInt32(0x0a01_0000 + number))
            let counts: [Counter: UInt64] = [.opened: 1, .closed: 1, .sentBytes: 100, .retransmitsFast: 1]
            engine.fold([
                .owner(cgroup: 1_000 + number, Events.pod("client-\(number)")),
                Events.flow(server, [.opened: 1, .sentBytes: now], at: now), Events.flow(client, counts, at: now),
                Events.flow(served, counts, at: now), Events.drop(served, 1, at: now), Events.tick(now),
            ])
            engine.fold([.flowForgotten(client), .flowForgotten(served), Events.tick(now + 1)])
            most = (max(most.workloads, engine.tables.workloads.count), max(most.symptoms, engine.tables.symptoms.count))
        }
        // Ninety stand for fifteen minutes, and what is looked for every half a minute.
        #expect(most.workloads <= 100 && most.symptoms <= 3 * 100)
        #expect(engine.tables.workload(named: "server") != nil && engine.tables.workload(named: "quiet") != nil)
        #expect(engine.tables.workload(named: "client-999") != nil && engine.tables.workload(named: "client-1") == nil)
        #expect(engine.tables.workloads.rows.reduce(0) { $0 + $1.totals[.opened] } == 2_001)
        #expect(engine.tables.flows.rows.reduce(0) { $0 + $1.totals[.opened] } == 2_001)
        #expect(engine.tables.total(.retransmit) == 2_000 && engine.tables.total(.drop) == 1_000)
        #expect(engine.tables.workloads.refused == 0 && engine.tables.symptoms.refused == 0)
        // Of the one that lives it is known what was dropped, if not any more on the way from whom.
        let index = engine.tables.workloads.rows.firstIndex { $0.owner.workload == "server" }.map { WorkloadIndex($0) }
        let drops = engine.tables.symptoms.rows.filter { $0.workload == index && engine.tables.name($0.cause) == "NETFILTER_DROP" }
        #expect(drops.reduce(0) { $0 + $1.total } == 1_000)
    }
}
