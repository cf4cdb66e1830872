import Testing

@testable import Aggregation

/// How many values labels have: the sketch, growth, expiry, what the table and its rule say.
@Suite struct LabelTests {
    typealias Events = EngineEvents

    @Test(arguments: [1, 31, 32, 33, 100, 1_000, 5_000, 20_000, 200_000])
    func `a count of different values is exact while they are few, and near afterwards`(count: Int) {
        var distinct = DistinctCount()
        for _ in 0..<2 {
            for value in 0..<count where distinct.add(StableHash.of(UInt64(value))) == .needsRegisters {
                distinct.takeRegisters()
                _ = distinct.add(StableHash.of(UInt64(value)))
            }
        }
        #expect(distinct.hasRegisters == (count > 32))
        if count <= 32 { #expect(distinct.estimate == Double(count)) }
        // Five standard errors.
        #expect(abs(distinct.estimate / Double(count) - 1) < 0.09)
    }

    @Test func `texts of any length have hashes of their own`() {
        func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
            var text = StableHash.Text()
            for byte in bytes { text.add(byte) }
            return text.value
        }
        var seen: Set<UInt64> = []
        let bytes = (0..<64).map { UInt8($0 * 7 & 0xff) }
        for start in 0..<32 { for end in start...64 { seen.insert(hash(bytes[start..<end])) } }
        // Empty ones are all the same.
        #expect(seen.count == (0..<32).reduce(1) { $0 + 64 - $1 })
        #expect(Set((0..<20).map { hash(Array(repeating: 0, count: $0)) }).count == 20)
        #expect(StableHash.of(Address(ipv4: 1)) != StableHash.of(Address(ipv4: 2)))
    }

    static func row(_ label: Label, in tables: Tables) -> CardinalityRow? { tables.cardinality.rows.first { $0.label == label } }

    /// `count` different paths an interval, each with a query string of its own.
    static func ask(_ engine: inout Engine, _ count: Int, from first: Int, at second: UInt64, sampled: Bool = true) {
        let key = RequestEvents.key(Events.key(3, .inbound))
        for number in 0..<count {
            engine.fold(RequestEvents.exchange(key, "/item/x\(first + number)z?t=\(first + number)", at: second))
        }
        engine.fold(
            RequestEvents.counted(key, Array(repeating: 1_000_000, count: count), sampled: sampled ? count : count / 2, at: second))
    }

    @Test func `many paths are few rows, and the table says whose they are, how many and what became of them`() throws {
        var engine = CardinalityTests.engine()
        for second in 2..<UInt64(22) {
            Self.ask(&engine, 600, from: Int(second) * 600, at: second)
            engine.fold(Events.tick(second))
        }
        let row = try #require(Self.row(.path, in: engine.tables))
        #expect(abs(Double(row.distinct) / 12_000 - 1) < 0.1 && abs(Double(row.growth) / 12_000 - 1) < 0.1)
        #expect(row.treatment == .templated && row.kept == 31 && row.marks == .estimated)
        #expect(engine.tables.requests.count <= 40 && engine.tables.requestTotal == 12_000)
        #expect(Self.row(.query, in: engine.tables)?.treatment == .stripped)
        let sentence = engine.tables.sentence(of: row)
        #expect(sentence.hasPrefix("path of shop/cart has ~1") && sentence.hasSuffix("new in the last minute; templated to 31 routes"))
        // The table shows the largest first.
        let listing = Listing(schema: .cardinality, query: nil, sort: nil, descending: true, limit: nil).rows(in: engine.tables)
        #expect(engine.tables.cardinality[Int(listing[0])].distinct >= row.distinct)
    }

