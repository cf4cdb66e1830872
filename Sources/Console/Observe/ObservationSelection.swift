// Which events of a stream are shown, and when it ends: the filters, the span of time, the first or the last so many.

import Aggregation

struct ObservationSelection: Sendable {
    var filter: ObservationFilter
    /// Nanoseconds since 1970, both inclusive.
    var since: UInt64?
    var until: UInt64?
    /// So many from the beginning; a live stream ends with them.
    var first: Int?
    /// So many before the end of a recording.
    var last: Int?

    func matches(_ observation: Observation) -> Bool {
        (since.map { observation.time >= $0 } ?? true) && (until.map { observation.time <= $0 } ?? true) && filter.matches(observation)
    }
}
