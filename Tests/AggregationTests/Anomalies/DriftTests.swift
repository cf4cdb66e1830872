import Testing

@testable import Aggregation

/// Growth over half an hour and over hours: what is told, when, and what only looks like it.
@Suite struct DriftTests {
    static let megabyte = 1_048_576.0

    /// A series with a point each minute; what it says of each is kept.
    struct Run {
        var drift = Drift()
        var measure = Measure.memory
        private(set) var minute = 0
        /// Minutes at which growth was told that was not told a minute before.
        private(set) var told: [Int] = []
        private(set) var growths: [Means.Growth] = []
        private var isOpen = false

        init(_ measure: Measure = .memory) { self.measure = measure }

        mutating func see(_ value: Double) {
            minute += 1
            // A midnight of 2024.
            let wall = (20_000 * 86_400 + UInt64(minute) * 60) * Streams.second
            let completed = drift.observe(value, at: Moment(wall: wall, monotonic: UInt64(minute) * 60 * Streams.second), shift: 0)
            guard !completed.isEmpty else { return }
            let (drift, measure) = (drift, measure)
            let growths = completed.compactMap { drift.growth($0, wall: wall) }
            let growth = growths.first { measure.severity(ofGrowth: $0, left: nil) != nil }
            if let growth, !isOpen {
                told.append(minute)
                self.growths.append(growth)
            }
            isOpen = growth != nil
        }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `a leak of one percent a minute is told after half an hour, with its slope`(seed: UInt64) throws {
        var streams = Streams(seed: seed)
        var run = Run()
        for _ in 0..<60 { run.see((400 + 8 * streams.normal()) * DriftTests.megabyte) }
        #expect(run.told == [])
        for minute in 0..<40 { run.see((400 + 4 * Double(minute) + 8 * streams.normal()) * DriftTests.megabyte) }
        let first = try #require(run.told.first)
        #expect((80...96).contains(first), "\(first)")
        let slope = try #require(run.growths.first).slope / DriftTests.megabyte
        #expect((2.5...5).contains(slope), "\(slope)")
    }

    @Test func `a leak that doubles in half a day is told within five hours`() throws {
        var streams = Streams(seed: 3)
        var run = Run()
        for minute in 0..<300 { run.see((400 + 0.55 * Double(minute) + 8 * streams.normal()) * DriftTests.megabyte) }
        let first = try #require(run.told.first)
        #expect(first > 60)
    }

    @Test(arguments: [2, 3, 5, 8, 12, 20]) func `the saw of a garbage collector is none`(minutes: Int) {
        var streams = Streams(seed: UInt64(minutes))
        var run = Run()
        for minute in 0..<600 {
            let tooth = Double(minute % minutes) / Double(minutes)
            run.see((300 + 200 * tooth + 6 * streams.normal()) * DriftTests.megabyte)
        }
        #expect(run.told == [])
    }

    @Test(arguments: [30, 60, 100]) func `a saw with long teeth is told at the first of them at most`(minutes: Int) {
        var run = Run()
        for minute in 0..<1_500 { run.see((300 + 5 * Double(minute % minutes)) * DriftTests.megabyte) }
        // A mean is judged in the minute after it.
        #expect(run.told.allSatisfy { $0 <= minutes + 1 }, "\(run.told)")
    }

