// A log-linear histogram of durations: 16 buckets an octave from 1 µs to 137 s, so a quantile is within 1/32 = 3.1 % of a
// value that was recorded. Recorded values outside are kept in the first or last bucket and in `minimum` and `maximum`.
// After HdrHistogram's idea (Tene). Only the octaves between the smallest and the largest value are held: 64 bytes each, so
// that thousands of rows, whose values lie close together, stay small. The kernel counts in the same buckets.

package struct Histogram: Sendable {
    /// The stated error of every quantile inside the range.
    package static let relativeError = 1.0 / 32

    package static let subBuckets = 16
    /// 2^10 ns ≈ 1 µs; 27 octaves above it.
    package static let firstExponent = 10
    package static let bucketCount = 27 * subBuckets

    /// From bucket `first` on: whole octaves.
    private var buckets: ContiguousArray<UInt32> = []
    private var first = 0
    package private(set) var count: UInt64 = 0
    package private(set) var sum: UInt64 = 0
    /// Of what was recorded. Exact until something is removed: then no further out than the bounds of what is left.
    package private(set) var minimum: UInt64 = .max
    package private(set) var maximum: UInt64 = 0

    package init() {}

    package mutating func record(_ nanoseconds: UInt64, count repeats: UInt32 = 1) {
        add(repeats, bucket: Histogram.bucket(of: nanoseconds), like: nanoseconds)
    }

    /// Counts `repeats` more in a bucket whose values are not known, but `value` is as good as any of them.
    package mutating func add(_ repeats: UInt32, bucket: Int, like value: UInt64) {
        guard repeats > 0 else { return }
        reach(bucket)
        buckets[bucket - first] &+= repeats
        count &+= UInt64(repeats)
        sum &+= value &* UInt64(repeats)
        minimum = min(minimum, value)
        maximum = max(maximum, value)
    }

    /// Takes back up to `repeats` values of a bucket; gives how many it had. `value` is what one of them was thought to be.
    package mutating func remove(_ repeats: UInt32, bucket: Int, like value: UInt64) -> UInt32 {
        let removed = min(repeats, self[bucket])
        guard removed > 0 else { return 0 }
        buckets[bucket - first] -= removed
        count &-= UInt64(removed)
        let (product, overflow) = value.multipliedReportingOverflow(by: UInt64(removed))
        sum -= overflow ? sum : min(sum, product)
        guard count > 0, let lowest = buckets.firstIndex(where: { $0 > 0 }), let highest = buckets.lastIndex(where: { $0 > 0 }) else {
            self = Histogram()
            return removed
        }
        // The last bucket has no upper bound, and the first no lower one.
        if first + lowest > 0 { minimum = max(minimum, Histogram.lowerBound(of: first + lowest)) }
        if first + highest < Histogram.bucketCount - 1 {
            maximum = min(maximum, Histogram.lowerBound(of: first + highest + 1) - 1)
        }
        return removed
    }

    package mutating func merge(_ other: Histogram) {
        guard other.count > 0 else { return }
        reach(other.first)
        reach(other.first + other.buckets.count - 1)
        let offset = other.first - first
        for index in other.buckets.indices { buckets[offset + index] &+= other.buckets[index] }
        count &+= other.count
        sum &+= other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// How many values a bucket holds.
    package subscript(bucket: Int) -> UInt32 {
        bucket >= first && bucket - first < buckets.count ? buckets[bucket - first] : 0
    }

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
            if seen >= rank { return min(max(Histogram.middle(of: first + index), minimum), maximum) }
        }
        return maximum
    }

    /// The same over two histograms together, without making a third.
    package static func quantile(_ quantile: Double, of left: Histogram, _ right: Histogram) -> UInt64? {
        if right.count == 0 { return left.quantile(quantile) }
        if left.count == 0 { return right.quantile(quantile) }
        let minimum = min(left.minimum, right.minimum)
        let maximum = max(left.maximum, right.maximum)
        let position = (quantile * Double(left.count + right.count)).rounded(.up)
        guard position < Double(left.count + right.count) else { return maximum }
        let rank = position > 1 ? UInt64(position) : 1
        var seen: UInt64 = 0
        for bucket in min(left.first, right.first)..<max(left.first + left.buckets.count, right.first + right.buckets.count) {
            seen += UInt64(left[bucket]) + UInt64(right[bucket])
            if seen >= rank { return min(max(Histogram.middle(of: bucket), minimum), maximum) }
        }
        return maximum
    }

    /// Makes sure that the bucket's octave is held.
    private mutating func reach(_ bucket: Int) {
        let octave = bucket - bucket % Histogram.subBuckets
        if buckets.isEmpty { first = octave }
        if octave < first {
            buckets.insert(contentsOf: repeatElement(0, count: first - octave), at: 0)
            first = octave
        }
        let missing = octave + Histogram.subBuckets - first - buckets.count
        if missing > 0 { buckets.append(contentsOf: repeatElement(0, count: missing)) }
    }

    package static func bucket(of value: UInt64) -> Int {
        guard value >> UInt64(firstExponent) > 0 else { return 0 }
        let exponent = 63 - value.leadingZeroBitCount
        let position = Int(truncatingIfNeeded: value >> UInt64(exponent - 4)) & (subBuckets - 1)
        return min((exponent - firstExponent) * subBuckets + position, bucketCount - 1)
    }

    package static func lowerBound(of bucket: Int) -> UInt64 {
        let exponent = firstExponent + bucket / subBuckets
        return (1 << UInt64(exponent)) + UInt64(bucket % subBuckets) << UInt64(exponent - 4)
    }

    package static func middle(of bucket: Int) -> UInt64 {
        lowerBound(of: bucket) + (1 << UInt64(firstExponent + bucket / subBuckets - 4)) / 2
    }
}

extension Histogram: Equatable {
    /// The same values in the same buckets, however many octaves are held around them.
    package static func == (left: Histogram, right: Histogram) -> Bool {
        guard left.count == right.count, left.sum == right.sum, left.minimum == right.minimum, left.maximum == right.maximum else {
            return false
        }
        let lowest = min(left.first, right.first)
        let end = max(left.first + left.buckets.count, right.first + right.buckets.count)
        return (lowest..<end).allSatisfy { left[$0] == right[$0] }
    }
}
