// Text in the order a person expects: "cart-9" before "cart-10", letters without regard to ASCII case. Numbers in it are
// compared by value, however long; texts that differ only in case or leading zeros are then ordered byte by byte, so that
// the order is total.

package enum NaturalOrder {
    /// Negative where `left` comes first, zero only where they are the same bytes.
    package static func compare(_ left: String, _ right: String) -> Int {
        compare(left.utf8.span, right.utf8.span)
    }

    private typealias Bytes = Span<UInt8>

    private static func compare(_ left: Bytes, _ right: Bytes) -> Int {
        var first = 0
        var second = 0
        while first < left.count, second < right.count {
            if isDigit(left[first]), isDigit(right[second]) {
                let order = compareNumbers(left, &first, right, &second)
                if order != 0 { return order }
            } else {
                let order = Int(folded(left[first])) - Int(folded(right[second]))
                if order != 0 { return order }
                first += 1
                second += 1
            }
        }
        let rest = (left.count - first) - (right.count - second)
        if rest != 0 { return rest }
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return Int(left[index]) - Int(right[index])
        }
        return left.count - right.count
    }

    /// Compares two runs of digits by value and steps behind them: without leading zeros the longer is the larger.
    private static func compareNumbers(_ left: Bytes, _ first: inout Int, _ right: Bytes, _ second: inout Int) -> Int {
        while first < left.count, left[first] == UInt8(ascii: "0") { first += 1 }
        while second < right.count, right[second] == UInt8(ascii: "0") { second += 1 }
        var order = 0
        while true {
            let more = first < left.count && isDigit(left[first])
            let other = second < right.count && isDigit(right[second])
            guard more, other else { return more ? 1 : other ? -1 : order }
            if order == 0 { order = Int(left[first]) - Int(right[second]) }
            first += 1
            second += 1
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    static func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
