import Testing

@testable import Aggregation

@Suite("Intervals in the engine") struct EngineIntervalTests {
    private let key = EngineEvents.key(2)

    @Test("the first tick begins, the second ends an interval")
    func first() {
        var engine = Engine()
        engine.fold([EngineEvents.flow(key, [.sentBytes: 100]), EngineEvents.tick(5)])
        #expect(engine.tables.interval == 0)
        #expect(Value.rate(100, engine.tables) == .missing(Reason.firstInterval))
        engine.fold([EngineEvents.flow(key, [.sentBytes: 300]), EngineEvents.tick(7)])
        #expect(engine.tables.interval == 2 * EngineEvents.second)
        #expect(Value.rate(engine.tables.flows[0].delta[.sentBytes], engine.tables) == .number(100))
    }

    @Test("sparklines of all rows stand under the same seconds, of a row that came later too, also over a long interval")
    func alignment() {
        var engine = Engine()
        let late = EngineEvents.key(2, port: 81)
        engine.fold([EngineEvents.flow(key, [.sentBytes: 0]), EngineEvents.tick(10)])
        engine.fold([EngineEvents.flow(key, [.sentBytes: 100]), EngineEvents.tick(11)])
        engine.fold([EngineEvents.flow(key, [.sentBytes: 100]), EngineEvents.flow(late, [.sentBytes: 50]), EngineEvents.tick(12)])
        // Three seconds without a tick: what was sent in them is spread over them.
        engine.fold([EngineEvents.flow(key, [.sentBytes: 400]), EngineEvents.tick(15)])
        func bytes(_ row: Int) -> [Double] { engine.tables.flows.history.values(row: row, last: 6).map { $0.rounded() } }
        #expect(bytes(0) == [0, 100, 0, 100, 100, 100])
        #expect(bytes(1) == [0, 0, 50, 0, 0, 0])
        let workload = engine.tables.workloads.history.values(row: 0, last: 6).map { $0.rounded() }
        #expect(workload == [0, 100, 50, 100, 100, 100])
    }

    @Test("a sparkline follows its row when rows before it leave")
    func historyMoves() {
        var engine = Engine()
        let keys = (0..<4).map { EngineEvents.key(2, port: 80 + $0) }
        engine.fold([EngineEvents.tick(1)] + keys.enumerated().map { EngineEvents.flow($1, [.sentBytes: UInt64($0 + 1) * 1_000]) })
        engine.fold([EngineEvents.tick(2), .flowForgotten(keys[0]), .flowForgotten(keys[2]), EngineEvents.tick(3), EngineEvents.tick(905)])
        #expect(engine.tables.flow(keys[0]) == nil && engine.tables.flow(keys[2]) == nil)
        engine.fold([EngineEvents.flow(keys[3], [.sentBytes: 9_000], at: 906), EngineEvents.tick(906)])
        for (index, row) in engine.tables.flows.rows.enumerated() {
            let newest = engine.tables.flows.history.values(row: index, last: 1)[0].rounded()
            #expect(abs(newest - (row.key == keys[3] ? 5_000 : 0)) < 3)
        }
    }

    @Test("a clock that stands, goes back, or begins at zero neither traps nor makes rates of nothing")
    func strangeClocks() {
        let clocks: [[UInt64]] = [
            [0, 0, 1], [5, 5, 5, 6], [10, 3, 4, 11], [UInt64.max, 0, UInt64.max], [1, UInt64.max, 2], [0, UInt64.max, 1 << 63, 7],
        ]
        for clock in clocks {
            var engine = Engine()
            for (step, monotonic) in clock.enumerated() {
                engine.fold([
                    EngineEvents.flow(key, [.sentBytes: UInt64(step) * 10]), EngineEvents.drop(key, UInt64(step)),
                    EngineEvents.connection(1, key), EngineEvents.connection(2, key, .closed),
                    .tick(Moment(wall: monotonic, monotonic: monotonic)),
                ])
                #expect(engine.tables.started <= engine.tables.moment.monotonic)
                #expect(engine.tables.flow(key)?.totals[.sentBytes] == UInt64(step) * 10)
                #expect(!engine.tables.fingerprint.isEmpty)
            }
        }
    }

    @Test("events of any kind with any numbers neither trap nor make anything grow", arguments: 1...3 as ClosedRange<UInt64>)
    func anything(seed: UInt64) {
        var events = RandomEvents(seed: seed, keys: 300)
        var capacities = Capacities()
        capacities.flows = 50
        capacities.workloads = 20
        capacities.symptoms = 40
        capacities.names = 30
        var engine = Engine(capacities)
        for step in 0..<1_500 {
            engine.fold(events.next())
            if step % 500 == 499 { #expect(!engine.tables.fingerprint.isEmpty) }
        }
        #expect(engine.tables.flows.count <= 50 && engine.tables.workloads.count <= 21 && engine.tables.symptoms.count <= 40)
    }

    @Test("quantiles are estimates only where samples were left out")
    func estimated() {
        var engine = Engine()
        engine.fold([EngineEvents.tick(1), EngineEvents.flow(key, [.connects: 2]), .timing(TimingSample(key: key, nanoseconds: 5))])
        engine.fold(EngineEvents.tick(2))
        #expect(engine.tables.workloads[0].marks.contains(.estimated))
        engine.fold([.timing(TimingSample(key: key, nanoseconds: 6)), EngineEvents.tick(3)])
        #expect(!engine.tables.workloads[0].marks.contains(.estimated))
    }
}

@Suite("Replay") struct EngineReplayTests {
    /// A node that tells everything each interval, as the probes do, against a recording that holds only what changed.
    @Test("gives at every tick exactly the tables that live gave", arguments: 3...8 as ClosedRange<UInt64>)
    func exact(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var events = RandomEvents(seed: seed, keys: 60)
        var standing: [Event] = []
        var live = Engine()
        var replayed = Engine()
        var encoder = EventEncoder()
        var decoder = EventDecoder()
        for second in 1...25 as ClosedRange<UInt64> {
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                let event = events.next()
                switch event {
                // What stands after a gap is not told twice.
                case .tick, .gap: continue
                case .flowForgotten, .dropForgotten, .listenerClosed, .connection, .timing: break
                default: standing.append(event)
                }
                live.fold(event)
                encoder.encode(event)
            }
            // What was told lately is told again, unchanged or changed back.
            for event in standing.suffix(30) where !isOwner(event) {
                live.fold(event)
                encoder.encode(event)
            }
            live.fold(EngineEvents.tick(second))
            encoder.encode(EngineEvents.tick(second))
            decoder.load(encoder.takePayload())
            while let event = try decoder.next() { replayed.fold(event) }
            let difference = zip(replayed.tables.fingerprint, live.tables.fingerprint).first { $0 != $1 }
            #expect(difference == nil)
            #expect(replayed.tables.flows.count == live.tables.flows.count)
            if difference != nil { return }
        }
    }

    /// Owners and addresses are told once, and again when they change.
    private func isOwner(_ event: Event) -> Bool {
        switch event {
        case .owner, .address: true
        default: false
        }
    }
}
