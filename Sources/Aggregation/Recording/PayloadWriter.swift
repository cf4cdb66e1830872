// Appends the plain kinds that events are made of. Integers are varints (LEB128), differences zig-zag, so that small
// ones take one byte; addresses take 4 bytes or 16.

struct PayloadWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func varint(_ value: some UnsignedInteger & FixedWidthInteger) {
        var value = UInt64(value)
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    /// `value` as its wrapping distance from `base`: exact for any two.
    mutating func difference(_ value: UInt64, from base: UInt64) {
        let distance = Int64(bitPattern: value &- base)
        varint(UInt64(bitPattern: (distance << 1) ^ (distance >> 63)))
    }

    /// What is no share of processors (not a number, negative) is written as the nearest that is.
    mutating func ratio(_ value: Double) {
        let pattern = (value.isNaN ? 0 : max(0, min(value, 1e6))).bitPattern
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: pattern >> shift)) }
    }

    mutating func text(_ text: String) {
        let utf8 = text.utf8.count > RecordingLimits.textBytes ? PayloadWriter.prefix(of: text) : text[...]
        varint(UInt64(utf8.utf8.count))
        bytes += utf8.utf8
    }

    mutating func address(_ address: Address) {
        if address.isIPv4 {
            byte(4)
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: address.ipv4 >> shift)) }
        } else {
            byte(6)
            for half in [address.high, address.low] {
                for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(shift))) }
            }
        }
    }

    mutating func command(_ command: CommandName) {
        var count = 16
        func byte(at index: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: (index < 8 ? command.first : command.second) >> UInt64(8 * (index % 8)))
        }
        while count > 0, byte(at: count - 1) == 0 { count -= 1 }
        bytes.append(UInt8(truncatingIfNeeded: count))
        for index in 0..<count { bytes.append(byte(at: index)) }
    }

    mutating func key(_ key: FlowKey) {
        byte(key.direction.rawValue | (key.transport == .udp ? EventCodec.Present.udp : 0))
        varint(key.cgroup)
        command(key.command)
        varint(key.netns)
        address(key.peer)
        varint(key.port)
    }

    /// The longest beginning of whole scalars that fits.
    private static func prefix(of text: String) -> Substring {
        let scalars = text.unicodeScalars
        var end = scalars.startIndex
        var count = 0
        while end < scalars.endIndex {
            count += UTF8.width(scalars[end])
            if count > RecordingLimits.textBytes { break }
            end = scalars.index(after: end)
        }
        return text[..<end]
    }
}
