import Testing

@testable import Aggregation

@Suite struct DiscordTests {
    /// What a detector says of a series around 0 that usually deviates by 1.
    private static let usual = Judgement(score: 0, expected: 0, spread: 1, shape: .none, isWarm: true, points: 1_000)
    private static let doubtful = (Detector.doubt + Detector.alarm) / 2

    private func add(_ deviations: [Double], to discord: inout Discord) {
        discord.advance()
        for (channel, value) in deviations.enumerated() { discord.note(value, DiscordTests.usual, channel: channel) }
    }

    @Test("The distance is that of the nearest earlier window, as a naive search finds it", arguments: [1, 3])
    func naive(channels: Int) throws {
        var random = SplitMix(seed: 21)
        var discord = Discord(channels: channels)
        var kept: [[Int]] = []
        for point in 0..<1_500 {
            let row = (0..<channels).map { _ in Int(random.next() % 65) - 32 }
            kept.append(row)
            add(row.map { Double($0) / 16 }, to: &discord)
            guard point % 37 == 0 else { continue }
            let seen = kept.suffix(Discord.points).flatMap { $0 }
            let length = Discord.window * channels
            let newest = seen.suffix(length)
            var nearest: Int?
            for start in stride(from: 0, through: seen.count - 2 * length, by: channels) {
                let sum = zip(seen[start..<start + length], newest).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                nearest = min(nearest ?? sum, sum)
            }
            let expected = nearest.map { (Double($0) / Double(length)).squareRoot() / 16 }
            let found = discord.distance()
            #expect((found == nil) == (expected == nil))
            #expect(abs((found ?? 0) - (expected ?? 0)) < 1e-9)
        }
    }

    @Test("A model adds and never gates: calm and alarm stay as they are, doubt does not fall")
    func adds() {
        var random = SplitMix(seed: 22)
        var discord = Discord()
        for _ in 0..<4_000 {
            add([Double(Int(random.next() % 100)) / 20], to: &discord)
            let score = Double(random.next() % 1_000) / 100
            let judged = discord.judged(score)
            #expect(judged >= score && judged <= 100)
            if score < Detector.doubt || score >= Detector.alarm { #expect(judged == score) }
        }
    }

    @Test("Two measures that always went together are strange apart, though each alone is usual")
    func together() {
        var streams = Streams(seed: 23)
        var discord = Discord(channels: 2)
        // A load that wanders, and what answers to it.
        var load = 0.0
        func step() { load = 0.9 * load + 0.4 * streams.normal() }
        for _ in 0..<4_000 {
            step()
            add([load, load + 0.1 * streams.normal()], to: &discord)
            _ = discord.judged(0)
        }
        let before = discord.judged(DiscordTests.doubtful)
        load = 1.5
        for _ in 0..<Discord.window {
            load += 0.1 * streams.normal()
            add([load, -load], to: &discord)
        }
        let after = discord.judged(DiscordTests.doubtful)
        #expect(before < Detector.alarm && after >= Detector.alarm, "\(before), \(after)")
    }

    @Test("What repeats itself adds nothing")
    func repeats() {
        var discord = Discord()
        for step in 0..<4_000 {
            add([Double(step % 32) / 8], to: &discord)
            _ = discord.judged(0)
        }
        #expect(discord.distance() == 0)
        #expect(discord.judged(DiscordTests.doubtful) == DiscordTests.doubtful)
    }

    @Test("Both layers of 10,000 series fit into a third of the memory that is allowed")
    func memory() {
        #expect(10_000 * (MemoryLayout<Detector>.stride + MemoryLayout<Episode>.stride + Discord.bytes(channels: 1)) < 13_000_000)
    }

    @Test("An alarm that goes on is one; after enough calm it is another")
    func episodes() {
        var episode = Episode()
        let began = (0..<200).filter { step in episode.begins(step % 100 < 50 ? Detector.alarm : 0) }
        #expect(began == [0, 100])
        #expect((0..<Episode.quiet - 1).allSatisfy { _ in !episode.begins(0) })
    }
}
