// Reads JSON without Decodable, which asks of each value what it is by errors thrown and caught: twenty times the work, and on
// an emulated machine the tests would do nothing else. Strict as JSONDecoder is: what is no JSON is an error.

import Foundation

extension JSON {
    package init(_ text: some StringProtocol) throws {
        var reader = JSONReader(bytes: Array(text.utf8))
        self = try reader.document()
    }
}

private struct JSONReader {
    private static let space = Array(" \n\r\t".utf8)
    private static let endsWord = Array(",]} \n\r\t".utf8)

    let bytes: [UInt8]
    var at = 0

    mutating func document() throws -> JSON {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw wrong }
        return value
    }

    private var wrong: LabError {
        LabError("no JSON at byte \(at): \(String(decoding: bytes[max(0, at - 40)..<min(bytes.count, at + 40)], as: UTF8.self))")
    }

    private mutating func skipSpace() {
        while at < bytes.count, Self.space.contains(bytes[at]) { at += 1 }
    }

    /// The next byte that is no space, which stays unread.
    private mutating func peek() throws -> UInt8 {
        skipSpace()
        guard at < bytes.count else { throw wrong }
        return bytes[at]
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard try peek() == UInt8(ascii: character) else { throw wrong }
        at += 1
    }

    /// True, and the character is read, where it comes next.
    private mutating func takes(_ character: Unicode.Scalar) throws -> Bool {
        guard try peek() == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func value() throws -> JSON {
        switch try peek() {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): .string(try string())
        default: try word()
        }
    }

    private mutating func object() throws -> JSON {
        var members: [String: JSON] = [:]
        try expect("{")
        if try takes("}") { return .object(members) }
        repeat {
            _ = try peek()
            let key = try string()
            try expect(":")
            members[key] = try value()
        } while try takes(",")
        try expect("}")
        return .object(members)
    }

    private mutating func array() throws -> JSON {
        var elements: [JSON] = []
        try expect("[")
        if try takes("]") { return .array(elements) }
        repeat { elements.append(try value()) } while try takes(",")
        try expect("]")
        return .array(elements)
    }

    private mutating func string() throws -> String {
        try expect("\"")
        let start = at
        var isPlain = true
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            guard bytes[at] >= 0x20 else { throw wrong }
            if bytes[at] == UInt8(ascii: "\\") {
                isPlain = false
                at += 1
            }
            at += 1
        }
        guard at < bytes.count else { throw wrong }
        at += 1
        if isPlain {
            guard let text = String(validating: bytes[start..<(at - 1)], as: UTF8.self) else { throw wrong }
            return text
        }
        return try JSONDecoder().decode(String.self, from: Data(bytes[(start - 1)..<at]))
    }

    /// null, true, false or a number.
    private mutating func word() throws -> JSON {
        let start = at
        while at < bytes.count, !Self.endsWord.contains(bytes[at]) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            if let number = Int(text), !text.hasPrefix("+") { return .int(number) }
            // Swift's own reading of numbers knows more than JSON's: "nan", "0x1p3".
            guard text.allSatisfy({ "0123456789+-.eE".contains($0) }), let number = Double(text) else { throw wrong }
            return Int(exactly: number).map { .int($0) } ?? .double(number)
        }
    }
}
