import Testing

@testable import Aggregation

/// Limits by class: whose rows there are, what is folded where, and that nothing is missing from the sums.
@Suite struct CardinalityTests {
    typealias Events = EngineEvents

    static let classes = [
        CardinalityClass(name: "critical", series: 100_000, labels: ["tier=critical"]), CardinalityClass(name: "standard", series: 25_000),
        CardinalityClass(name: "development", series: 50, namespaces: ["dev-*"]),
    ]

    static func pod(_ name: String, in namespace: String) -> Owner {
        Owner(kind: .pod, key: "pod:" + name, workload: name, namespace: namespace, pod: name, podUID: name)
    }

    /// `crawler` of development in cgroup 2, `cart` of nobody's class in cgroup 3.
    static func engine(_ capacities: Capacities = Capacities()) -> Engine {
        var engine = Engine(capacities, classes: classes)
        engine.fold([
            .owner(cgroup: 2, pod("crawler", in: "dev-1")), .owner(cgroup: 3, pod("cart", in: "shop")), Events.tick(1),
        ])
        return engine
    }

    static func peer(_ number: Int) -> UInt32 { UInt32(0x0a10_0000 + number) }

    @Test func `beyond its class a workload's flows are one row of its own, and all sums are exact`() {
        var engine = Self.engine()
        for second in 2..<UInt64(5) {
            for number in 0..<600 {
                engine.fold(Events.flow(Events.key(2, peer: Self.peer(number)), [.opened: second, .sentBytes: 10 * second], at: second))
            }
            engine.fold([Events.flow(Events.key(3), [.opened: 7, .sentBytes: 70], at: second), Events.tick(second)])
        }
        let rows = engine.tables.flows.rows
        let crawler = engine.tables.workloads.rows.firstIndex { $0.owner.workload == "crawler" }.map { WorkloadIndex($0) }
        let own = rows.filter { $0.workload == crawler }
        #expect(own.count { !$0.isOther } == 50 && own.count { $0.isOther } == 1)
        #expect(own.reduce(0) { $0 + $1.totals[.opened] } == 600 * 4 && own.reduce(0) { $0 + $1.totals[.sentBytes] } == 600 * 40)
        #expect(own.first { $0.isOther }?.totals[.opened] == 550 * 4)
        #expect(engine.tables.workload(named: "crawler")?.totals[.sentBytes] == 600 * 40)
        // Nobody else is touched, and the node's own `~other` has nothing.
        #expect(engine.tables.flow(Events.key(3))?.totals[.opened] == 7)
        #expect(rows.filter(\.isOther).count == 1 && engine.tables.workload(named: "~other") == nil)
        #expect(engine.tables.flows.refused == 550)
        #expect(engine.tables.peerName(own.first { $0.isOther }?.key ?? Events.key(9)) == "~other")
    }

    @Test func `what ended gives its place to what comes, and stays its workload's`() {
        var engine = Self.engine()
        let keys = (0..<50).map { Events.key(2, peer: Self.peer($0)) }
        for key in keys { engine.fold(Events.flow(key, [.opened: 1, .closed: 1], at: 2)) }
        engine.fold(Events.tick(2))
        for key in keys { engine.fold(.flowForgotten(key)) }
        let fresh = Events.key(2, peer: Self.peer(1_000))
        engine.fold([Events.flow(fresh, [.opened: 1], at: 63), Events.tick(63)])
        #expect(engine.tables.flow(fresh) == nil)
        engine.fold([Events.flow(fresh, [.opened: 2], at: 64), Events.tick(64)])
        // What it counted before it had a row is in `~other`.
        #expect(engine.tables.flow(fresh)?.totals[.opened] == 1 && engine.tables.flow(fresh)?.marks.contains(.partial) == true)
        let crawler = engine.tables.flows.rows.filter { engine.tables.workloads[Int($0.workload)].owner.workload == "crawler" }
        #expect(crawler.reduce(0) { $0 + $1.totals[.opened] } == 52)
        // A quarter of an hour later the row that gathers has left, too.
        engine.fold([.flowForgotten(fresh), Events.tick(2_000), Events.tick(2_001)])
        #expect(engine.tables.flows.rows.allSatisfy { engine.tables.workloads[Int($0.workload)].owner.workload == "~other" })
        #expect(engine.tables.flows.rows.reduce(0) { $0 + $1.totals[.opened] } == 52)
        #expect(engine.state.cardinality.holdings.allSatisfy { $0.series == 0 && $0.promised == 0 })
    }

