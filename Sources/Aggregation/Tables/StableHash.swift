// 64-bit hashes that are the same at every run, so that a replay estimates what the live node did; the standard library's are seeded
// anew by each process. Good enough to count distinct values with; who chooses values on purpose can make an estimate wrong, no more.

enum StableHash {
    /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input changes each of the output with even chance.
    static func of(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    static func of(_ address: Address) -> UInt64 { of(address.low ^ of(address.high)) }

    /// Eight bytes at a time, each word mixed into what came before; the length last, so that zeros at the end count.
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0
        var place = 0
        while place + 8 <= bytes.count {
            hash = of(hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            place += 8
        }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        return of(of(hash ^ rest) ^ UInt64(bytes.count))
    }
}
