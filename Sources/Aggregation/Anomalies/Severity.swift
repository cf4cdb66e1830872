// How grave an anomaly is, in three steps: what one may want to know, what one should look at today, what one is woken for.

package enum Severity: UInt8, Sendable, CaseIterable, Comparable, BitwiseCopyable {
    /// Unusual, and no harm in itself: load that grew.
    case notice = 1
    case warning
    case critical

    package var name: String {
        switch self {
        case .notice: "notice"
        case .warning: "warning"
        case .critical: "critical"
        }
    }

    package static func named(_ name: String) -> Severity? { allCases.first { $0.name == name } }

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}
