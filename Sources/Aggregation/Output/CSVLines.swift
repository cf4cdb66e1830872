// Rows as comma-separated values after RFC 4180: CRLF line ends, quotes where they are needed, the JSON keys once as
// the header. Beside the fields stand the interval's time and the row's marks. A missing value is an empty field.
// Numbers and times are those of JSON; text is made printable, so that the stream is safe on a terminal.

package struct CSVLines: RowLines, Sendable {
    package let schema: Schema
    private var isHeaderWritten = false

    package init(_ schema: Schema) { self.schema = schema }

    package mutating func write(_ rows: [Int32], of tables: Tables, emit: ([UInt8]) -> Void) {
        if !isHeaderWritten {
            isHeaderWritten = true
            emit(CSVLines.line(["time"] + schema.fields.map(\.key) + ["marks"]))
        }
        let time = CivilTime(nanosecondsSince1970: tables.moment.wall).rfc3339
        for row in rows.lazy.map(Int.init) {
            let values = schema.fields.map { CSVLines.text($0.value(tables, row)) }
            emit(CSVLines.line([time] + values + [schema.marks(tables, row).names.joined(separator: ";")]))
        }
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .text(let text): return text.printable
        case .integer(let number): return String(number)
        case .number(let number):
            var json = JSONWriter()
            return json.number(number) ? String(decoding: json.bytes, as: UTF8.self) : ""
        case .boolean(let holds): return holds ? "true" : "false"
        case .list(let texts): return texts.map(\.printable).joined(separator: ";")
        case .time(let wall): return CivilTime(nanosecondsSince1970: wall).rfc3339
        case .missing, .unobservable: return ""
        }
    }

    private static func line(_ fields: [String]) -> [UInt8] {
        var line: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            let quote = UInt8(ascii: "\"")
            guard field.utf8.contains(where: { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }) else {
                line += field.utf8
                continue
            }
            line.append(quote)
            for byte in field.utf8 {
                if byte == quote { line.append(quote) }
                line.append(byte)
            }
            line.append(quote)
        }
        line += [13, 10]
        return line
    }
}
