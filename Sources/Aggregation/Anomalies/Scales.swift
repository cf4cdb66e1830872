// A quantity on three time scales: the point, an average of about eight and one of about 64 points, each compared with a base and
// judged by tails of its own, up and down apart, because most measures rise otherwise than they fall. `Detector` owns one for the
// value and one for what the season leaves; 72 bytes. The averages are exponential: of noise they keep 1/8 and 1/64 of the variance.

struct Scales: Sendable {
    private var short = 0.0
    private var long = 0.0
    private var count: UInt32 = 0
    private var tails = InlineArray<6, Tail>(repeating: Tail())

    /// What the three deviate from the base, and how rare that is together.
    struct Deviations {
        var point = 0.0
        var short = 0.0
        var long = 0.0
        var score = 0.0
    }

    var isWarm: Bool { Double(count) > Tuning.warmUp }

    /// `noise` is averaged away on the longer scales, `still` (what is too small to matter) is not.
    mutating func observe(_ value: Double, base: Double, noise: Double, still: Double, weight: Double) -> Deviations {
        if count == 0 {
            short = value
            long = value
        }
        count += count == .max ? 0 : 1
        short += (value - short) * (2 / (Tuning.short + 1))
        long += (value - long) * (2 / (Tuning.long + 1))
        var deviations = Deviations(point: value - base, short: short - base, long: long - base)
        let score =
            judge(0, deviations.point, floor: max(noise, still), pace: 1, weight: weight)
            + judge(2, deviations.short, floor: max(noise * Tuning.shortPace, still), pace: Tuning.shortPace, weight: weight)
            + judge(4, deviations.long, floor: max(noise * Tuning.longPace, still), pace: Tuning.longPace, weight: weight)
        deviations.score = isWarm ? score : 0
        return deviations
    }

    /// Both averages at `base`; what is rare stays known.
    mutating func restart(at base: Double) {
        short = base
        long = base
    }

    private mutating func judge(_ index: Int, _ deviation: Double, floor: Double, pace: Double, weight: Double) -> Double {
        let score = tails[deviation > 0 ? index : index + 1].score(deviation.magnitude, floor: floor)
        tails[index].learn(deviation, floor: floor, count: Double(count), pace: pace, weight: weight)
        tails[index + 1].learn(-deviation, floor: floor, count: Double(count), pace: pace, weight: weight)
        return score
    }
}
