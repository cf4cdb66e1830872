// The last minute of a series, a value a second, so that an anomaly can show what was before it. In the code of `History`, 128 bytes.

struct Trail: Sendable {
    static let seconds = 64

    private var codes = InlineArray<64, UInt16>(repeating: 0)
    private var head: UInt8 = 0
    private(set) var count: UInt8 = 0

    /// `value` held for the newest `seconds`.
    mutating func record(_ value: Double, seconds: Int) {
        let code = History.encode(value)
        for _ in 0..<min(max(1, seconds), Trail.seconds) {
            codes[Int(head)] = code
            head = (head + 1) % UInt8(Trail.seconds)
            if count < Trail.seconds { count += 1 }
        }
    }

    /// Oldest first.
    var values: [Double] {
        (0..<Int(count)).map { age in
            History.decode(codes[(Int(head) + 2 * Trail.seconds - Int(count) + age) % Trail.seconds])
        }
    }

    /// Small values need a finer scale than `History` has: shares are kept in millionths, rates in thousandths.
    static func factor(of unit: Field.Unit) -> Double {
        switch unit {
        case .ratio: 1e6
        case .perSecond, .bytesPerSecond, .none, .scalar: 1e3
        case .count, .bytes, .nanoseconds: 1
        }
    }
}
