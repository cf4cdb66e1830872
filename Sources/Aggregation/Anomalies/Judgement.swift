// What a detector says of one point.

package struct Judgement: Sendable, BitwiseCopyable {
    /// How far beyond the usual, comparable among series: from `Detector.alarm` on an alarm, below `Detector.doubt` calm. A score s
    /// says that about one point in a hundred times e^s goes so far. 0...100.
    package var score: Double
    /// What was to be expected, and what usually deviates from it (mean absolute deviation), in the value's unit.
    package var expected: Double
    package var spread: Double
    package var shape: Shape
    /// Scores are 0 before.
    package var isWarm: Bool
    /// Points that were learnt from; what was ignored is not among them.
    package var points: UInt32

    /// What the deviation looks like so far.
    package enum Shape: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// Nothing that stands out.
        case none
        /// The last point or two.
        case spike
        /// Went to zero, or nearly.
        case drop
        /// Went quickly, and stays.
        case levelShift
        /// Went slowly.
        case drift
        /// Usual for the level, but not for this time of the day.
        case season
    }
}
