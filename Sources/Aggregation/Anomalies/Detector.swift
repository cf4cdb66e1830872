// Layer 2: one series, a point at a time, in constant memory: `MemoryLayout<Detector>.size`, at most `Detector.bytes`. The series is
// compared with its level on three time scales, and with its time of the day and of the week where that explains it; how far one
// point jumps is a fourth view. Each has its own tails, which say how rare it is; the score is their sum. Several views that are each
// a little unusual count together, as in Fisher's method of combining tests; they are not independent, so it is a score and no probability.
// The caller owns it. No buffer, no allocation. One threshold on the point alone is simpler, and sees no small shift that lasts.

package struct Detector: Sendable {
    /// A score from which a point is an alarm, and one below which it is calm; between them it is uncertain.
    package static let alarm = Tuning.alarm
    package static let doubt = Tuning.doubt
    /// The memory of a series, at most.
    package static let bytes = 512
    /// After so many points in a row far on one side, the level is theirs.
    package static let adoption = Int(Tuning.adoption)
    package static let warmUp = Int(Tuning.warmUp)

    private var level = Level()
    private var scales = Scales()
    private var residuals = Scales()
    private var jumps = Tail()
    private var season = Season()
    private var previous = 0.0
    private var points: UInt32 = 0
    /// Values that were no numbers.
    package private(set) var ignored: UInt32 = 0
    private var hasPrevious = false
    /// Of the alarm that lasts; kept until the series is back.
    private var alarmShape = Judgement.Shape.none

    /// Beyond this a value is cut, so that sums stay finite, also in 32 bits.
    private static let largest = 1e30

    package init() {}

    /// `wall`: nanoseconds since 1970, for the season. `noise`: the standard deviation that this point has by its nature, in the
    /// value's unit: the root of a count, the binomial spread of a share, the resolution of a quantile. What it explains scores 0. While `isFlagged`
    /// the level may become another, but what is rare is not learnt: a fault that everybody knows of must not hide the next one.
    /// `least` is a deviation that nobody would call one; without it a fiftieth of the level, which means nothing on a logarithmic scale.
    /// `teaches` is below 1 where a deviation would be a fault, if it lasts.
    package mutating func observe(
        _ value: Double, wall: UInt64, noise: Double = 0, isFlagged: Bool = false, teaches: Double = 1, least: Double? = nil
    ) -> Judgement {
        guard value.isFinite else {
            ignored += ignored == .max ? 0 : 1
            return judgement(score: 0, expected: level.mean, noise: 0, shape: .none)
        }
        let value = min(max(value, -Detector.largest), Detector.largest)
        let noise = noise.isFinite ? min(max(noise, 0), Detector.largest) : 0
        points += points == .max ? 0 : 1
        if points == 1 { level.learn(value, floor: 0, count: 1) }
        let base = level.mean
        let still = least ?? Tuning.least * base.magnitude
        let deviation = value - base

        // Extremes that follow each other are one: of a run each point teaches less (declustering, as with peaks over a threshold).
        let weight = isFlagged ? 0 : teaches / Double(max(1, level.run))
        var seen = scales.observe(value, base: base, noise: noise, still: still, weight: weight)
        seen.score += jump(to: value, base: base, noise: noise, still: still, learns: !isFlagged)
        let plain = scales.isWarm ? seen.score : 0
        seen.score = plain
        var expected = base
        if let usual = season.expected(wall: wall) {
            let left = residuals.observe(deviation - usual, base: 0, noise: noise, still: still, weight: isFlagged ? 0 : 1)
            season.compare(deviation: deviation, residual: deviation - usual)
            if residuals.isWarm, season.isWorthwhile {
                seen = left
                expected = base + usual
            }
        }
        let shape = shape(seen, value: value, expected: expected, isOfSeason: expected != base && plain < Detector.doubt)
        if !isFlagged { season.learn(deviation, wall: wall) }
        level.learn(value, floor: max(noise, still), count: Double(points), holds: isFlagged)
        previous = value
        hasPrevious = true
        return judgement(score: seen.score, expected: expected, noise: max(noise, still), shape: shape)
    }

    /// A point without a value: what is known stays, and the next is compared with no point before it.
    package mutating func skip() { hasPrevious = false }

    /// What was flagged is over: averages begin anew at the level, else their way back would be taken for deviations, and learnt.
    package mutating func recover() {
        scales.restart(at: level.mean)
        residuals.restart(at: 0)
        hasPrevious = false
    }

    /// Where the series is now, on its scale.
    package var usual: Double { level.mean }

    /// How rare the way from the last point is; the way back to the level is none.
    private mutating func jump(to value: Double, base: Double, noise: Double, still: Double, learns: Bool) -> Double {
        guard hasPrevious else { return 0 }
        let size = (value - previous).magnitude
        let isAway = (value - base).magnitude > (previous - base).magnitude
        let floor = max(noise * 2.0.squareRoot(), still)
        let score = isAway ? jumps.score(size, floor: floor) : 0
        if learns { jumps.learn(size, floor: floor, count: Double(points)) }
        return score
    }

    /// What is told of a doubt is not kept: a drift looks like a small shift at first.
    private mutating func shape(
        _ seen: Scales.Deviations, value: Double, expected: Double, isOfSeason: Bool
    ) -> Judgement.Shape {
        guard seen.score >= Detector.doubt else {
            if !level.isLeft { alarmShape = .none }
            return .none
        }
        let shape = isOfSeason ? .season : Judgement.Shape(seen, value: value, expected: expected, before: alarmShape)
        if seen.score >= Detector.alarm { alarmShape = shape }
        return shape
    }

    private func judgement(score: Double, expected: Double, noise: Double, shape: Judgement.Shape) -> Judgement {
        Judgement(
            score: min(score, Tail.ceiling), expected: expected, spread: max(level.spread, noise), shape: shape, isWarm: scales.isWarm,
            points: points)
    }
}
