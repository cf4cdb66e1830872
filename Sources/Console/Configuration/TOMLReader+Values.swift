// Values of TOML: texts of four kinds, numbers, true and false, lists and tables within a line.

import Aggregation

extension TOMLReader {
    mutating func value(depth: Int) throws(Wrong) -> TOMLNode {
        guard depth < TOMLReader.depth else {
            throw wrong("lists and tables stand too deep in each other", "write at most \(TOMLReader.depth) levels")
        }
        let line = line(of: position)
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return TOMLNode(value: .text(try text(mayBeLong: true)), line: line)
        case UInt8(ascii: "["): return TOMLNode(value: .array(try list(depth: depth)), line: line)
        case UInt8(ascii: "{"): return TOMLNode(value: .table(try table(depth: depth)), line: line)
        default: return TOMLNode(value: try scalar(), line: line)
        }
    }

    private mutating func list(depth: Int) throws(Wrong) -> [TOMLNode] {
        let start = position
        var nodes: [TOMLNode] = []
        position += 1
        while true {
            try skipBlankLines()
            if peek() == UInt8(ascii: "]") { break }
            guard peek() != nil else { throw wrong("a list has no end", "write ] behind it", at: start) }
            nodes.append(try value(depth: depth + 1))
            try skipBlankLines()
            if peek() == UInt8(ascii: ",") {
                position += 1
            } else if peek() != UInt8(ascii: "]") {
                // The next section's header, most likely.
                let isNext = peek() == UInt8(ascii: "[") && isFirst(position)
                throw wrong("a list has no end", "write a comma or ] behind each value", at: start, resume: isNext ? lineStart : nil)
            }
        }
        position += 1
        return nodes
    }

    /// Where the line of `position` begins.
    private var lineStart: Int { (bytes[..<position].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 }

    private mutating func table(depth: Int) throws(Wrong) -> [TOMLNode.Member] {
        let start = position
        let table = TOMLTable(line: line(of: start))
        position += 1
        skipBlanks()
        if peek() == UInt8(ascii: "}") {
            position += 1
            return []
        }
        inlineDepth += 1
        defer { inlineDepth -= 1 }
        guard inlineDepth <= TOMLReader.depth else {
            throw wrong("tables stand too deep in each other", "write at most \(TOMLReader.depth) levels")
        }
        while true {
            skipBlanks()
            try pair(in: table)
            skipBlanks()
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return table.members
            default: throw wrong("a table within a line has no end", "write } behind it, on the same line", at: start)
            }
        }
    }

    private mutating func scalar() throws(Wrong) -> TOMLNode.Value {
        let start = position
        while let byte = peek(), byte > 0x20, !",]}#".utf8.contains(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "": throw wrong("a value is missing", "write a text in quotes, a number, true, false or a list", at: start)
        default: break
        }
        let digits = word.replacing("_", with: "")
        let isSpaced = word.hasPrefix("_") || word.hasSuffix("_") || word.contains("__")
        let hasSign = digits.hasPrefix("+") || digits.hasPrefix("-")
        let magnitude = hasSign ? digits.dropFirst() : digits[...]
        if !isSpaced, let first = magnitude.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
            for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where magnitude.hasPrefix(prefix) && !hasSign {
                if let number = Int64(magnitude.dropFirst(2), radix: radix) { return .integer(number) }
            }
            let isPlain = magnitude == "0" || first != UInt8(ascii: "0")
            if isPlain, let number = Int64(digits) { return .integer(number) }
            let isFraction =
                magnitude.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) } && magnitude.utf8.contains { ".eE".utf8.contains($0) }
                && magnitude.utf8.last != UInt8(ascii: ".")
            if isFraction, isPlain || magnitude.hasPrefix("0.") || magnitude.hasPrefix("0e"), let number = Double(digits), number.isFinite {
                return .number(number)
            }
        }
        throw wrong("“\(word.prefix(40))” is no value", "put quotes around a text; there are no dates here", at: start)
    }

    // MARK: - Texts

    /// A text in quotes, in three of them also over several lines.
    mutating func text(mayBeLong: Bool) throws(Wrong) -> String {
        let start = position
        let quote = bytes[position]
        let isLong = mayBeLong && peek(1) == quote && peek(2) == quote
        position += isLong ? 3 : 1
        if isLong {
            if peek() == UInt8(ascii: "\r"), peek(1) == UInt8(ascii: "\n") { position += 1 }
            if peek() == UInt8(ascii: "\n") { position += 1 }
        }
        var text: [UInt8] = []
        while true {
            guard let byte = peek(), isLong || byte != UInt8(ascii: "\n") else {
                throw wrong("a text has no end", "write \(isLong ? "three quotes" : "a quote") behind it", at: start)
            }
            if byte == quote, !isLong || peek(1) == quote && peek(2) == quote {
                position += isLong ? 3 : 1
                // One or two quotes may stand before the three.
                while isLong, peek() == quote, text.suffix(2) != [quote, quote] {
                    text.append(quote)
                    position += 1
                }
                break
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                try escape(into: &text, isLong: isLong)
                continue
            }
            let isBreak = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n")
            guard byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t") || isLong && isBreak else {
                throw wrong("a control character stands in a text", "write it as \\u00XX")
            }
            text.append(byte)
            position += 1
        }
        guard let valid = String(validating: text, as: UTF8.self) else {
            throw wrong("a text is no UTF-8", "save the file as UTF-8", at: start)
        }
        return valid
    }

    private mutating func escape(into text: inout [UInt8], isLong: Bool) throws(Wrong) {
        let start = position
        let letter = peek(1)
        position += 2
        switch letter {
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(bytes[position - 1])
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = letter == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[min(position, bytes.count)..<min(position + count, bytes.count)]
            let isHex = digits.count == count && digits.allSatisfy { "0123456789abcdefABCDEF".utf8.contains($0) }
            guard isHex, let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(value) else {
                throw wrong("an escape names no character", "write \\u and 4, or \\U and 8 hexadecimal digits", at: start)
            }
            text += Array(String(scalar).utf8)
            position += count
        default:
            // A line that ends with a backslash goes on with the next that is not blank.
            position -= 1
            var end = position
            while end < bytes.count, " \t\r\n".utf8.contains(bytes[end]) { end += 1 }
            guard isLong, bytes[position..<end].contains(UInt8(ascii: "\n")) else {
                throw wrong("there is no such escape", "write \\\\ for a backslash, or use single quotes", at: start)
            }
            position = end
        }
    }
}
