// Reads what `PayloadWriter` wrote, and survives everything else: each read either gives a value or throws, no length is
// believed beyond its limit, and text that is no UTF-8 is repaired.

struct PayloadReader: Sendable {
    private let bytes: [UInt8]
    private(set) var position = 0
    /// Where the present event began; errors carry it.
    private var eventStart = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func beginEvent() { eventStart = position }

    func error(_ reason: RecordingError.Reason) -> RecordingError { RecordingError(reason, offset: eventStart) }

    mutating func byte() throws(RecordingError) -> UInt8 {
        guard position < bytes.count else { throw error(.cutShort) }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func varint() throws(RecordingError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            // The tenth byte has room for one bit.
            if shift == 63, next > 1 { throw error(.outOfRange("number")) }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
        }
        throw error(.outOfRange("number"))
    }

    mutating func varint<Integer: FixedWidthInteger>(
        _ field: StaticString, as type: Integer.Type = Integer.self
    ) throws(RecordingError) -> Integer {
        guard let value = Integer(exactly: try varint()) else { throw error(.outOfRange("\(field)")) }
        return value
    }

    mutating func difference(from base: UInt64) throws(RecordingError) -> UInt64 {
        let code = try varint()
        return base &+ UInt64(bitPattern: Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1))
    }

    /// A share of processors: finite and not negative, which also keeps it drawable.
    mutating func ratio() throws(RecordingError) -> Double {
        var pattern: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 8) { pattern |= UInt64(try byte()) << shift }
        let value = Double(bitPattern: pattern)
        guard value >= 0, value <= 1e6 else { throw error(.outOfRange("share of processors")) }
        return value
    }

    mutating func text() throws(RecordingError) -> String {
        let count = try varint()
        guard count <= RecordingLimits.textBytes else { throw error(.outOfRange("text's length")) }
        guard bytes.count - position >= Int(count) else { throw error(.cutShort) }
        defer { position += Int(count) }
        return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
    }

    mutating func address() throws(RecordingError) -> Address {
        switch try byte() {
        case 4: return Address(ipv4: UInt32(truncatingIfNeeded: try bigEndian(count: 4)))
        case 6: return Address(high: try bigEndian(count: 8), low: try bigEndian(count: 8))
        default: throw error(.outOfRange("address family"))
        }
    }

    mutating func command() throws(RecordingError) -> CommandName {
        let count = try byte()
        guard count <= 16 else { throw error(.outOfRange("process name's length")) }
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<UInt64(count) {
            let next = UInt64(try byte()) << (8 * (index % 8))
            if index < 8 { halves.0 |= next } else { halves.1 |= next }
        }
        return CommandName(first: halves.0, second: halves.1)
    }

    mutating func key() throws(RecordingError) -> FlowKey {
        let sides = try byte()
        guard let direction = Direction(rawValue: sides & ~EventCodec.Present.udp) else { throw error(.outOfRange("direction")) }
        let cgroup = try varint()
        let command = try command()
        let netns = try varint("network namespace", as: UInt32.self)
        let peer = try address()
        return FlowKey(
            cgroup: cgroup, command: command, netns: netns, direction: direction,
            transport: sides & EventCodec.Present.udp == 0 ? .tcp : .udp, peer: peer, port: try varint("port", as: UInt16.self))
    }

    private mutating func bigEndian(count: Int) throws(RecordingError) -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<count { value = value << 8 | UInt64(try byte()) }
        return value
    }
}
