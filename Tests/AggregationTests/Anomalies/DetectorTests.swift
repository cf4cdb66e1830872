import Testing

@testable import Aggregation

@Suite struct DetectorTests {
    /// A service that has been at 100, give or take 5, for a while.
    private func settled(_ streams: inout Streams, points: Int = 2_000) -> WatchedSeries {
        var watched = WatchedSeries()
        for _ in 0..<points { watched.see(100 + 5 * streams.normal()) }
        return watched
    }

    @Test("A series takes no more memory than is stated, and none on the heap")
    func memory() {
        #expect(MemoryLayout<Detector>.stride <= Detector.bytes)
        #expect(MemoryLayout<Episode>.stride <= 2)
    }

    @Test("What never changes is never strange, nor when it moves by a hair", arguments: [0, 1e-9, 1, -5, 1e9])
    func constant(value: Double) {
        var watched = WatchedSeries()
        for _ in 0..<1_000 { #expect(watched.see(value).score == 0) }
        for step in 0..<100 { #expect(watched.see(value * (1 + 0.01 * Double(step % 3 - 1))).score == 0) }
    }

    @Test("Nothing is said before the warm-up is over")
    func warmUp() {
        var watched = WatchedSeries()
        for step in 1...Detector.warmUp {
            let judgement = watched.see(step % 7 == 0 ? 1_000 : 1)
            #expect(judgement.score == 0 && !judgement.isWarm && judgement.points == UInt32(step))
        }
        #expect(watched.see(1).isWarm)
    }

    @Test("A hundred thousand points of noise give fewer alarms than stated, and hardly any at four times the bar")
    func falseAlarms() {
        var streams = Streams(seed: 7)
        let noises: [(name: String, bound: Int, next: (inout Streams) -> Double)] = [
            ("normal, 5 % of the level", 70, { 100 + 5 * $0.normal() }),
            ("exponential", 170, { 10 * $0.exponential() }),
            ("log-normal", 150, { $0.logNormal() }),
            ("counts around 1", 150, { $0.poisson(1) }),
            ("counts around 20", 120, { $0.poisson(20) }),
        ]
        for noise in noises {
            var watched = WatchedSeries()
            var high = 0
            for _ in 0..<100_000 where watched.see(noise.next(&streams)).score >= 4 * Detector.alarm { high += 1 }
            #expect(watched.alarms <= noise.bound, "\(noise.name): \(watched.alarms)")
            #expect(high <= 25, "\(noise.name): \(high)")
        }
    }

    @Test("A spike is an alarm at once and over soon, and leaves the next one to be seen")
    func spike() {
        var streams = Streams(seed: 1)
        var watched = settled(&streams)
        for size in [200.0, 200, 1e9, 200] {
            let judgement = watched.see(size)
            #expect(judgement.score >= Detector.alarm && judgement.shape == .spike)
            #expect(abs(judgement.expected - 100) < 5 && judgement.spread < 10, "\(judgement)")
            for _ in 0..<1_500 { watched.see(100 + 5 * streams.normal()) }
        }
    }

    @Test("A new level is an alarm at once, is called one, and is adopted", arguments: [0.3, 0.5, 1.5, 3, 100, 1e6])
    func levelShift(factor: Double) {
        var streams = Streams(seed: 2)
        var watched = settled(&streams)
        var shapes: Set<Judgement.Shape> = []
        var last = 0
        for step in 0..<600 {
            let judgement = watched.see((100 + 5 * streams.normal()) * factor)
            if step < 3 { #expect(judgement.score >= Detector.alarm) }
            if judgement.score >= Detector.alarm { last = step }
            if step >= 10, step < 60, judgement.score >= Detector.doubt { shapes.insert(judgement.shape) }
        }
        // Some points longer than the adoption: the noise has grown with the level, and is learnt after it.
        #expect(last <= Detector.adoption + 100, "\(last)")
        #expect(shapes == [.levelShift], "\(shapes)")
        let after = watched.see(100 * factor)
        #expect(abs(after.expected - 100 * factor) < 15 * factor, "\(after)")
    }

    @Test("An incident of a hundred points stays an alarm to its end, and does not blind for the next", arguments: [2.0, 10, 1_000])
    func afterIncident(factor: Double) {
        var streams = Streams(seed: 13)
        var watched = settled(&streams)
        for _ in 0..<100 { #expect(watched.see((100 + 5 * streams.normal()) * factor).score >= Detector.alarm) }
        for _ in 0..<200 { watched.see(100 + 5 * streams.normal()) }
        let judgement = watched.see(300)
        #expect(judgement.score >= Detector.alarm && abs(judgement.expected - 100) < 5, "\(judgement)")
    }

    @Test("A fault of a series that never changed stays an alarm while it lasts, until it is the level", arguments: [0.0, 7])
    func firstFault(level: Double) {
        var watched = WatchedSeries()
        for _ in 0..<500 { watched.see(level) }
        for step in 0..<Detector.adoption - 1 { #expect(watched.see(level + 50).score >= Detector.alarm, "\(step)") }
        for _ in 0..<100 { watched.see(level + 50) }
        #expect(watched.see(level + 50).score == 0 && watched.see(level + 50).expected == level + 50)
    }

    @Test("Silence of what was busy is a drop, from its first point")
    func drop() {
        var streams = Streams(seed: 3)
        var watched = settled(&streams)
        for _ in 0..<20 {
            let judgement = watched.see(0)
            #expect(judgement.score >= Detector.alarm && judgement.shape == .drop)
        }
    }

    @Test("Silence is seen in counts that are seldom zero")
    func dropOfCounts() {
        var streams = Streams(seed: 4)
        var watched = WatchedSeries()
        for _ in 0..<3_000 { watched.see(streams.poisson(20), noise: 20.0.squareRoot()) }
        let judgement = watched.see(0, noise: 20.0.squareRoot())
        #expect(judgement.score >= Detector.alarm && judgement.shape == .drop, "\(judgement)")
    }

    @Test("A slow drift is an alarm before it has gone half of the level, and is called one")
    func drift() {
        var streams = Streams(seed: 5)
        var watched = settled(&streams)
        var first: (step: Int, shape: Judgement.Shape)?
        for step in 0..<500 {
            let judgement = watched.see(100 + 0.1 * Double(step) + 5 * streams.normal())
            if first == nil, judgement.score >= Detector.alarm { first = (step, judgement.shape) }
        }
        #expect(first?.shape == .drift, "\(String(describing: first))")
    }

    @Test("What is mostly zero may burst as it does, and not ten times as high")
    func sparse() {
        var streams = Streams(seed: 6)
        var watched = WatchedSeries()
        for step in 0..<10_000 { watched.see(step % 40 == 0 ? 5 + 5 * streams.uniform() : 0) }
        let before = watched.alarms
        for step in 0..<4_000 { watched.see(step % 40 == 0 ? 5 + 5 * streams.uniform() : 0) }
        #expect(watched.alarms - before <= 10, "\(watched.alarms - before)")
        let burst = watched.see(100)
        #expect(burst.score >= Detector.alarm && burst.expected < 1 && burst.shape == .spike)
    }

    @Test("What a count varies by nature raises no score, however still it was")
    func noise() {
        var watched = WatchedSeries()
        for _ in 0..<1_000 { watched.see(4, noise: 2) }
        for value in [8.0, 4, 0, 4, 2, 6] { #expect(watched.see(value, noise: 2).score == 0) }
        #expect(watched.see(40, noise: 2).score >= Detector.alarm)
    }

    @Test("Values that are no numbers are counted and change nothing")
    func noNumbers() {
        var watched = WatchedSeries()
        var other = WatchedSeries()
        for step in 0..<500 {
            let value = Double(step % 10)
            let one = watched.see(value)
            let two = other.see(value)
            #expect(one.score == two.score && one.expected == two.expected)
            for odd in [Double.nan, .infinity, -.infinity] { #expect(watched.detector.observe(odd, wall: watched.wall).score == 0) }
        }
        #expect(watched.detector.ignored == 1_500 && other.detector.ignored == 0)
    }

    @Test("A gap leaves the level, and what comes after it is no jump")
    func gap() {
        var streams = Streams(seed: 8)
        var watched = settled(&streams)
        let before = watched.see(100)
        watched.detector.skip()
        let after = watched.see(100)
        #expect(abs(after.expected - before.expected) < 1 && after.score < Detector.alarm)
    }

    @Test("Whatever comes, scores are between 0 and 100 and everything is a number")
    func extremes() {
        var random = SplitMix(seed: 9)
        let odd: [Double] = [
            1e300, -1e300, -0.0, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
            1, 1e-30, 1e30, .nan, .infinity,
        ]
        for _ in 0..<200 {
            var detector = Detector()
            var discord = Discord()
            var wall = random.magnitude()
            for _ in 0..<400 {
                let isOdd = random.next() % 3 == 0
                let value = isOdd ? odd[Int(random.next() % UInt64(odd.count))] : Double(Int64(bitPattern: random.magnitude()))
                let noise = random.next() % 4 == 0 ? odd[Int(random.next() % UInt64(odd.count))] : 0
                let judgement = detector.observe(value, wall: wall, noise: noise)
                discord.advance()
                discord.note(value, judgement)
                let score = discord.judged(judgement.score)
                #expect(judgement.score >= 0 && judgement.score <= score && score <= 100)
                #expect(judgement.expected.isFinite && judgement.spread.isFinite && judgement.spread >= 0)
                wall = random.next() % 10 == 0 ? random.magnitude() : wall &+ 60_000_000_000
            }
        }
    }
}
