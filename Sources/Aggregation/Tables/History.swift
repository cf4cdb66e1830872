// Five minutes of one-second buckets a row, for sparklines: one flat array for a whole table, so that publishing it is
// one copy of plain bytes. Each bucket is a 16-bit float of its own kind: value = 2^(code/1024) - 1, so the error is at most
// 2^(1/2048) - 1 = 0.034 % of value + 1 (half of the smallest step, where that is more) and the range reaches 2^64.
// Zero is exactly zero, and nothing else is.

package struct History: Sendable {
    package static let seconds = Limits.historySeconds

    private var buckets: ContiguousArray<UInt16> = []
    /// The bucket of the newest second, the same for all rows.
    private var head = 0
    /// How many seconds were ever advanced; a row added later reads zeros before its time.
    package private(set) var recorded = 0

    package init() {}

    package mutating func appendRow() {
        buckets.append(contentsOf: repeatElement(0, count: History.seconds))
    }

    package mutating func clearRow(_ row: Int) {
        for index in row * History.seconds..<(row + 1) * History.seconds { buckets[index] = 0 }
    }

    /// Moves the last row into `row`'s place and forgets the last, as `Table.remove` does with rows.
    package mutating func replaceWithLast(_ row: Int) {
        let last = buckets.count - History.seconds
        for offset in 0..<History.seconds { buckets[row * History.seconds + offset] = buckets[last + offset] }
        buckets.removeLast(History.seconds)
    }

    /// Starts `count` new seconds, empty in every row.
    package mutating func advance(_ count: Int) {
        guard count > 0 else { return }
        recorded += count
        let rows = buckets.count / History.seconds
        for _ in 0..<min(count, History.seconds) {
            head = (head + 1) % History.seconds
            for row in 0..<rows { buckets[row * History.seconds + head] = 0 }
        }
    }

    /// Sets the newest `count` seconds of a row to `rate` a second.
    package mutating func record(_ rate: Double, row: Int, seconds count: Int = 1) {
        let code = History.encode(rate)
        for age in 0..<min(count, History.seconds) {
            buckets[row * History.seconds + (head + History.seconds - age) % History.seconds] = code
        }
    }

    /// Sets one second of a row, `age` seconds before the newest.
    mutating func record(_ rate: Double, row: Int, age: Int) {
        guard age < History.seconds else { return }
        buckets[row * History.seconds + (head + History.seconds - age) % History.seconds] = History.encode(rate)
    }

    /// The newest `count` seconds of a row, oldest first; zeros of a row that it does not know.
    package func values(row: Int, last count: Int) -> [Double] {
        let count = min(count, History.seconds)
        guard (row + 1) * History.seconds <= buckets.count else { return Array(repeating: 0, count: count) }
        return (0..<count).map { offset in
            let age = count - 1 - offset
            return History.decode(buckets[row * History.seconds + (head + History.seconds - age) % History.seconds])
        }
    }

    static func encode(_ value: Double) -> UInt16 {
        guard value > 0 else { return 0 }
        return UInt16(min(65_535, max(1, (Binary.log2(value + 1) * 1024).rounded())))
    }

    static func decode(_ code: UInt16) -> Double {
        code == 0 ? 0 : Binary.exp2(Double(code) / 1024) - 1
    }
}
