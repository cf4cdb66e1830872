// A strict reader of JSON (RFC 8259) for tests: nil for anything else, duplicate keys included.

@testable import Aggregation

extension JSONValue {
    init?(parsing text: String) {
        var reader = JSONReader(scalars: Array(text.unicodeScalars))
        guard let value = reader.value() else { return nil }
        reader.skipSpace()
        guard reader.position == reader.scalars.count else { return nil }
        self = value
    }

    var members: [Member] { if case .object(let members) = self { members } else { [] } }
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
    var string: String? { if case .string(let text) = self { text } else { nil } }
}

private struct JSONReader {
    let scalars: [Unicode.Scalar]
    var position = 0

    mutating func skipSpace() { while let next = peek, " \n\r\t".unicodeScalars.contains(next) { position += 1 } }
    var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ text: String) -> Bool {
        guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    mutating func value() -> JSONValue? {
        skipSpace()
        switch peek {
        case "{": return object()
        case "[": return array()
        case "\"": return string().map { .string($0) }
        case "t": return take("true") ? .bool(true) : nil
        case "f": return take("false") ? .bool(false) : nil
        case "n": return take("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object() -> JSONValue? {
        guard take("{") else { return nil }
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard let key = string(), !members.contains(where: { $0.key == key }) else { return nil }
            skipSpace()
            guard take(":"), let value = value() else { return nil }
            members.append(.init(key, value))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { return nil }
        }
    }

    private mutating func array() -> JSONValue? {
        guard take("[") else { return nil }
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        while true {
            guard let value = value() else { return nil }
            elements.append(value)
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { return nil }
        }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var units: [UInt16] = []
        while let next = peek {
            position += 1
            switch next {
            case "\"": return String(validating: units, as: UTF16.self)
            case "\\":
                guard let escaped = peek else { return nil }
                position += 1
                switch escaped {
                case "\"", "\\", "/": units.append(UInt16(escaped.value))
                case "b": units.append(8)
                case "f": units.append(12)
                case "n": units.append(10)
                case "r": units.append(13)
                case "t": units.append(9)
                case "u":
                    guard position + 4 <= scalars.count,
                        let unit = UInt16(String(String.UnicodeScalarView(scalars[position..<position + 4])), radix: 16)
                    else { return nil }
                    position += 4
                    units.append(unit)
                default: return nil
                }
            default:
                guard next.value >= 0x20 else { return nil }
                units += Array(String(next).utf16)
            }
        }
        return nil
    }

    private mutating func number() -> JSONValue? {
        let start = position
        func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
        _ = take("-")
        guard isDigit(peek) else { return nil }
        if !take("0") { while isDigit(peek) { position += 1 } }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard isDigit(peek) else { return nil }
            while isDigit(peek) { position += 1 }
        }
        if take("e") || take("E") {
            isWhole = false
            _ = take("+") || take("-")
            guard isDigit(peek) else { return nil }
            while isDigit(peek) { position += 1 }
        }
        let text = String(String.UnicodeScalarView(scalars[start..<position]))
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        return Double(text).map { .number($0) }
    }
}
