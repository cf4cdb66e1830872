// Reads one JSON object (RFC 8259) whose values are numbers, texts, true, false or null: what a model's process writes on a
// line. Strict, because what is nearly JSON comes from a process that is not well: no NaN, no leading zero, no key twice,
// nothing nested, valid UTF-8. Bounded in members and in the bytes of a text; the caller bounds the line. A plain value.

package struct FlatObject: Sendable, Equatable {
    package enum Scalar: Sendable, Equatable {
        /// `natural` where the digits are a whole number that fits, so that a 64-bit id is exact.
        case number(Double, natural: UInt64?)
        case text(String)
        case bool(Bool)
        case null
    }

    package enum Failure: Error, Sendable, Hashable, CaseIterable {
        case notAnObject
        case nested
        case badNumber
        case badText
        case badWord
        case keyTwice
        case tooManyMembers
        case tooLong

        package var sentence: String {
            switch self {
            case .notAnObject: "not one JSON object"
            case .nested: "an object or an array within the object"
            case .badNumber: "not a JSON number"
            case .badText: "not a JSON text"
            case .badWord: "neither a number, a text, true, false nor null"
            case .keyTwice: "a key that stands twice"
            case .tooManyMembers: "more than \(FlatObject.memberLimit) keys"
            case .tooLong: "a text of more than \(FlatObject.textLimit) bytes"
            }
        }
    }

    package static let memberLimit = 32
    package static let textLimit = 256

    private var members: [(key: String, value: Scalar)] = []

    package init(_ bytes: ArraySlice<UInt8>) throws(Failure) {
        var reader = FlatObjectReader(bytes)
        members = try reader.members()
    }

    package subscript(key: String) -> Scalar? { members.first { $0.key == key }?.value }

    package var keys: [String] { members.map(\.key) }

    package static func == (left: FlatObject, right: FlatObject) -> Bool {
        left.members.elementsEqual(right.members) { $0.key == $1.key && $0.value == $1.value }
    }
}

private struct FlatObjectReader {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// Nil at the end.
    private var next: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

    mutating func members() throws(FlatObject.Failure) -> [(key: String, value: FlatObject.Scalar)] {
        var members: [(key: String, value: FlatObject.Scalar)] = []
        skipSpace()
        guard take("{") else { throw .notAnObject }
        skipSpace()
        if !take("}") {
            repeat {
                skipSpace()
                guard next == UInt8(ascii: "\"") else { throw .notAnObject }
                let key = try text()
                skipSpace()
                guard take(":") else { throw .notAnObject }
                skipSpace()
                let value = try scalar()
                skipSpace()
                guard members.count < FlatObject.memberLimit else { throw .tooManyMembers }
                guard !members.contains(where: { $0.key == key }) else { throw .keyTwice }
                members.append((key, value))
            } while take(",")
            guard take("}") else { throw .notAnObject }
        }
        skipSpace()
        guard next == nil else { throw .notAnObject }
        return members
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { place += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        place += 1
        return true
    }

    private mutating func scalar() throws(FlatObject.Failure) -> FlatObject.Scalar {
        guard let first = next else { throw .badWord }
        switch first {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "{"), UInt8(ascii: "["): throw .nested
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw .badWord
        }
    }

    private mutating func word(_ word: String, _ value: FlatObject.Scalar) throws(FlatObject.Failure) -> FlatObject.Scalar {
        guard bytes[place...].starts(with: word.utf8) else { throw .badWord }
        place += word.utf8.count
        return value
    }

    private mutating func number() throws(FlatObject.Failure) -> FlatObject.Scalar {
        let start = place
        _ = take("-")
        if !take("0") { try digits() }
        let end = place
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        let isWhole = place == end
        guard place - start <= FlatObject.textLimit else { throw .tooLong }
        let spelling = String(decoding: bytes[start..<place], as: UTF8.self)
        guard let value = Double(spelling), value.isFinite else { throw .badNumber }
        return .number(value, natural: isWhole ? UInt64(spelling) : nil)
    }

    private mutating func digits() throws(FlatObject.Failure) {
        let start = place
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
        guard place > start else { throw .badNumber }
    }

    /// From its quotation mark to the one that ends it.
    private mutating func text() throws(FlatObject.Failure) -> String {
        place += 1
        var content: [UInt8] = []
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else { throw .badText }
                return text
            case UInt8(ascii: "\\"): content += String(try escaped()).utf8
            case 0..<0x20: throw .badText
            default: content.append(byte)
            }
            guard content.count <= FlatObject.textLimit else { throw .tooLong }
        }
        throw .badText
    }

    private mutating func escaped() throws(FlatObject.Failure) -> Unicode.Scalar {
        guard let letter = next else { throw .badText }
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try unit()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // Half of a pair: the other one must follow.
            guard first < 0xdc00, take("\\"), take("u") else { throw .badText }
            let second = try unit()
            guard second >= 0xdc00, second < 0xe000 else { throw .badText }
            guard let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) else { throw .badText }
            return scalar
        default: throw .badText
        }
    }

    /// Four hexadecimal digits.
    private mutating func unit() throws(FlatObject.Failure) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw .badText }
            unit = unit << 4 | UInt32(digit)
            place += 1
        }
        return unit
    }
}
