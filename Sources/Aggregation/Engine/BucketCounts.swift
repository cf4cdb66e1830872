// Counts of histogram buckets on their way from the kernel's key to rows: signed, because a duration that was told too early
// is taken back. `BucketCounts` waits for an account; one `BucketPool` is where an account's are dealt out.

struct BucketCounts: Sendable {
    private(set) var counts: ContiguousArray<(bucket: UInt16, count: Int64)> = []

    var isEmpty: Bool { counts.isEmpty }

    mutating func add(_ buckets: [RequestSample.Bucket]) {
        for bucket in buckets { add(Int64(bucket.count), bucket: Int(bucket.bucket)) }
        // A key may be told of often in one interval: no more than a histogram has buckets stay.
        if counts.count > 4 * Histogram.bucketCount { merge() }
    }

    mutating func add(_ count: Int64, bucket: Int) {
        guard count != 0 else { return }
        counts.append((UInt16(clamping: min(bucket, Histogram.bucketCount - 1)), count))
    }

    mutating func removeAll() { counts.removeAll(keepingCapacity: false) }

    private mutating func merge() {
        var sums: [UInt16: Int64] = [:]
        for (bucket, count) in counts { sums[bucket, default: 0] += count }
        counts = ContiguousArray(sums.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
}

/// A whole histogram's worth of signed counts, used for one account after the other.
struct BucketPool: Sendable {
    private var counts = ContiguousArray<Int64>(repeating: 0, count: Histogram.bucketCount)
    /// Buckets that were ever put in since it was last empty, in order once `load` is done.
    private(set) var used: ContiguousArray<UInt16> = []
    /// The exact largest value, and the bucket it is in.
    private var largest: UInt64 = 0

    subscript(bucket: Int) -> Int64 { counts[bucket] }

    mutating func load(_ pending: BucketCounts, largest: UInt64) {
        self.largest = largest
        for (bucket, count) in pending.counts {
            if counts[Int(bucket)] == 0 { used.append(bucket) }
            counts[Int(bucket)] += count
        }
        used.sort()
    }

    /// What is left, and an empty pool.
    mutating func unload() -> BucketCounts {
        var rest = BucketCounts()
        for bucket in used {
            rest.add(counts[Int(bucket)], bucket: Int(bucket))
            counts[Int(bucket)] = 0
        }
        used.removeAll(keepingCapacity: true)
        return rest
    }

    /// Takes up to `wanted` out of a bucket that has them.
    mutating func take(_ wanted: UInt64, bucket: Int) -> UInt32 {
        let taken = min(wanted, UInt64(max(0, counts[bucket])), UInt64(UInt32.max))
        counts[bucket] -= Int64(taken)
        return UInt32(taken)
    }

    /// Puts back what a row gave up.
    mutating func put(_ count: UInt32, bucket: Int) {
        guard count > 0 else { return }
        if counts[bucket] == 0, !used.contains(UInt16(bucket)) {
            used.append(UInt16(bucket))
            used.sort()
        }
        counts[bucket] += Int64(count)
    }

    /// What a value in the bucket is thought to be: the exact largest, where that is in it.
    func value(in bucket: Int) -> UInt64 {
        largest > 0 && Histogram.bucket(of: largest) == bucket ? largest : Histogram.middle(of: bucket)
    }
}
