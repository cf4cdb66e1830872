// An address or a range of them: "10.0.0.1", "10.0.0.0/24", "fd00::/8" (RFC 4632, RFC 4291 §2.3).

package struct Network: Sendable, Hashable {
    private var address: Address
    private var high: UInt64
    private var low: UInt64

    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = Address(first) else { return nil }
        var bits = 128
        if parts.count > 1 {
            // The initialiser of integers takes signs.
            guard parts[1].count <= 3, parts[1].allSatisfy({ $0.isASCII && $0.isNumber }), let length = Int(parts[1]) else { return nil }
            bits = address.isIPv4 ? length + 96 : length
            guard length <= (address.isIPv4 ? 32 : 128) else { return nil }
        }
        high = bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
        low = bits <= 64 ? 0 : bits == 128 ? .max : ~(UInt64.max >> UInt64(bits - 64))
        self.address = Address(high: address.high & high, low: address.low & low)
    }

    package func contains(_ address: Address) -> Bool {
        address.high & high == self.address.high && address.low & low == self.address.low
    }
}
