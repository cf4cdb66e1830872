// A log-linear histogram of durations: 16 buckets an octave from 1 µs to 137 s, so a quantile is within 1/32 = 3.1 % of a
// value that was recorded. Recorded values outside are kept in the first or last bucket and in `minimum` and `maximum`.
// After HdrHistogram's idea (Tene); 1,732 bytes once used, nothing before.

package struct Histogram: Sendable, Equatable {
    /// The stated error of every quantile inside the range.
    package static let relativeError = 1.0 / 32

    private static let subBuckets = 16
    /// 2^10 ns ≈ 1 µs; 27 octaves above it.
    private static let firstExponent = 10
    package static let bucketCount = 27 * subBuckets

    private var buckets: ContiguousArray<UInt32> = []
    package private(set) var count: UInt64 = 0
    package private(set) var sum: UInt64 = 0
    package private(set) var minimum: UInt64 = .max
    package private(set) var maximum: UInt64 = 0

    package init() {}

    package mutating func record(_ nanoseconds: UInt64, count repeats: UInt32 = 1) {
        guard repeats > 0 else { return }
        if buckets.isEmpty { buckets = ContiguousArray(repeating: 0, count: Histogram.bucketCount) }
        buckets[Histogram.bucket(of: nanoseconds)] &+= repeats
        count &+= UInt64(repeats)
        sum &+= nanoseconds &* UInt64(repeats)
        minimum = min(minimum, nanoseconds)
        maximum = max(maximum, nanoseconds)
    }

    package mutating func merge(_ other: Histogram) {
        guard other.count > 0 else { return }
        if buckets.isEmpty { buckets = ContiguousArray(repeating: 0, count: Histogram.bucketCount) }
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count &+= other.count
        sum &+= other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// How many values a bucket holds.
    package subscript(bucket: Int) -> UInt32 { buckets.isEmpty ? 0 : buckets[bucket] }

    package var mean: UInt64? { count == 0 ? nil : sum / count }

    /// The value below which the share `quantile` (0...1) of the records lies, in nanoseconds; nil where nothing was recorded.
    package func quantile(_ quantile: Double) -> UInt64? {
        guard count > 0 else { return nil }
        let position = (quantile * Double(count)).rounded(.up)
        guard position < Double(count) else { return maximum }
        let rank = position > 1 ? UInt64(position) : 1
        var seen: UInt64 = 0
        for index in buckets.indices {
            seen += UInt64(buckets[index])
            if seen >= rank { return min(max(Histogram.middle(of: index), minimum), maximum) }
        }
        return maximum
    }

    package static func bucket(of value: UInt64) -> Int {
        guard value >> UInt64(firstExponent) > 0 else { return 0 }
        let exponent = 63 - value.leadingZeroBitCount
        let position = Int(truncatingIfNeeded: value >> UInt64(exponent - 4)) & (subBuckets - 1)
        return min((exponent - firstExponent) * subBuckets + position, bucketCount - 1)
    }

    /// The smallest value of a bucket, nanoseconds.
    package static func lowerBound(of bucket: Int) -> UInt64 {
        let exponent = firstExponent + bucket / subBuckets
        return (1 << UInt64(exponent)) + UInt64(bucket % subBuckets) << UInt64(exponent - 4)
    }

    private static func middle(of bucket: Int) -> UInt64 {
        let exponent = firstExponent + bucket / subBuckets
        let width = UInt64(1) << UInt64(exponent - 4)
        return (1 << UInt64(exponent)) + UInt64(bucket % subBuckets) * width + width / 2
    }
}
