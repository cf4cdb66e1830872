import Testing

@testable import Aggregation

@Suite("CSV and table lines") struct TextOutputTests {
    let tables = fixtureTables()

    private func text(_ writer: inout some RowLines, _ schema: Schema, intervals: Int = 1) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<intervals { writer.write(schema.rows(tables), of: tables) { bytes += $0 } }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("CSV has the header once, as many fields in every record, and CRLF line ends")
    func csv() {
        for schema in SchemaDocument.tables {
            var writer = CSVLines(schema)
            let text = text(&writer, schema, intervals: 2)
            let records = parseCSV(text)
            #expect(records.count == 1 + 2 * schema.rows(tables).count)
            #expect(records.first == ["time"] + schema.fields.map(\.key) + ["marks"])
            #expect(records.allSatisfy { $0.count == schema.fields.count + 2 })
            #expect(text.unicodeScalars.allSatisfy { !$0.misleadsTerminal || $0 == "\r" || $0 == "\n" })
            #expect(text.hasSuffix("\r\n"))
        }
    }

    @Test("CSV quotes what needs it")
    func quoting() {
        var writer = CSVLines(.pods)
        let records = parseCSV(text(&writer, .pods))
        #expect(records[3][1] == hostile.printable)
        #expect(records[1].last == "estimated;partial")
        #expect(records[1].first == "2023-11-14T22:15:00.123456789Z")
        #expect(records[2][2] == "")
    }

    @Test("a table is aligned, and shows marks behind the numbers they concern")
    func table() {
        var writer = TableLines(.pods)
        let lines = text(&writer, .pods).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count == 4)
        let header = Array(lines[0])
        let sent = header.indices.first { String(header[$0...].prefix(4)) == "SENT" }
        #expect(lines[1].contains("121K*"))
        #expect(lines[2].contains("121K "))
        #expect(!lines[2].contains("121K*"))
        if let sent { #expect(Array(lines[1])[..<(sent + 4)].last == "*" || Array(lines[1])[sent + 4] == " ") }
        #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test("several intervals stand apart, each with its header")
    func intervals() {
        var writer = TableLines(.flows)
        let blocks = text(&writer, .flows, intervals: 3).split(separator: "\n\n")
        #expect(blocks.count == 3)
        #expect(blocks.allSatisfy { $0.hasPrefix("WORKLOAD") })
    }

    @Test("within a width no line is longer, and the first column stays", arguments: [1, 10, 20, 40, 60, 80, 120, 200])
    func widths(width: Int) {
        for schema in SchemaDocument.tables {
            var writer = TableLines(schema, width: width)
            let lines = text(&writer, schema).split(separator: "\n")
            #expect(lines.count == 1 + schema.rows(tables).count)
            guard width >= 20 else { continue }
            for line in lines { #expect(String(line).cells <= width, "\(line)") }
        }
    }

    @Test("cells count wide and combining characters")
    func cells() {
        #expect("abc".cells == 3)
        #expect("漢字".cells == 4)
        #expect("e\u{301}".cells == 1)
        #expect("漢字漢字".truncated(toCells: 5) == "漢字…")
        #expect("abcdef".truncated(toCells: 6) == "abcdef")
        #expect("abcdefg".truncated(toCells: 6) == "abcde…")
    }

    private func parseCSV(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && bytes.first == UInt8(ascii: "\""):
                field.append(byte)
                bytes.removeFirst()
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                record.append(String(decoding: field, as: UTF8.self))
                field = []
            case 13 where !isQuoted && bytes.first == 10:
                bytes.removeFirst()
                records.append(record + [String(decoding: field, as: UTF8.self)])
                (record, field) = ([], [])
            default: field.append(byte)
            }
        }
        return records
    }
}
