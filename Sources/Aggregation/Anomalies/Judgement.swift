// What a detector says of one point: a value, made anew for each.

package struct Judgement: Sendable, BitwiseCopyable {
    /// How far beyond the usual, comparable among series: from `Detector.alarm` on an alarm, below `Detector.doubt` calm. 0...100.
    /// Each of four views adds s where about one point in a hundred times e^s deviates so far.
    package var score: Double
    /// What was to be expected, the season included, and what usually deviates from the level (mean absolute deviation, at least
    /// the noise), in the value's unit.
    package var expected: Double
    package var spread: Double
    package var shape: Shape
    /// Scores are 0 before.
    package var isWarm: Bool
    /// Points that were learnt from; what was ignored is not among them.
    package var points: UInt32

    package init(score: Double, expected: Double, spread: Double, shape: Shape, isWarm: Bool, points: UInt32) {
        self.score = score
        self.expected = expected
        self.spread = spread
        self.shape = shape
        self.isWarm = isWarm
        self.points = points
    }

    /// What a deviation looks like so far; it may become another while it lasts.
    package enum Shape: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// Nothing stands out.
        case none
        /// A point or two: what a level shift begins with, too.
        case spike
        /// To zero, or nearly.
        case drop
        /// Went quickly, and stays.
        case levelShift
        /// Went slowly.
        case drift
        /// Nothing unusual for the level, but for this time of the day.
        case season
    }
}

extension Judgement.Shape {
    /// A value of so small a share of what was expected is nearly zero.
    private static let nearlyZero = 0.02

    /// From how far the three averages went: of one point the short one has a quarter; of a shift the long one has half after twenty
    /// points, of a drift always more. A shift that has lasted looks like a drift, so one that began quickly stays a shift.
    init(_ seen: Scales.Deviations, value: Double, expected: Double, before: Judgement.Shape) {
        let point = seen.point.magnitude
        let short = seen.short.magnitude
        let long = seen.long.magnitude
        let isOneSided = seen.point * seen.short > 0
        if value.magnitude <= Self.nearlyZero * expected.magnitude, seen.short * expected < 0 {
            self = .drop
        } else if short < 0.5 * point || !isOneSided && point > short {
            self = .spike
        } else if before != .levelShift, seen.short * seen.long > 0, long >= 0.5 * short {
            self = .drift
        } else {
            self = .levelShift
        }
    }
}

extension Judgement.Shape {
    /// As JSON names it; nil where nothing stands out.
    package var name: String? {
        switch self {
        case .none: nil
        case .spike: "spike"
        case .drop: "drop"
        case .levelShift: "level_shift"
        case .drift: "drift"
        case .season: "season"
        }
    }
}
