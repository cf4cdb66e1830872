// One series: its detectors, and how long it has been saying the same. A single odd point is not told: what is flagged was odd for at
// least four seconds and two points, and is over when it was as usual for ten.

struct Series: Sendable {
    /// Nanoseconds that the points of an alarm cover before it is told, and how many they are at least.
    static let confirmation: UInt64 = 4_000_000_000
    static let confirmingPoints = 2
    /// Nanoseconds of usual values after which an anomaly is over.
    static let relief: UInt64 = 10_000_000_000
    /// Nanoseconds after which one is over that nothing more is measured of.
    static let patience: UInt64 = 60_000_000_000

    let measure: Measure
    let watched: Int32
    var detector = Detector()
    /// Points in a row that alarm, and when the first of them began; CLOCK_MONOTONIC.
    var streak = 0
    var alarmBegan: UInt64 = 0
    /// Since when an anomaly's values are as usual; 0 while they are not.
    var calmSince: UInt64 = 0
    /// `AnomalyRow.serial`; 0 where none is open.
    var anomaly: UInt64 = 0
    var lastPoint: UInt64 = 0
    var trail = Trail()
    /// Until then an opinion of an external model speaks for an alarm; CLOCK_MONOTONIC.
    var supported: UInt64 = 0
    /// How long it does.
    static let support: UInt64 = 15_000_000_000

    init(measure: Measure, watched: Int32) {
        self.measure = measure
        self.watched = watched
    }

    /// What one point is found to be.
    struct Finding: Sendable {
        var judgement: Judgement
        var severity: Severity?
        /// In the measure's unit.
        var expected: Double
        var low: Double
        var high: Double
        /// Layer 2's, or more where layer 3 adds to it.
        var score: Double
        /// On the scale that the detector sees.
        var scaled: Double
    }

    mutating func find(_ point: Point, at moment: Moment) -> Finding {
        let scale = measure.traits.scale
        let scaled = scale.apply(point.value)
        // What would be a fault if it lasted teaches a fifth: five faults are no reason to overlook the sixth.
        let matters = measure.severity(of: point.value, expected: scale.undo(detector.usual), failed: point.failed) != nil
        let judgement = detector.observe(
            scaled, wall: moment.wall, noise: point.noise, isFlagged: anomaly != 0 || streak > 0, teaches: matters ? 0.2 : 1,
            least: scale.least)
        let seconds = lastPoint == 0 ? 1 : Int((moment.monotonic &- lastPoint &+ 500_000_000) / 1_000_000_000)
        trail.record(point.value * Trail.factor(of: measure.traits.unit), seconds: seconds)
        lastPoint = moment.monotonic
        let expected = scale.undo(judgement.expected)
        return Finding(
            judgement: judgement, severity: measure.severity(of: point.value, expected: expected, failed: point.failed),
            expected: expected, low: scale.undo(judgement.expected - judgement.spread),
            high: scale.undo(judgement.expected + judgement.spread), score: judgement.score, scaled: scaled)
    }
}
