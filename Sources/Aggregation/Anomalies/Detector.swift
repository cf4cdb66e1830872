// Layer 2: one series, a point at a time, in constant memory. Three averages of it (the point, a short one, a long one) are compared
// with the series' level, and with its time of the day where that explains it; each deviation has its own tail, up and down apart.
// The score is the rarest of them. The detector owns all its state; there is no buffer, and no allocation.
// One threshold on the point alone would be simpler, but sees neither a small shift that lasts nor a slow drift.

package struct Detector: Sendable {
    /// A score from which a point is an alarm, and one below which it is calm; between them it is uncertain.
    package static let alarm = Tuning.alarm
    package static let doubt = Tuning.doubt

    private var level = Level()
    private var season = Season()
    private var short = 0.0
    private var long = 0.0
    private var previous = 0.0
    private var shortResidual = 0.0
    private var longResidual = 0.0
    private var tails = InlineArray<13, Tail>(repeating: Tail())
    private var points: UInt32 = 0
    private var seasonalPoints: UInt32 = 0
    /// Values that were no numbers.
    package private(set) var ignored: UInt32 = 0
    private var hasPrevious = false

    /// Beyond this a value is cut: squares and sums stay finite.
    private static let largest = 1e30

    package init() {}

    /// `noise`: the standard deviation that this point has by its nature, in the value's unit: a count's root, a share's binomial
    /// spread, a quantile's resolution. What it explains raises no score.
    package mutating func observe(_ value: Double, wall: UInt64, noise: Double = 0) -> Judgement {
        guard value.isFinite else {
            ignored += ignored == .max ? 0 : 1
            return judgement(score: 0, shape: .none, expected: level.mean)
        }
        let value = min(max(value, -Detector.largest), Detector.largest)
        points += points == .max ? 0 : 1
        let count = Double(points)
        if points == 1 {
            level.learn(value, floor: 0, count: 1)
            short = value
            long = value
        }
        short += (value - short) * (2 / (Tuning.short + 1))
        long += (value - long) * (2 / (Tuning.long + 1))
        let base = level.mean
        let still = Tuning.least * base.magnitude
        let noise = noise.isFinite ? min(max(noise, 0), Detector.largest) : 0

        let score0 = judge(0, value - base, floor: max(noise, still), count: count)
        let score1 = judge(2, short - base, floor: max(noise / Tuning.short.squareRoot(), still), count: count)
        let score2 = judge(4, long - base, floor: max(noise / Tuning.long.squareRoot(), still), count: count)
        var score3 = 0.0
        if hasPrevious {
            let jump = (value - previous).magnitude
            let floor = max(noise * 2.0.squareRoot(), still)
            if (value - base).magnitude > (previous - base).magnitude || Tuning.gate == 0 {
                score3 = tails[12].score(jump, floor: floor)
            }
            tails[12].learn(jump, floor: floor, count: count)
        }
        var plain = max(score0, score1, score2, score3)
        if points <= UInt32(Tuning.warmUp) { plain = 0 }

        var seasonal = 0.0
        var isSeasonal = false
        let deviation = value - base
        if let usual = season.expected(wall: wall) {
            seasonalPoints += 1
            let n = Double(seasonalPoints)
            let residual = deviation - usual
            shortResidual += (residual - shortResidual) * (2 / (Tuning.short + 1))
            longResidual += (residual - longResidual) * (2 / (Tuning.long + 1))
            let s0 = judge(6, residual, floor: max(noise, still), count: n)
            let s1 = judge(8, shortResidual, floor: max(noise / Tuning.short.squareRoot(), still), count: n)
            let s2 = judge(10, longResidual, floor: max(noise / Tuning.long.squareRoot(), still), count: n)
            season.compare(deviation: deviation, residual: residual)
            if n > Tuning.warmUp {
                isSeasonal = season.isWorthwhile
                seasonal = max(s0, s1, s2)
            }
        }
        season.learn(deviation, wall: wall)
        level.learn(value, floor: max(noise, still), count: count)
        previous = value
        hasPrevious = true
        return judgement(score: isSeasonal ? seasonal : plain, shape: .none, expected: base)
    }

    private mutating func judge(_ index: Int, _ deviation: Double, floor: Double, count: Double) -> Double {
        if Tuning.signed == 0 {
            let score = tails[index].score(deviation.magnitude, floor: floor)
            tails[index].learn(deviation.magnitude, floor: floor, count: count)
            return score
        }
        let score = tails[deviation > 0 ? index : index + 1].score(deviation.magnitude, floor: floor)
        tails[index].learn(deviation, floor: floor, count: count)
        tails[index + 1].learn(-deviation, floor: floor, count: count)
        return score
    }

    private func judgement(score: Double, shape: Judgement.Shape, expected: Double) -> Judgement {
        Judgement(
            score: score, expected: expected, spread: level.spread, shape: shape, isWarm: points > UInt32(Tuning.warmUp), points: points)
    }
}
