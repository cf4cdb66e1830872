// An input read from its front: a few bytes choose, the rest is what the parser gets. At its end it gives zeros and nothing.

struct Input {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isAtEnd: Bool { bytes.isEmpty }
    var rest: [UInt8] { Array(bytes) }
    /// As everything that comes from outside: what is no UTF-8 is repaired.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }
    mutating func number(below limit: Int) -> Int { (Int(byte()) << 8 | Int(byte())) % max(1, limit) }
    mutating func choice<Element>(_ elements: [Element]) -> Element { elements[Int(byte()) % elements.count] }

    /// Bytes up to a zero byte or the end.
    mutating func piece() -> [UInt8] {
        let piece = Array(bytes.prefix { $0 != 0 })
        bytes = bytes.dropFirst(piece.count + 1)
        return piece
    }
}
