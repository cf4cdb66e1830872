// Round numbers on a logarithmic scale of durations: 1, 2 and 5 times a power of ten.

import Aggregation

enum LogScale {
    /// The roundest duration in a range of nanoseconds: a power of ten before five times one before twice one; nil for none.
    static func mark(in range: Range<UInt64>) -> UInt64? {
        for factor in [1, 5, 2] as [UInt64] {
            if let mark = powers.map({ $0 * factor }).first(where: range.contains) { return mark }
        }
        return nil
    }

    /// From 1 µs to 100 s: a histogram's range.
    static let powers: [UInt64] = (3...11).map { (0..<$0).reduce(UInt64(1)) { power, _ in power * 10 } }

    static func label(_ nanoseconds: UInt64) -> String { Rendering.duration(Double(nanoseconds)) }
}
