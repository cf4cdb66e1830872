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

    /// RFC 1918 and RFC 6598 (100.64/10); unique local addresses (RFC 4193).
    package var isPrivate: Bool {
        guard isIPv4 else { return high >> 57 == 0x7e }
        return ipv4 >> 24 == 10 || ipv4 >> 20 == 0xac1 || ipv4 >> 16 == 0xc0a8 || ipv4 >> 22 == 0x191
    }

    package static func < (left: Address, right: Address) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Address: CustomStringConvertible {
    package var description: String {
        // Byte by byte: tables print and sort by many, and joining strings takes several times as long.
        var text = AddressText()
        if isIPv4 {
            for index: UInt32 in 0..<4 {
                if index > 0 { text.append(UInt8(ascii: ".")) }
                text.append(decimal: ipv4 >> (24 - 8 * index) & 255)
            }
            return text.string
        }
        let gap = longestZeroRun
        var index = 0
        while index < 8 {
            if let gap, index == gap.lowerBound {
                text.append(UInt8(ascii: ":"))
                text.append(UInt8(ascii: ":"))
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap?.upperBound { text.append(UInt8(ascii: ":")) }
            text.append(hexadecimal: group(index))
            index += 1
        }
        return text.string
    }

    private func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
    }

    /// The run of two or more zero groups that RFC 5952 §4.2 shortens: the longest, the first of equals.
    private var longestZeroRun: Range<Int>? {
        var best: Range<Int>?
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index >= 2, end - index > best?.count ?? 0 { best = index..<end }
            index = max(end, index + 1)
        }
        return best
    }
}

/// The letters of an address, at most 39.
private struct AddressText {
    private var bytes = InlineArray<40, UInt8>(repeating: 0)
    private var count = 0

    var string: String {
        String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<count { buffer[index] = bytes[index] }
            return count
        }
    }

    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    /// A number under 1000.
    mutating func append(decimal number: UInt32) {
        if number >= 100 { append(UInt8(ascii: "0") + UInt8(number / 100)) }
        if number >= 10 { append(UInt8(ascii: "0") + UInt8(number / 10 % 10)) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    mutating func append(hexadecimal number: UInt16) {
        var isLeading = true
        for index: UInt16 in 0..<4 {
            let digit = UInt8(number >> (12 - 4 * index) & 15)
            if digit == 0, isLeading, index < 3 { continue }
            isLeading = false
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
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