    @Test func `a class goes by namespace, by label, and is standard where nothing is said`() {
        var engine = Self.engine()
        engine.fold(.owner(cgroup: 4, Self.pod("payments", in: "dev-2")))
        for cgroup in 2...4 as ClosedRange<UInt64> { engine.fold(Events.flow(Events.key(cgroup), [.opened: 1])) }
        engine.fold(Events.tick(2))
        func className(_ name: String) -> Value? {
            let row = engine.tables.cardinality.rows.firstIndex {
                engine.tables.workloads[Int($0.workload)].owner.workload == name && $0.label == .peer
            }
            return row.flatMap { Schema.cardinality.field("class")?.value(engine.tables, $0) }
        }
        #expect(className("crawler") == .text("development") && className("cart") == .text("standard"))
        #expect(className("payments") == .text("development"))
        // A source tells its labels: they stand before the namespace, as the order of classes does.
        var object = ClusterObject(kind: .pod, id: "payments", namespace: "dev-2", name: "payments")
        object.labels = Labels(["tier": "critical"])
        engine.fold([.object(object), Events.flow(Events.key(4, peer: 7), [.opened: 1], at: 3), Events.tick(3)])
        #expect(className("payments") == .text("critical"))
    }

    @Test func `requests beyond the class are gathered by status, exactly, and take no flow's place in sums`() {
        var engine = Self.engine()
        for second in 2..<UInt64(4) {
            for number in 0..<200 {
                let flow = Events.key(2, .inbound, peer: Self.peer(number))
                engine.fold(Events.flow(flow, [.opened: 1], at: second))
                for status in [200, 503] as [UInt16] {
                    engine.fold(RequestEvents.counted(RequestEvents.key(flow, status), [1_000_000, 2_000_000], at: second))
                }
            }
            engine.fold(Events.tick(second))
        }
        let crawler = engine.tables.workloads.rows.firstIndex { $0.owner.workload == "crawler" }.map { WorkloadIndex($0) }
        let rows = engine.tables.requests.rows.filter { $0.workload == crawler }
        #expect(rows.reduce(0) { $0 + $1.total } == 1_600 && rows.reduce(0) { $0 + $1.latency.count } == 1_600)
        #expect(engine.tables.workload(named: "crawler")?.served.requests == 1_600)
        #expect(engine.tables.workload(named: "crawler")?.served.errors == 800)
        let gathered = rows.filter { $0.key.flow.isGathering }
        #expect(Set(gathered.map(\.key.status)) == [200, 503] && gathered.allSatisfy { engine.tables.name($0.route) == "~other" })
        #expect(engine.tables.requestsOfFlow.values.reduce(0) { $0 + $1.requests } == 1_600)
        let holding = engine.state.cardinality.holdings[Int(crawler ?? 0)]
        #expect(holding.series <= 50 && holding.series == engine.tables.series(of: crawler ?? -1))
        #expect(engine.tables.requests.refused > 0)
    }

    @Test func `symptoms beyond the class are summed by cause`() {
        var engine = Self.engine()
        for second in 2..<UInt64(4) {
            for number in 0..<300 {
                engine.fold(Events.flow(Events.key(2, peer: Self.peer(number)), [.retransmitsFast: second, .refused: 1], at: second))
            }
            engine.fold([Events.drop(Events.key(2, peer: Self.peer(9_999)), second, at: second), Events.tick(second)])
        }
        #expect(engine.tables.total(.retransmit, "fast") == 900 && engine.tables.total(.failure, "refused") == 300)
        #expect(engine.tables.total(.drop) == 3)
        let crawler = engine.tables.workloads.rows.firstIndex { $0.owner.workload == "crawler" }.map { WorkloadIndex($0) }
        #expect(engine.tables.symptoms.rows.allSatisfy { $0.workload == crawler })
        #expect(engine.tables.series(of: crawler ?? -1) == 50)
        #expect(engine.state.cardinality.holdings[Int(crawler ?? 0)].series == 50)
    }

