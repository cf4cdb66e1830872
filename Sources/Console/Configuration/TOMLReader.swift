// Reads TOML (toml.io, 1.0) without its dates into a tree, and goes on behind a mistake: the section it is in is left out, and reading
// goes on at the next line that begins with “[”. Linear in the file's size, which is the caller's limit; docs/decisions/toml.md says
// why it is our own.

import Aggregation

struct TOMLReader {
    /// Sections that are left out before the rest of the file is given up.
    static let mistakes = 20
    /// Lists and tables inside each other, and parts of a key.
    static let depth = 16

    struct Wrong: Error {
        var offset: Int
        var sentence: String
        var remedy: String
        /// Headers are looked for again from here on.
        var resume: Int?
    }

    let bytes: [UInt8]
    var position = 0
    /// Tables within a line that are open.
    var inlineDepth = 0
    /// Where each line begins.
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    /// The members of the root table in the order of their lines, and what could not be read.
    static func read(_ bytes: [UInt8]) -> (members: [TOMLNode.Member], mistakes: [ConfigurationMistake]) {
        var reader = TOMLReader(bytes)
        return reader.document()
    }

    private mutating func document() -> (members: [TOMLNode.Member], mistakes: [ConfigurationMistake]) {
        var mistakes: [ConfigurationMistake] = []
        let root = TOMLTable(line: 1)
        var section = TOMLSection(table: root)
        while true {
            do throws(Wrong) {
                try skipBlankLines()
                guard let byte = peek() else { return (root.members, mistakes) }
                if byte == UInt8(ascii: "[") {
                    // What is wrong with a header leaves out what would stand below it.
                    section = TOMLSection(table: TOMLTable(line: 1))
                    section = try header(root)
                } else {
                    try pair(in: section.table)
                }
                try endOfLine()
            } catch {
                section.leaveOut()
                var mistake = ConfigurationMistake(
                    line: line(of: error.offset), sentence: error.sentence.printable,
                    remedy: error.remedy.printable + "; its section is left out")
                guard mistakes.count + 1 < TOMLReader.mistakes else {
                    mistake.remedy += ", and all that follows"
                    return (root.members, mistakes + [mistake])
                }
                mistakes.append(mistake)
                position = nextHeader(from: error.resume ?? lineEnd(from: error.offset))
                section = TOMLSection(table: TOMLTable(line: 1))
            }
        }
    }

    // MARK: - Places

    /// From 1.
    func line(of offset: Int) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    private func lineEnd(from offset: Int) -> Int { bytes[min(offset, bytes.count)...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count }

    /// The beginning of the first line from `offset` on that begins with “[”; the end where there is none.
    private func nextHeader(from offset: Int) -> Int {
        let first = line(of: offset) - 1
        for start in starts[first...] where start >= offset {
            let letter = bytes[start...].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            if letter == UInt8(ascii: "[") { return start }
        }
        return bytes.count
    }

    /// Whether only blanks stand before `offset` on its line.
    func isFirst(_ offset: Int) -> Bool {
        bytes[starts[line(of: offset) - 1]..<offset].allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    // MARK: - Lines

    func peek(_ ahead: Int = 0) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

    mutating func skipBlanks() { while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 } }

    mutating func skipBlankLines() throws(Wrong) {
        while true {
            skipBlanks()
            switch peek() {
            case UInt8(ascii: "#"): position = lineEnd(from: position)
            case UInt8(ascii: "\n"): position += 1
            case UInt8(ascii: "\r") where peek(1) == UInt8(ascii: "\n"): position += 2
            default: return
            }
        }
    }

    private mutating func endOfLine() throws(Wrong) {
        skipBlanks()
        if peek() == UInt8(ascii: "#") { position = lineEnd(from: position) }
        if peek() == UInt8(ascii: "\r"), peek(1) == UInt8(ascii: "\n") { position += 1 }
        guard let byte = peek() else { return }
        guard byte == UInt8(ascii: "\n") else {
            throw wrong("something stands behind the value", "begin a new line, or write # before a remark")
        }
        position += 1
    }

    func wrong(_ sentence: String, _ remedy: String, at offset: Int? = nil, resume: Int? = nil) -> Wrong {
        Wrong(offset: min(offset ?? position, max(bytes.count - 1, 0)), sentence: sentence, remedy: remedy, resume: resume)
    }

    // MARK: - Headers and keys

    private mutating func header(_ root: TOMLTable) throws(Wrong) -> TOMLSection {
        let start = position
        let isList = peek(1) == UInt8(ascii: "[")
        position += isList ? 2 : 1
        let keys = try key()
        for _ in 0..<(isList ? 2 : 1) {
            guard peek() == UInt8(ascii: "]") else {
                throw wrong("the header is not closed", isList ? "write [[name]]" : "write [name]", at: start)
            }
            position += 1
        }
        var table = root
        for part in keys.dropLast() {
            guard let next = table.inner(part, line: line(of: start)) else {
                throw wrong("“\(part)” is no table", "give one of them another name", at: start)
            }
            table = next
        }
        guard let last = keys.last, let section = table.open(last, isList: isList, line: line(of: start)) else {
            throw wrong("“\(keys.joined(separator: "."))” is there already", "give one of them another name", at: start)
        }
        return section
    }

    mutating func pair(in table: TOMLTable) throws(Wrong) {
        let start = position
        let keys = try key()
        guard peek() == UInt8(ascii: "=") else { throw wrong("a key has no value", "write key = value") }
        position += 1
        skipBlanks()
        let value = try value(depth: 0)
        var table = table
        for part in keys.dropLast() {
            guard let next = table.inner(part, line: line(of: start)) else {
                throw wrong("“\(part)” is no table", "give one of them another name", at: start)
            }
            table = next
        }
        guard let last = keys.last, table.set(last, value, line: line(of: start)) else {
            throw wrong("“\(keys.joined(separator: "."))” is there already", "remove one of them", at: start)
        }
    }

    /// A key with its dots, and the blanks behind it.
    private mutating func key() throws(Wrong) -> [String] {
        var parts: [String] = []
        while true {
            skipBlanks()
            if peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") {
                parts.append(try text(mayBeLong: false))
            } else {
                let start = position
                while let byte = peek(), TOMLReader.isBare(byte) { position += 1 }
                guard position > start else {
                    throw wrong("a name is missing", "write one of letters, digits, - and _, or put quotes around it")
                }
                parts.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlanks()
            guard parts.count <= TOMLReader.depth else { throw wrong("a key has too many parts", "write at most \(TOMLReader.depth)") }
            guard peek() == UInt8(ascii: ".") else { return parts }
            position += 1
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