    @Test(arguments: [2.0, 5, 8]) func `a cache that levels off in the first minutes is none`(minutes: Double) {
        var streams = Streams(seed: 9)
        var run = Run()
        for minute in 0..<400 {
            let filled = 1 - Binary.exp2(-Double(minute) / minutes)
            run.see((100 + 600 * filled + 5 * streams.normal()) * DriftTests.megabyte)
        }
        #expect(run.told == [])
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `a step is left to the layer that sees points, and noise that remembers is no growth`(seed: UInt64) {
        var streams = Streams(seed: seed)
        var run = Run()
        for minute in 0..<200 { run.see(((minute < 100 ? 300 : 900) + 10 * streams.normal()) * DriftTests.megabyte) }
        #expect(run.told == [])
        var wander = 0.0
        var calm = Run()
        for _ in 0..<5_000 {
            wander = 0.9 * wander + 8 * streams.normal()
            calm.see((400 + wander) * DriftTests.megabyte)
        }
        #expect(calm.told == [])
    }

    @Test func `a day's season is none from the third day on, and a leak beside it is still told`() {
        var streams = Streams(seed: 5)
        var run = Run(.latencyTail)
        var hours = 0.0
        // A compressed run: a point a minute. Quiet nights, a rise from six to noon to six times the night's.
        func usual(_ minute: Int) -> Double {
            let hour = Double(minute % 1_440) / 60
            let rise = hour < 6 ? 0 : hour < 12 ? (hour - 6) / 6 : hour < 18 ? 1 : (24 - hour) / 6
            return 5e6 + 25e6 * rise
        }
        for minute in 0..<6 * 1_440 { run.see(usual(minute) * (1 + 0.03 * streams.normal())) }
        hours = Double(run.told.last ?? 0) / 60
        #expect(!run.told.isEmpty, "the first morning is unknown")
        #expect(hours < 48, "\(run.told.map { $0 / 60 })")
        let before = run.told.count
        for minute in 0..<400 { run.see(usual(minute) + Double(minute) * 0.2e6) }
        #expect(run.told.count > before)
    }

    @Test func `minutes without a point are no zeros`() {
        var run = Run()
        var drift = Drift()
        for minute: UInt64 in 0..<200 where minute % 3 != 0 {
            let moment = Moment(wall: minute * 60, monotonic: minute * 60 * Streams.second)
            let completed = drift.observe(300 * DriftTests.megabyte, at: moment, shift: 0)
            for pace in completed { #expect(drift.growth(pace, wall: minute * 60) == nil) }
        }
        #expect(drift.means(.minute).median(ofQuarter: 0) == nil, "a third is missing: two of eight at least")
        for _ in 0..<40 { run.see(.nan) }
        #expect(run.told == [])
    }

    @Test func `a series takes no more memory for it than is said`() { #expect(MemoryLayout<Drift>.stride <= Drift.bytes) }

    // MARK: - On the made-up node

    @Test func `a leaking workload is told in a sentence with its slope and its limit`() throws {
        var village = WatchTests.shop(seed: 4)
        village.load = 5
        for second in 0..<2_400 {
            if second % 5 == 0 {
                let bytes = 200 * DriftTests.megabyte * (1 + 0.01 * Double(second) / 60)
                village.consume("cart", memory: bytes, limit: 350 * DriftTests.megabyte)
            }
            village.run(seconds: 1)
        }
        let leak = try #require(village.last.values.first { $0.what == .drift(.memory) })
        #expect(village.told[leak.serial] ?? 0 < 2_200 + 1_000)
        #expect(leak.isOpen)
        // 70 MiB are left, at 2 a minute.
        #expect(leak.severity == .warning)
        let sentence = village.sentences[leak.serial] ?? ""
        #expect(sentence.hasPrefix("memory of shop/cart grows by 2"), "\(sentence)")
        #expect(sentence.contains(" a minute for "), "\(sentence)")
        #expect(sentence.contains(" now, its limit of 350"), "\(sentence)")
        #expect(village.last.values.filter { $0.what == .drift(.memory) }.count == 1)
    }

    @Test func `memory that grows with load is none, and neither is its latency`() {
        var village = WatchTests.shop(seed: 6)
        for second in 0..<2_400 {
            village.load = 20 + 20 * Double(second) / 2_400
            if second % 5 == 0 { village.consume("front", memory: 10 * DriftTests.megabyte * village.load, limit: nil) }
            village.run(seconds: 1)
        }
        let told = village.last.values.filter { $0.what != .measure(.requestRate) }
        #expect(told.map { village.sentences[$0.serial] ?? "" } == [])
    }
}
