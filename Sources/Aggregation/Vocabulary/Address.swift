// An IP address as 16 bytes; IPv4 is held v4-mapped (RFC 4291 §2.5.5.2), so that one key serves both families.
// A pure value. It prints as RFC 5952 asks, and an IPv4 address prints as IPv4.

package struct Address: Hashable, Sendable, BitwiseCopyable, Comparable {
    /// The first eight bytes of the address, read in network order.
    package var high: UInt64
    /// The last eight bytes of the address, read in network order.
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(ipv4 address: UInt32) {
        high = 0
        low = 0x0000_ffff_0000_0000 | UInt64(address)
    }

    package static let unspecified = Address(high: 0, low: 0)

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
    package var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }

    package var isLoopback: Bool { isIPv4 ? ipv4 >> 24 == 127 : high == 0 && low == 1 }
    package var isUnspecified: Bool { isIPv4 ? ipv4 == 0 : high == 0 && low == 0 }
    /// fe80::/10 and 169.254/16: addresses that mean something on one link only.
    package var isLinkLocal: Bool { isIPv4 ? ipv4 >> 16 == 0xa9fe : high >> 54 == 0x3fa }

    package static func < (left: Address, right: Address) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Address: CustomStringConvertible {
    package var description: String {
        if isIPv4 {
            // Joined, not interpolated: fifteen bytes fit into a String without an allocation, and tables print many.
            return String(ipv4 >> 24) + "." + String(ipv4 >> 16 & 255) + "." + String(ipv4 >> 8 & 255) + "." + String(ipv4 & 255)
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
        guard let gap = Address.longestZeroRun(in: groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let head = groups[..<gap.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
        let tail = groups[gap.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
        return head + "::" + tail
    }

    /// The run of two or more zero groups that RFC 5952 §4.2 shortens: the longest, the first of equals.
    private static func longestZeroRun(in groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var index = 0
        while index < groups.count {
            var end = index
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - index >= 2, end - index > best?.count ?? 0 { best = index..<end }
            index = max(end, index + 1)
        }
        return best
    }
}

extension Address {
    /// Reads "10.0.0.1", "fe80::1" or "::ffff:10.0.0.1"; nil for anything else.
    package init?(_ text: some StringProtocol) {
        if let address = Address.parseIPv4(text) {
            self.init(ipv4: address)
            return
        }
        var groups: [UInt16] = []
        var gap: Int?
        var fields = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        guard fields.count >= 3, fields.count <= 9 else { return nil }
        if fields.first == "" {
            guard fields.dropFirst().first == "" else { return nil }
            fields = fields.dropFirst()
        }
        if fields.last == "" {
            guard fields.dropLast().last == "" else { return nil }
            fields = fields.dropLast()
        }
        for (offset, field) in fields.enumerated() {
            if field.isEmpty {
                guard gap == nil else { return nil }
                gap = groups.count
            } else if offset == fields.count - 1, let tail = Address.parseIPv4(field) {
                groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
            } else {
                // The initialiser of integers takes signs.
                guard field.count <= 4, field.allSatisfy({ $0.isASCII && $0.isHexDigit }), let group = UInt16(field, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        self.init(
            high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }, low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) })
    }

    private static func parseIPv4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            // A leading zero is octal to some readers and nothing to others: refused, as inet_pton refuses it.
            guard (1...3).contains(part.count), part.allSatisfy({ $0.isASCII && $0.isNumber }), part.count == 1 || part.first != "0",
                let byte = UInt8(part)
            else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }
}