    @Test func `ten thousand peers, as the kernel tells of them, leave few rows and exact sums`() {
        var engine = Self.engine()
        var most = (flows: 0, refused: 0)
        // A hundred new peers an interval; the kernel forgets each a minute later.
        for second in 2..<UInt64(170) {
            if second < 102 {
                for number in 0..<100 {
                    let key = Events.key(2, peer: Self.peer(Int(second) * 100 + number))
                    engine.fold(Events.flow(key, [.opened: 1, .sentBytes: 100], at: second))
                }
            }
            if second >= 62, second - 60 < 102 {
                for number in 0..<100 { engine.fold(.flowForgotten(Events.key(2, peer: Self.peer(Int(second - 60) * 100 + number)))) }
            }
            engine.fold(Events.tick(second))
            most = (max(most.flows, engine.tables.flows.count), max(most.refused, engine.state.refusedFlows.count))
        }
        #expect(most.flows <= 51 && most.refused <= 6_000 && engine.state.refusedFlows.isEmpty)
        #expect(engine.tables.flows.rows.reduce(0) { $0 + $1.totals[.sentBytes] } == 1_000_000)
        #expect(engine.tables.workload(named: "crawler")?.totals[.opened] == 10_000)
        let peers = engine.tables.cardinality.rows.first { $0.label == .peer }
        #expect(abs(Double(peers?.distinct ?? 0) - 10_000) < 1_000 && peers?.treatment == .folded && peers?.marks == .estimated)
        #expect((peers?.folded ?? 0) >= 9_900)
    }

    @Test func `under random events what a workload has is counted as its rows are`() {
        var capacities = Capacities()
        capacities.flows = 400
        capacities.requests = 300
        capacities.symptoms = 200
        var engine = Self.engine(capacities)
        var random = SplitMix(seed: 7)
        for second in 2..<UInt64(120) {
            for _ in 0..<60 {
                let key = Events.key(UInt64.random(in: 2...3, using: &random), peer: Self.peer(Int.random(in: 0..<300, using: &random)))
                switch Int.random(in: 0..<5, using: &random) {
                case 0: engine.fold(.flowForgotten(key))
                case 1: engine.fold(Events.drop(key, second, at: 10 * second))
                case 2:
                    let request = RequestEvents.key(key, UInt16.random(in: 200..<205, using: &random))
                    engine.fold(RequestEvents.exchange(request, "/a\(Int.random(in: 0..<9, using: &random))", at: 10 * second))
                    engine.fold(RequestEvents.counted(request, [1_000_000], sampled: 1, at: 10 * second))
                default: engine.fold(Events.flow(key, [.opened: second, .retransmitsFast: second / 3], at: 10 * second))
                }
            }
            engine.fold(Events.tick(10 * second))
            for index in engine.tables.workloads.rows.indices where engine.tables.workloads[index].owner.kind != .other {
                let holding = engine.state.cardinality.holdings[index]
                #expect(holding.series == engine.tables.series(of: WorkloadIndex(index)) && holding.promised >= 0)
                #expect(engine.tables.workloads[index].owner.workload != "crawler" || holding.series <= 50)
            }
        }
    }
}

extension Tables {
    /// The rows that are kept on behalf of a workload, but for those that gather the rest.
    func series(of workload: WorkloadIndex) -> Int {
        flows.rows.count { $0.workload == workload && !$0.isOther }
            + requests.rows.count { $0.workload == workload && !$0.key.flow.isGathering }
            + symptoms.rows.count { $0.workload == workload && !$0.key.isGathering }
    }
}
