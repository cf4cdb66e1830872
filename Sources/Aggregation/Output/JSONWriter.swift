// Writes JSON (RFC 8259) as bytes, one value after another; the caller pairs `begin` with `end`. It keeps the commas.
// Text is safe on a terminal as it stands: what `String.printable` would write out is escaped here as \uXXXX.
// Numbers follow RFC 8785 §3.2.2.3 (ECMAScript): shortest digits that read back the same, an exponent only from 1e21
// and below 1e-6.

package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func beginObject() { begin("{") }
    package mutating func endObject() { end("}") }
    package mutating func beginArray() { begin("[") }
    package mutating func endArray() { end("]") }

    package mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func null() { literal("null") }

    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    package mutating func integer(_ value: some FixedWidthInteger) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(clamping: value.magnitude)
        let start = bytes.count
        repeat {
            bytes.append(UInt8(truncatingIfNeeded: 48 + rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// The number, or null where JSON has none for it (NaN, infinity); returns whether it could be said.
    @discardableResult
    package mutating func number(_ value: Double) -> Bool {
        guard value.isFinite else {
            null()
            return false
        }
        if let whole = Int64(exactly: value), abs(value) < 9_007_199_254_740_992 {
            integer(whole)
        } else {
            literal(JSONWriter.decimal(value))
        }
        return true
    }

    package mutating func time(_ wall: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes += CivilTime(nanosecondsSince1970: wall).rfc3339Bytes
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.withContiguousStorageIfAvailable { utf8 in
            for byte in utf8 where !JSONWriter.isPlain(byte) { return false }
            bytes.append(contentsOf: utf8)
            return true
        }
        if isPlain != true { for scalar in text.unicodeScalars { append(scalar) } }
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// Bytes that are JSON as they stand: members written before, each with its comma.
    mutating func fragment(_ json: [UInt8], endsWithKey: Bool) {
        bytes += json
        needsComma = !endsWithKey
    }

    /// Ends a line of a stream of JSON lines.
    package mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }
}

extension JSONWriter {
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func begin(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func end(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes += text.utf8
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": bytes += "\\\"".utf8
        case "\\": bytes += "\\\\".utf8
        case "\n": bytes += "\\n".utf8
        case "\r": bytes += "\\r".utf8
        case "\t": bytes += "\\t".utf8
        default:
            guard scalar.misleadsTerminal else {
                bytes += String(scalar).utf8
                return
            }
            for unit in String(scalar).utf16 {
                bytes += "\\u".utf8
                for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(JSONWriter.hexDigit(unit >> shift & 15)) }
            }
        }
    }

    private static func hexDigit(_ nibble: UInt16) -> UInt8 {
        UInt8(truncatingIfNeeded: nibble < 10 ? 48 + nibble : 87 + nibble)
    }

    /// Swift prints the shortest digits that read back the same; this only moves the point, as ECMAScript does.
    static func decimal(_ value: Double) -> String {
        let text = Array(value.magnitude.description.utf8)
        let mark = text.firstIndex(of: UInt8(ascii: "e")) ?? text.endIndex
        let mantissa = text[..<mark]
        let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mantissa.endIndex
        let exponent = Int(String(decoding: text[mark...].dropFirst(), as: UTF8.self)) ?? 0
        var digits = mantissa.filter { $0 != UInt8(ascii: ".") }
        // The value is 0.DIGITS × 10^magnitude.
        var magnitude = point + exponent
        while digits.count > 1, digits.first == 48 {
            digits.removeFirst()
            magnitude -= 1
        }
        while digits.count > 1, digits.last == 48 { digits.removeLast() }

        let zero = UInt8(ascii: "0")
        var result: [UInt8] = value.sign == .minus ? [UInt8(ascii: "-")] : []
        switch magnitude {
        case digits.count...21 where digits.count <= 21:
            result += digits + repeatElement(zero, count: magnitude - digits.count)
        case 1...21:
            result += digits[..<magnitude] + [UInt8(ascii: ".")] + digits[magnitude...]
        case -5...0:
            result += "0.".utf8
            result += repeatElement(zero, count: -magnitude) + digits
        default:
            result.append(digits[0])
            if digits.count > 1 { result += [UInt8(ascii: ".")] + digits[1...] }
            result += "e\(magnitude - 1 < 0 ? "-" : "+")\(abs(magnitude - 1))".utf8
        }
        return String(decoding: result, as: UTF8.self)
    }
}
