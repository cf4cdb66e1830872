import Testing

@testable import Aggregation

/// When rows are in breach, by the moments of ticks.
@Suite struct RulebookTests {
    /// Tables with so many connections a flow, at a second; the condition is about `conns`.
    private func tables(_ connections: [UInt64?], at second: Double) -> Tables {
        var tables = Tables()
        tables.interval = EngineEvents.second
        tables.moment = Moment(wall: 0, monotonic: UInt64(second * 1e9))
        for (index, count) in connections.enumerated() {
            guard let count else { continue }
            var row = WorkloadRow(serial: UInt64(index + 1), owner: EngineEvents.pod("pod\(index)"))
            row.totals[.opened] = count
            _ = tables.workloads.append(row)
        }
        return tables
    }

    private func rulebook(_ when: String, until: String? = nil, limit: Int = Limits.rowsUnderRule) throws -> Rulebook {
        Rulebook([try Rule(name: "many", table: "pods", when: when, until: until)], limit: limit)
    }

    /// At which seconds (a tick each) one row with these values is in breach.
    private func breaches(_ book: Rulebook, _ values: [UInt64?]) -> [Int] {
        var book = book
        return values.indices.filter { !book.judge(tables([values[$0]], at: Double($0 + 1))).isEmpty }
    }

    @Test("A breach begins once the condition has held for the duration without a gap")
    func duration() throws {
        let book = try rulebook("conns>5 for 3s")
        #expect(breaches(book, [9, 9, 9]) == [])
        #expect(breaches(book, [9, 9, 9, 9]) == [3])
        #expect(breaches(book, [9, 9, 9, 1, 9, 9, 9]) == [])
        #expect(breaches(try rulebook("conns>5"), [1, 9]) == [1])
    }

    @Test("It ends once the condition has not held for ten seconds, and a flicker does not end it")
    func clearing() throws {
        let values: [UInt64?] = [9] + Array(repeating: 1, count: 9) + [9] + Array(repeating: 1, count: 12)
        let held = breaches(try rulebook("conns>5"), values)
        // The last that held is the eleventh; ten seconds later it is over.
        #expect(held == Array(0...19))
    }

    @Test("With until it lasts until that holds, however long")
    func hysteresis() throws {
        let book = try rulebook("conns>5 for 1s", until: "conns<2")
        #expect(breaches(book, [9, 9, 4, 4, 4, 9, 3, 1, 4, 9, 9]) == [1, 2, 3, 4, 5, 6, 10])
        let long: [UInt64?] = [9, 9] + Array(repeating: 4, count: 40)
        #expect(breaches(book, long) == Array(1...41))
    }

    @Test("A row that leaves is forgotten, and a missing value does not hold")
    func leaving() throws {
        let book = try rulebook("conns>5 for 1s")
        #expect(breaches(book, [9, 9, nil, 9, 9]) == [1, 4])
        // Nothing was asked of this one's requests.
        #expect(breaches(try rulebook("p99>1ns"), [9, 9]) == [])
    }

    @Test("A breach says which row it is now, since when, and the value")
    func contents() throws {
        var book = try rulebook("conns>5 for 2s")
        _ = book.judge(tables([1, 7, 8], at: 1))
        _ = book.judge(tables([1, 7, 8], at: 2.5))
        let first = book.judge(tables([1, 7, 9], at: 3))
        #expect(first.map(\.row) == [1, 2] && first.map(\.identity) == [2, 3] && first.map(\.value) == [7, 9])
        #expect(first.allSatisfy { $0.since == EngineEvents.second && $0.rule == 0 && $0.holds && $0.schema.name == "pods" })
        // The first row leaves: the others move up. One of them does not hold any more, and lasts.
        let second = book.judge(tables([nil, 7, 3], at: 4))
        #expect(second.map(\.row) == [0, 1] && second.map(\.identity) == [2, 3] && second.map(\.value) == [7, 3])
        #expect(second.map(\.holds) == [true, false])
    }

    @Test("What is watched is bounded, what is refused is counted, and those in breach keep their places")
    func limits() throws {
        var book = try rulebook("conns>5 for 1s", limit: 2)
        #expect(book.judge(tables([1, 1, 9, 9, 9], at: 1)).isEmpty && book.watchedCount == 2 && book.refused == 1)
        #expect(book.judge(tables([9, 9, 9, 9, 9], at: 2)).map(\.identity) == [3, 4])
        #expect(book.watchedCount == 2 && book.refused == 3)
        #expect(book.judge(tables([9, 9, nil, 9, 9], at: 3)).map(\.identity) == [4] && book.watchedCount == 1)
        #expect(book.judge(tables([], at: 4)).isEmpty && book.watchedCount == 0)
        #expect(Rulebook(Array(repeating: book.rules[0], count: Limits.rules + 1)).rules.count == Limits.rules)
    }

    @Test("A clock that goes back begins everything anew")
    func clock() throws {
        var book = try rulebook("conns>5 for 5s")
        _ = book.judge(tables([9], at: 100))
        #expect(!book.judge(tables([9], at: 105)).isEmpty)
        #expect(book.judge(tables([9], at: 50)).isEmpty)
        #expect(!book.judge(tables([9], at: 55)).isEmpty)
    }

    @Test("Long random streams breach where a naive reading of the whole past does", arguments: 0..<20 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var book = try rulebook("conns>5 for 4s")
        var now = 1.0
        var past: [(at: Double, holds: Bool)] = []
        var isBreach = false
        for _ in 0..<300 {
            now += [0.5, 1, 1, 1, 6][Int(random.next() % 5)]
            let holds = random.next() % 8 < (seed % 2 == 0 ? 7 : 4)
            past.append((now, holds))
            // Backwards: the run of ticks that held.
            let run = past.reversed().prefix { $0.holds }
            if let began = run.last?.at, now - began >= 4 { isBreach = true }
            if isBreach, let last = past.last(where: \.holds)?.at, !holds, now - last >= 10 { isBreach = false }
            let found = book.judge(tables([holds ? 9 : 1], at: now))
            #expect(!found.isEmpty == isBreach)
            guard isBreach, holds, let began = run.last?.at, now - began >= 4, let breach = found.first else { continue }
            #expect(breach.since <= UInt64(began * 1e9))
        }
    }
}
