// Bytes as the kernel's parsers get them: a window of just its size on the heap, zero behind the payload and then
// something that nobody may depend on.

import CProbes

struct Window {
    static let payload = Int(WINDOW_BYTES)
    private static let size = Int(WINDOW_BYTES) + Int(WINDOW_PADDING)

    private let bytes: [UInt8]
    let length: UInt32

    init(_ payload: some Sequence<UInt8>) {
        var bytes = Array(payload.prefix(Window.payload))
        length = UInt32(bytes.count)
        bytes += [UInt8](repeating: 0, count: Int(WINDOW_PADDING))
        bytes += [UInt8](repeating: UInt8(ascii: "\n"), count: Window.size - bytes.count)
        self.bytes = bytes
    }

    func read<Result>(_ body: (UnsafePointer<UInt8>, UInt32) -> Result) -> Result? {
        bytes.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { body($0, length) } }
    }
}

/// The first sixteen bytes, as the tap loads them.
struct Start {
    let first: UInt64
    let second: UInt64
    let length: UInt32

    init(_ bytes: some Collection<UInt8>) {
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 {
            bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
        }
        let start = bytes.prefix(Int(HTTP1_START_BYTES))
        first = word(start)
        second = word(start.dropFirst(8))
        length = UInt32(start.count)
    }

    var method: UInt32 { http1_method(first, second, length) }
    var status: UInt32 { http1_status(first, second, length) }
}

/// Random numbers that are the same at each run (SplitMix64, Steele et al. 2014), so that a failure can be looked at again.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &self) }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }
}
