// The identity that Kubernetes gave a thing, in 16 bytes. UIDs are UUIDs; should one be something else, it is hashed to as
// many bits, which for what is asked here (is it the same thing as before?) is as good.

struct UID: Sendable, Hashable {
    private var high: UInt64
    private var low: UInt64

    init(_ text: String) {
        var value: UInt128 = 0
        var digits = 0
        for byte in text.utf8 where byte != UInt8(ascii: "-") {
            guard let digit = UID.digit(byte), digits < 32 else {
                self = UID(hashing: text)
                return
            }
            value = value << 4 | UInt128(digit)
            digits += 1
        }
        guard digits == 32 else {
            self = UID(hashing: text)
            return
        }
        high = UInt64(truncatingIfNeeded: value >> 64)
        low = UInt64(truncatingIfNeeded: value)
    }

    /// FNV-1a of 128 bits.
    private init(hashing text: String) {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
        high = UInt64(truncatingIfNeeded: hash >> 64)
        low = UInt64(truncatingIfNeeded: hash)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
