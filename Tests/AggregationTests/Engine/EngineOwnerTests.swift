import Testing

@testable import Aggregation

@Suite("Owners in the engine") struct EngineOwnerTests {
    private let key = EngineEvents.key(2)

    @Test("a name that arrives late shows in the rows that are there, and moves nothing")
    func lateName() {
        var engine = Engine()
        var owner = EngineEvents.pod("web", container: "0123456789ab")
        owner.workload = "pod web"
        owner.pod = nil
        owner.namespace = nil
        engine.fold([.owner(cgroup: 2, owner), EngineEvents.flow(key, [.retransmitsFast: 1, .sentBytes: 5]), EngineEvents.tick(1)])
        #expect(engine.tables.owner(of: key) == "pod web")
        let serial = engine.tables.workloads[0].serial
        engine.fold([.owner(cgroup: 2, EngineEvents.pod("web", container: "nginx")), EngineEvents.tick(2)])
        #expect(engine.tables.owner(of: key) == "web")
        #expect(engine.tables.flow(key).flatMap { engine.tables.name($0.container) } == "nginx")
        #expect(engine.tables.symptoms.rows.first.flatMap { engine.tables.name($0.container) } == "nginx")
        #expect(engine.tables.workloads[0].serial == serial)
        #expect(engine.tables.workloads[0].totals[.sentBytes] == 5)
    }

