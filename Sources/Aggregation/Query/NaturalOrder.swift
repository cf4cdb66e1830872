// Text in the order a person expects: "cart-9" before "cart-10", letters without regard to ASCII case. Numbers in it are
// compared by value, however long; texts that differ only in case or leading zeros are then ordered byte by byte, so that
// the order is total.

package enum NaturalOrder {
    /// Negative where `left` comes first, zero only where they are the same bytes.
    package static func compare(_ left: String, _ right: String) -> Int {
        compare(left.utf8.span, right.utf8.span)
    }

    /// The first 24 bytes of a spelling that byte by byte has the same order: a run of digits becomes "0", how many follow
    /// without leading zeros, and those. Where two differ they decide; where not, `compare` does. Every IPv4 address fits.
    struct Prefix {
        private var first: UInt64 = 0
        private var second: UInt64 = 0
        private var third: UInt64 = 0
        /// The whole text is in it, so the same prefix is the same text.
        private var isWhole = false

        init(_ text: String) {
            let bytes = text.utf8.span
            var index = 0
            var length = 0
            var isFaithful = true
            while index < bytes.count, length < 24 {
                guard isDigit(bytes[index]) else {
                    let byte = folded(bytes[index])
                    if byte != bytes[index] || byte == 0 { isFaithful = false }
                    append(byte, &length)
                    index += 1
                    continue
                }
                if bytes[index] == UInt8(ascii: "0") { isFaithful = isFaithful && (index + 1 == bytes.count || !isDigit(bytes[index + 1])) }
                while index < bytes.count, bytes[index] == UInt8(ascii: "0") { index += 1 }
                var end = index
                while end < bytes.count, isDigit(bytes[end]) { end += 1 }
                append(UInt8(ascii: "0"), &length)
                append(UInt8(clamping: end - index), &length)
                // Longer numbers than a byte can count are left to `compare`.
                guard end - index < 255 else { return }
                while index < end {
                    append(bytes[index], &length)
                    index += 1
                }
            }
            isWhole = isFaithful && index == bytes.count && length <= 24
        }

        private mutating func append(_ byte: UInt8, _ length: inout Int) {
            let value = UInt64(byte) << UInt64(56 - length % 8 * 8)
            switch length / 8 {
            case 0: first |= value
            case 1: second |= value
            case 2: third |= value
            default: break
            }
            length += 1
        }

        /// Negative or positive where the prefixes decide, 0 where they tell that the texts are the same, else nil.
        @inline(__always)
        static func compare(_ left: Prefix, _ right: Prefix) -> Int? {
            if left.first != right.first { return left.first < right.first ? -1 : 1 }
            if left.second != right.second { return left.second < right.second ? -1 : 1 }
            if left.third != right.third { return left.third < right.third ? -1 : 1 }
            return left.isWhole && right.isWhole ? 0 : nil
        }
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
