// The rows of requests: one a kernel key and route, and what flows and workloads sum of them.

package struct RequestRow: Sendable {
    package var serial: UInt64
    package var key: RequestKey
    /// The template of the target, an index of `Tables.names`; `~other` for what has no route of its own, -1 where the protocol
    /// has no routes.
    package var route: NameIndex
    package var workload: WorkloadIndex
    package var container: NameIndex
    /// Since podglass started, and over the last interval.
    package var total: UInt64 = 0
    package var delta: UInt64 = 0
    package var latency = Histogram()
    package var duration = Histogram()
    package var recent = Recent()
    /// CLOCK_MONOTONIC of the last change.
    package var lastActive: UInt64
    /// `estimated` where its count was ever shared out from samples.
    package var marks: Marks = []

    package init(serial: UInt64, key: RequestKey, route: NameIndex, workload: WorkloadIndex, container: NameIndex, since: UInt64) {
        self.serial = serial
        self.key = key
        self.route = route
        self.workload = workload
        self.container = container
        lastActive = since
    }
}

/// Requests of a flow, or of one side of a workload. Exact: from the kernel's counts, not from samples.
package struct RequestSummary: Sendable, Equatable {
    package var requests: UInt64 = 0
    package var errors: UInt64 = 0
    package var unanswered: UInt64 = 0
    /// Over the last interval.
    package var requestsDelta: UInt64 = 0
    package var errorsDelta: UInt64 = 0
    package var latency = Histogram()
    package var recent = Recent()
    /// Of a flow: its row in `Tables.flowRequests`.
    var historyRow: Int32 = -1

    package init() {}

    /// Of those in the last interval, else of all: what share failed; nil where there was none.
    package var errorShare: Double? {
        if requestsDelta > 0 { return Double(errorsDelta) / Double(requestsDelta) }
        return requests > 0 ? Double(errors) / Double(requests) : nil
    }
}

/// An exchange kept to look at: the slowest of a row, and the latest that failed.
package struct ExchangeRow: Sendable {
    package var serial: UInt64
    package var exchange: Exchange
    /// The row it belongs to, by its serial, and that row's route.
    package var request: UInt64
    package var route: NameIndex
    package var workload: WorkloadIndex
    package var container: NameIndex

    package init(serial: UInt64, exchange: Exchange, request: UInt64, route: NameIndex, workload: WorkloadIndex, container: NameIndex) {
        self.serial = serial
        self.exchange = exchange
        self.request = request
        self.route = route
        self.workload = workload
        self.container = container
    }
}

/// How latencies lay over time, for the heat map: an interval a slice, in it how many latencies of which row fell into which
/// band. Slices are values that never change, so that publishing copies references.
package struct LatencyLog: Sendable {
    /// Bands are half octaves from 2^10 ns: as many as `Histogram` has octaves, times two.
    package static let bands = 54
    package static let slices = 300

    package struct Entry: Sendable, BitwiseCopyable {
        /// `RequestRow.serial`.
        package var request: UInt64
        package var band: UInt8
        package var count: UInt32

        package init(request: UInt64, band: UInt8, count: UInt32) {
            self.request = request
            self.band = band
            self.count = count
        }
    }

    package struct Slice: Sendable {
        /// CLOCK_MONOTONIC of its end, and its length in nanoseconds.
        package var end: UInt64
        package var length: UInt64
        package var entries: ContiguousArray<Entry>

        package init(end: UInt64, length: UInt64, entries: ContiguousArray<Entry>) {
            self.end = end
            self.length = length
            self.entries = entries
        }
    }

    /// The oldest first.
    package private(set) var slices: [Slice] = []
    private var entryCount = 0
    private let limit: Int

    package init(limit: Int = Limits.latencyEntries) { self.limit = limit }

    /// Adds the newest slice; the oldest leave beyond `LatencyLog.slices`, or where there are too many entries in all.
    package mutating func append(_ slice: Slice) {
        slices.append(slice)
        entryCount += slice.entries.count
        while slices.count > LatencyLog.slices || entryCount > limit && slices.count > 1 {
            entryCount -= slices.removeFirst().entries.count
        }
    }

    /// The band of a bucket of `Histogram`.
    package static func band(ofBucket bucket: Int) -> UInt8 { UInt8(clamping: bucket / 8) }

    /// The lower bound of a band in nanoseconds.
    package static func lowerBound(ofBand band: Int) -> UInt64 {
        let octave = UInt64(1) << UInt64(10 + band / 2)
        return band % 2 == 0 ? octave : octave / 2 * 3
    }
}