    @Test func `growth is of the last minute`() {
        var engine = CardinalityTests.engine()
        for second in 2..<UInt64(200) {
            if second < 12 || second == 100 { Self.ask(&engine, 20, from: Int(second) * 20, at: second) }
            engine.fold(Events.tick(second))
            let growth = Self.row(.path, in: engine.tables)?.growth
            if second == 11 { #expect((180...220).contains(growth ?? 0)) }
            if second == 90 || second == 199 { #expect(growth == 0) }
            if second == 100 { #expect((15...25).contains(growth ?? 0)) }
        }
        #expect(engine.tables.cardinality.rows.first { $0.label == .status }?.distinct == 1)
    }

    @Test func `where requests have no sample the count is at least so many, and says so`() throws {
        var engine = CardinalityTests.engine()
        Self.ask(&engine, 10, from: 0, at: 2, sampled: false)
        engine.fold([Events.flow(Events.key(3, .inbound), [.opened: 1], at: 2), Events.tick(2)])
        let row = try #require(Self.row(.path, in: engine.tables))
        #expect(row.marks == .partial && row.distinct == 10)
        #expect(engine.tables.sentence(of: row).hasPrefix("path of shop/cart has at least 10 values"))
        #expect(Self.row(.peer, in: engine.tables)?.marks == [])
    }

    @Test func `labels of who is silent leave, those with rows stay, and places are free again`() {
        var engine = CardinalityTests.engine()
        Self.ask(&engine, 100, from: 0, at: 2)
        let flow = Events.key(3, .inbound)
        engine.fold([Events.flow(flow, [.opened: 1], at: 2), Events.tick(2)])
        #expect(engine.state.cardinality.sketchCount == 4 && engine.state.requests.learner.count > 0)
        for second in stride(from: UInt64(12), to: 1_000, by: 10) {
            engine.fold([Events.flow(flow, [.opened: 1, .sentBytes: second], at: second), Events.tick(second)])
        }
        // The flow still is, so its labels are; nobody has asked for a path for a quarter of an hour.
        #expect(Set(engine.tables.cardinality.rows.map(\.label)) == [.peer, .port])
        #expect(engine.state.cardinality.sketchCount == 0 && engine.state.requests.learner.count == 0)
        engine.fold([.flowForgotten(flow), Events.tick(2_000), Events.tick(2_020), Events.tick(2_040)])
        #expect(engine.tables.cardinality.count == 0 && engine.state.cardinality.labelCount == 0)
    }

    @Test func `names that DNS gave leave when nobody talks to them`() {
        var engine = CardinalityTests.engine()
        let kept = Events.key(3, peer: 7)
        let question = RequestEvents.key(Events.key(3, peer: 9, port: 53), 0, .dns)
        for number in 1...20 as ClosedRange<UInt32> {
            engine.fold(RequestEvents.exchange(question, "host-\(number).example", answers: [Address(ipv4: number)]))
        }
        for second in stride(from: UInt64(10), to: 1_100, by: 10) {
            engine.fold([Events.flow(kept, [.opened: 1, .sentBytes: second], at: second), Events.tick(second)])
            if second == 800 { #expect(engine.tables.dnsNames.count == 20) }
        }
        #expect(engine.tables.dnsNames.count == 1 && engine.state.requests.dnsTold.count == 1)
        #expect(engine.tables.peerName(kept, for: engine.tables.flow(kept)?.workload ?? -1) == "host-7.example")
    }

    @Test func `an hour's values leave with the hour after it, but for what has a row`() {
        var engine = CardinalityTests.engine()
        let kept = Events.key(3, peer: 7)
        func live(_ second: UInt64) -> Event { Events.flow(kept, [.opened: 1, .sentBytes: second], at: second) }
        engine.fold([live(2), Events.tick(2)])
        for number in 0..<20 {
            let key = Events.key(3, peer: CardinalityTests.peer(number))
            engine.fold([Events.flow(key, [.opened: 1], at: 3), Events.tick(3), .flowForgotten(key)])
        }
        for second in stride(from: UInt64(10), to: 7_300, by: 10) {
            engine.fold([live(second), Events.tick(second)])
            let distinct = Self.row(.peer, in: engine.tables)?.distinct
            if second == 7_100 { #expect(distinct == 21) }
            if second == 7_290 { #expect(distinct == 1 && Self.row(.peer, in: engine.tables)?.growth == 0) }
        }
    }

    @Test func `beyond the limits of labels and sketches nothing grows, and it is counted`() {
        var capacities = Capacities()
        capacities.labels = 3
        capacities.sketches = 1
        var engine = CardinalityTests.engine(capacities)
        for number in 0..<100 { engine.fold(Events.flow(Events.key(3, peer: CardinalityTests.peer(number)), [.opened: 1])) }
        engine.fold(Events.flow(Events.key(2), [.opened: 1]))
        engine.fold(Events.tick(2))
        #expect(engine.tables.cardinality.count == 3 && engine.state.cardinality.sketchCount == 1)
        // The fourth label, and the second sketch of the first.
        #expect(engine.tables.cardinality.refused == 2)
        #expect(Self.row(.peer, in: engine.tables)?.marks == [.estimated, .partial])
        #expect(String(decoding: StatusLine.bytes(engine.tables, linesDropped: 0), as: UTF8.self).contains("\"labels\":2"))
    }

    @Test func `the same events give the same estimates`() {
        func run() -> [UInt64] {
            var engine = CardinalityTests.engine()
            for second in 2..<UInt64(6) {
                Self.ask(&engine, 100, from: Int(second) * 100, at: second)
                engine.fold(Events.tick(second))
            }
            return engine.tables.cardinality.rows.map(\.distinct)
        }
        #expect(run() == run())
    }

    @Test func `a rule over labels says which label of whom`() throws {
        let rule = try Rule(
            name: "cardinality", table: "cardinality", when: "distinct>=100 treatment!=stripped",
            sentence: "{workload} has {value} different values.")
        var engine = Engine(rules: [rule], classes: CardinalityTests.classes)
        engine.fold([.owner(cgroup: 3, CardinalityTests.pod("cart", in: "shop")), Events.tick(1)])
        Self.ask(&engine, 150, from: 0, at: 2)
        engine.fold(Events.tick(2))
        let sentences = engine.tables.anomalies.rows.map { engine.tables.sentence(of: $0) }
        #expect(sentences.count == 1 && sentences[0].hasPrefix("path of shop/cart has 1") && sentences[0].contains("different values"))
        let row = try #require(engine.tables.cardinality.rows.firstIndex { $0.label == .path })
        #expect(Schema.cardinality.field("flag")?.value(engine.tables, row) == .text("warning"))
        #expect(engine.tables.flags[.workload(engine.tables.workloads[0].serial)] == .warning)
    }

    @Test func `one workload that is asked for everything leaves others the learning of paths`() {
        var learner = RouteLearner()
        let key = RequestEvents.key(Events.key(3, .inbound))
        func template(_ target: String, _ workload: WorkloadIndex) -> String {
            guard case .request(let exchange) = RequestEvents.exchange(key, target) else { return "" }
            return learner.template(of: exchange, workload: workload)
        }
        for first in 0..<30 { for second in 0..<30 { for third in 0..<8 { _ = template("/a\(first)x/b\(second)x/c\(third)x/d", 1) } } }
        #expect(learner.count <= RouteLearner.positions / RouteLearner.share)
        for number in 0..<30 { _ = template("/users/u\(number)x", 2) }
        #expect(template("/users/somebody", 2) == "/users/{*}")
        learner.forget(1)
        #expect(learner.count == 2)
    }
}