    @Test("a cgroup that ended keeps the name it had")
    func ended() {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, EngineEvents.pod("web")), EngineEvents.flow(key, [.sentBytes: 5]), EngineEvents.tick(1)])
        engine.fold([
            .owner(cgroup: 2, Owner(kind: .cgroup, key: "cgroup:2", workload: "cgroup 2 (ended)")),
            EngineEvents.flow(EngineEvents.key(2, port: 9), [.sentBytes: 1]), EngineEvents.tick(2),
        ])
        #expect(engine.tables.owner(of: EngineEvents.key(2, port: 9)) == "web")
    }

    @Test("a cgroup that nobody named is its number, not the kernel")
    func unnamed() {
        var engine = Engine()
        var process = EngineEvents.key(1)
        process.command = CommandName("curl")
        engine.fold([
            EngineEvents.flow(EngineEvents.key(77), [.sentBytes: 1]), EngineEvents.flow(EngineEvents.key(1), [.sentBytes: 1]),
            EngineEvents.flow(process, [.sentBytes: 1]), EngineEvents.tick(1),
        ])
        #expect(engine.tables.owner(of: EngineEvents.key(77)) == "cgroup 77")
        #expect(engine.tables.owner(of: EngineEvents.key(1)) == "(no process)")
        #expect(engine.tables.owner(of: process) == "curl")
    }

    @Test("an address names the pod that had it last")
    func addressReuse() {
        var engine = Engine()
        let address = Address(ipv4: 0x0a00_0001)
        engine.fold([
            .owner(cgroup: 2, EngineEvents.pod("client")), .owner(cgroup: 3, EngineEvents.pod("old")),
            .owner(cgroup: 4, EngineEvents.pod("new")), .address(address, cgroup: 3), EngineEvents.flow(key, [.sentBytes: 1]),
            EngineEvents.tick(1),
        ])
        #expect(engine.tables.peerName(key) == "shop/old")
        engine.fold([.address(address, cgroup: 4), EngineEvents.tick(2)])
        #expect(engine.tables.peerName(key) == "shop/old")
        #expect(engine.tables.peerName(EngineEvents.key(2, port: 81)) == "shop/new")
        engine.fold([EngineEvents.flow(key, [.sentBytes: 2, .opened: 1]), EngineEvents.tick(3)])
        #expect(engine.tables.peerName(key) == "shop/new")
        // An address of somebody unknown takes nothing away.
        engine.fold([.address(address, cgroup: 99), EngineEvents.tick(4)])
        #expect(engine.tables.peerName(key) == "shop/new")
    }

    @Test("a workload's place is given away only when no row has it, also when it got one after the search")
    func workloadReuse() {
        var capacities = Capacities()
        capacities.workloads = 3
        var engine = Engine(capacities)
        let flows = (2..<5).map { EngineEvents.key($0) }
        engine.fold((2..<5).map { (cgroup: UInt64) -> Event in .owner(cgroup: cgroup, EngineEvents.pod("pod-\(cgroup)")) })
        engine.fold([.address(Address(ipv4: 4), cgroup: 4), EngineEvents.flow(flows[0], [.sentBytes: 1]), EngineEvents.tick(1)])
        // Two are free: the search finds them, one is taken, and the other gets a row before anybody asks again.
        engine.fold(.owner(cgroup: 10, EngineEvents.pod("pod-10")))
        let rest = ["pod-3", "pod-4"].filter { engine.tables.workload(named: $0) != nil }
        #expect(rest.count == 1)
        let survivor = EngineEvents.key(rest == ["pod-3"] ? 3 : 4)
        engine.fold([
            EngineEvents.flow(EngineEvents.key(10), [.sentBytes: 1]), EngineEvents.flow(survivor, [.sentBytes: 7]),
            .owner(cgroup: 11, EngineEvents.pod("pod-11")), EngineEvents.flow(EngineEvents.key(11), [.sentBytes: 9]), EngineEvents.tick(2),
        ])
        #expect(engine.tables.owner(of: survivor) == rest[0])
        #expect(engine.tables.workload(named: rest[0])?.totals[.sentBytes] == 7)
        #expect(engine.tables.workload(named: "pod-11") == nil)
        #expect(engine.tables.owner(of: EngineEvents.key(11)) == "~other")
        #expect(engine.tables.workloads.refused > 0)
    }

    @Test("the new owner of a workload's place inherits neither addresses, cgroups nor counts")
    func nothingInherited() {
        var capacities = Capacities()
        capacities.workloads = 1
        var engine = Engine(capacities)
        let address = Address(ipv4: 0x0a00_0001)
        engine.fold([
            .owner(cgroup: 2, EngineEvents.pod("old")), .address(address, cgroup: 2), EngineEvents.tick(1),
            .timing(TimingSample(key: key, nanoseconds: 5_000)), EngineEvents.tick(2), .owner(cgroup: 3, EngineEvents.pod("new")),
            EngineEvents.tick(3),
        ])
        #expect(engine.tables.workload(named: "new")?.connectTimes.count == 0)
        #expect(engine.tables.workload(named: "~other")?.connectTimes.count == 1)
        #expect(engine.tables.addresses.isEmpty)
        engine.fold([EngineEvents.flow(key, [.sentBytes: 3]), EngineEvents.tick(4)])
        #expect(engine.tables.owner(of: key) == "cgroup 2")
    }

    @Test("owners, names, addresses and probes stay within their limits, whatever a recording says")
    func bounded() {
        var capacities = Capacities()
        capacities.owners = 10
        capacities.names = 10
        capacities.addresses = 10
        capacities.workloads = 10
        capacities.probes = 10
        capacities.flows = 10
        capacities.listeners = 10
        capacities.drops = 10
        capacities.symptoms = 20
        var engine = Engine(capacities)
        for number in 2..<300 as Range<UInt64> {
            engine.fold([
                .owner(cgroup: number, EngineEvents.pod("p\(number)", container: "c\(number)")),
                .owner(cgroup: number, Owner(kind: .other, key: "o\(number)", workload: "o\(number)")),
                .address(Address(high: 1, low: number), cgroup: number),
                .probe(ProbeSample(name: "\(number)", hook: "", state: .attached, signal: "")),
                EngineEvents.flow(EngineEvents.key(number), [.retransmitsFast: 1]), EngineEvents.listener(number, port: UInt16(number)),
                EngineEvents.drop(EngineEvents.key(number), 1, reason: "R\(number)"),
            ])
            if number % 50 == 0 { engine.fold(EngineEvents.tick(number)) }
        }
        engine.fold(EngineEvents.tick(400))
        let state = engine.state
        #expect(state.placeOfCgroup.count <= 10 && state.refusedFlows.count <= 298 && state.lastDrops.count <= 10)
        #expect(state.tables.names.count <= 11 && state.tables.addresses.count <= 10 && state.tables.workloads.count <= 11)
        #expect(state.tables.probes.count == 10 && state.tables.flows.count <= 10 && state.tables.listeners.count == 10)
        #expect(state.tables.symptoms.count <= 20)
        #expect(state.workloadIndex.count == state.tables.workloads.count && state.flowIndex.count == state.tables.flows.count)
        #expect(state.symptomIndex.count == state.tables.symptoms.count && state.lastCounters.count == state.tables.flows.count)
    }
}
