// What 10,000 series at one point a second cost in layers 2 and 3: CPU of a second's points, all series after each other as the
// engine judges them at the end of an interval, so that each finds its state out of the caches; and memory.

import Aggregation
import Glibc

struct DetectorCost {
    private static let series = 10_000
    private static let rounds = 128
    private static let second: UInt64 = 1_000_000_000

    private struct Watched {
        var detector = Detector()
        var discord = Discord()
        var episode = Episode()
    }

    func measure() {
        var watched = (0..<DetectorCost.series).map { _ in Watched() }
        var random: UInt64 = 1
        var times: [Double] = []
        var alarms = 0
        for round in 0..<DetectorCost.rounds * 6 {
            var values: [Double] = []
            for _ in 0..<DetectorCost.series { values.append(DetectorCost.noise(&random)) }
            let wall = UInt64(round) * DetectorCost.second
            let time = Stopwatch.nanoseconds {
                for index in watched.indices {
                    let judgement = watched[index].detector.observe(values[index], wall: wall, noise: 1)
                    watched[index].discord.advance()
                    watched[index].discord.note(values[index], judgement)
                    if watched[index].episode.begins(watched[index].discord.judged(judgement.score)) { alarms += 1 }
                }
            }
            if round >= DetectorCost.rounds * 5 { times.append(time) }
        }
        keep(watched)
        keep(alarms)
        // A mean: layer 3 asks its question of all series in the same second, of sixteen.
        let mean = times.reduce(0, +) / Double(times.count)
        var alone = Detector()
        let layer2 = Stopwatch.repeated(9) {
            for step in 0..<100_000 { keep(alone.observe(DetectorCost.noise(&random), wall: UInt64(step) * DetectorCost.second)) }
        }
        var discord = Discord()
        for step in 0..<Discord.points * 2 {
            discord.advance()
            discord.note(DetectorCost.noise(&random), alone.observe(100, wall: UInt64(step)))
        }
        let questions = Stopwatch.repeated(9) { for _ in 0..<1_000 { keep(discord.distance()) } }
        Figure(name: "layer 2: a point, in the caches", value: layer2.median / 100_000, unit: "ns").print()
        Figure(name: "layer 3: a question", value: questions.median / 1_000, unit: "ns").print()
        Figure(name: "layers 2 and 3: a point of 10,000 series", value: mean / Double(DetectorCost.series), unit: "ns").print()
        Figure(name: "layers 2 and 3: 10,000 series at a point a second", value: mean / 1e7, unit: "% of a core", bar: 5).print()
        let memory = Double(MemoryLayout<Detector>.stride + MemoryLayout<Episode>.stride + Discord.bytes(channels: 1))
        Figure(name: "layer 2: memory of a series", value: Double(MemoryLayout<Detector>.stride), unit: "bytes").print()
        Figure(name: "layers 2 and 3: memory of a series", value: memory, unit: "bytes").print()
        Figure(name: "layers 2 and 3: memory of 10,000 series", value: memory * Double(DetectorCost.series) / 1e6, unit: "MB", bar: 40)
            .print()
    }

    /// Around 100, nearly normal: a sum of four.
    private static func noise(_ state: inout UInt64) -> Double {
        var sum = 0.0
        for _ in 0..<4 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            sum += Double(state >> 40) / Double(1 << 24)
        }
        return 90 + 5 * sum
    }
}
