// Seeded streams for the detectors: what a series does when nothing is wrong, in several distributions.

@testable import Aggregation

struct Streams {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// 0..<1, never 0.
    mutating func uniform() -> Double { (Double(random.next() >> 11) + 0.5) / 9_007_199_254_740_992 }

    /// Mean 0, variance 1: a sum of twelve, which reaches to six.
    mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }

    mutating func exponential() -> Double { -Binary.log2(uniform()) * 0.693_147_180_559_945 }

    /// Median 1, and a tail that no variance describes well.
    mutating func logNormal() -> Double { Binary.exp2(normal() * 1.442_695_040_888_963) }

    /// Knuth's, for small means.
    mutating func poisson(_ mean: Double) -> Double {
        let limit = Binary.exp2(-mean * 1.442_695_040_888_963)
        var product = uniform()
        var count = 0.0
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }

    static let second: UInt64 = 1_000_000_000
}

/// A detector with its clock: a point a second, unless said otherwise.
struct WatchedSeries {
    var detector = Detector()
    var episode = Episode()
    /// A midnight of 2024.
    var wall: UInt64 = 20_000 * 86_400 * Streams.second
    var step = Streams.second
    private(set) var alarms = 0

    @discardableResult
    mutating func see(_ value: Double, noise: Double = 0) -> Judgement {
        let judgement = detector.observe(value, wall: wall, noise: noise)
        wall += step
        if episode.begins(judgement.score) { alarms += 1 }
        return judgement
    }
}
