// A moment of a recording as one names it: so long after its start, or by the clock. It is known to be there when a tick reaches it.

package enum RecordedMoment: Sendable, Hashable {
    /// So many nanoseconds after the first tick.
    case elapsed(UInt64)
    /// Nanoseconds since 1970.
    case wall(UInt64)

    package static let expected = "a duration after the recording's start like 25s or 1m30s, or a time like 2026-11-21T15:04:05Z"

    /// Nil where the text is neither.
    package static func parse(_ text: String) -> RecordedMoment? {
        if let duration = ObservedTime.duration(text) { return duration < 0 ? nil : .elapsed(UInt64(duration)) }
        return ObservedTime.instant(text).map { .wall($0) }
    }

    /// - Parameter started: CLOCK_MONOTONIC of the first tick.
    package func isReached(at moment: Moment, started: UInt64) -> Bool {
        switch self {
        case .elapsed(let nanoseconds): moment.monotonic >= started && moment.monotonic - started >= nanoseconds
        case .wall(let nanoseconds): moment.wall >= nanoseconds
        }
    }
}
