// When an alarm begins: a score at or above the bar, after enough calm. The caller owns one a series; 2 bytes. Without it one
// anomaly of a hundred points were a hundred alarms.

package struct Episode: Sendable, BitwiseCopyable {
    /// Points of calm after which an alarm is a new one.
    package static let quiet = Int(Tuning.quiet)

    /// Since the last point that was an alarm.
    private var calm = Tuning.quiet

    package init() {}

    package var isOpen: Bool { calm < Tuning.quiet }

    /// Whether an alarm begins with a point of this score.
    package mutating func begins(_ score: Double) -> Bool {
        guard score >= Detector.alarm else {
            if calm < Tuning.quiet { calm += 1 }
            return false
        }
        let isNew = !isOpen
        calm = 0
        return isNew
    }
}
