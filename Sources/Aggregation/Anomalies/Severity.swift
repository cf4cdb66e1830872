// How bad a thing is, in three steps: what one may look at, should look at, must look at.

package enum Severity: UInt8, Sendable, CaseIterable, Comparable {
    case notice = 1, warning, critical

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
