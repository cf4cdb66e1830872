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

    /// Of a text, byte by byte: eight make a word, each word is mixed into what came before, and the length last, so that zeros count.
    struct Text: Sendable {
        private var hash: UInt64 = 0
        private var word: UInt64 = 0
        private var count: UInt64 = 0

        init() {}

        mutating func add(_ byte: UInt8) {
            word = word << 8 | UInt64(byte)
            count &+= 1
            guard count & 7 == 0 else { return }
            hash = StableHash.of(hash ^ word)
            word = 0
        }

        var value: UInt64 { StableHash.of(StableHash.of(hash ^ word) ^ count) }
    }
}
