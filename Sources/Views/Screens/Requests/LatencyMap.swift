// Latencies over time, counted into columns and bands: what the heat map is drawn from. Made when tables, filter or zoom
// change, never for a cursor key: it reads every entry of the log once.

import Aggregation

package struct LatencyMap: Sendable {
    package struct Column: Sendable {
        /// Which slices of the log it holds, and when the last of them ended (CLOCK_MONOTONIC).
        package var slices: Range<Int>
        package var end: UInt64
        package var total: UInt64 = 0
        /// One count a band, the fastest first.
        package var counts = [UInt32](repeating: 0, count: LatencyLog.bands)
    }

    /// The oldest first.
    package private(set) var columns: [Column] = []
    /// The bands in which something lies; nil where nothing does.
    package private(set) var bands: ClosedRange<Int>?

    package init() {}

    /// - Parameter requests: serials of the rows that count; nil for all.
    package init(_ log: LatencyLog, interval: UInt64, requests: Set<UInt64>?, slicesAColumn: Int) {
        // Columns are cut at fixed moments, so that they do not shimmer while new slices come.
        let length = max(1, interval) &* UInt64(max(1, slicesAColumn))
        for (index, slice) in log.slices.enumerated() {
            let isFirst = columns.last.map { slicesAColumn <= 1 || ($0.end &- 1) / length != (slice.end &- 1) / length } ?? true
            if isFirst { columns.append(Column(slices: index..<index, end: slice.end)) }
            add(slice, at: index, to: columns.count - 1, requests)
        }
        bands = LatencyMap.occupied(columns)
    }

    private mutating func add(_ slice: LatencyLog.Slice, at index: Int, to column: Int, _ requests: Set<UInt64>?) {
        columns[column].slices = columns[column].slices.lowerBound..<index + 1
        columns[column].end = slice.end
        for entry in slice.entries where Int(entry.band) < LatencyLog.bands {
            if let requests, !requests.contains(entry.request) { continue }
            columns[column].counts[Int(entry.band)] &+= entry.count
            columns[column].total &+= UInt64(entry.count)
        }
    }

    private static func occupied(_ columns: [Column]) -> ClosedRange<Int>? {
        let used = (0..<LatencyLog.bands).filter { band in columns.contains { $0.counts[band] > 0 } }
        guard let first = used.first, let last = used.last else { return nil }
        return first...last
    }

    /// Which band the share `quantile` of some columns' latencies lies below; nil where there are none.
    package func band(of quantile: Double, in range: Range<Int>) -> Int? {
        let total = columns[range].reduce(UInt64(0)) { $0 + $1.total }
        guard total > 0 else { return nil }
        let rank = max(1, (quantile * Double(total)).rounded(.up))
        var seen = 0.0
        for band in 0..<LatencyLog.bands {
            seen += Double(columns[range].reduce(UInt64(0)) { $0 + UInt64($1.counts[band]) })
            if seen >= rank { return band }
        }
        return LatencyLog.bands - 1
    }

    /// The rows of requests that have a latency in these bands of this column.
    package func requests(in log: LatencyLog, column: Int, bands: Range<Int>, of wanted: Set<UInt64>?) -> Set<UInt64> {
        guard columns.indices.contains(column) else { return [] }
        var found: Set<UInt64> = []
        for index in columns[column].slices where log.slices.indices.contains(index) {
            for entry in log.slices[index].entries where bands.contains(Int(entry.band)) {
                if wanted?.contains(entry.request) ?? true { found.insert(entry.request) }
            }
        }
        return found
    }
}
