// One row of any table as one line of JSON: what it is, when, each field of the catalogue by its key and in its order,
// the row's marks, and a sentence for each value that is null.

package struct JSONLine: RowLines, Sendable {
    /// The value of "schema" in every line. Keys may be added under it; one that changes its meaning makes a new one.
    package static let version = "podglass/1"
    /// Keys that every line has beside its fields; no field may take one.
    package static let envelope = ["schema", "type", "time", "marks", "reasons"]

    package let schema: Schema
    private var line = JSONWriter()

    package init(_ schema: Schema) { self.schema = schema }

    package mutating func write(_ rows: [Int32], of tables: Tables, emit: ([UInt8]) -> Void) {
        for row in rows {
            line.removeAll()
            JSONLine.append(row: Int(row), of: tables, schema: schema, to: &line)
            line.newline()
            emit(line.bytes)
        }
    }

    /// One row as an object without the newline, for a document that holds many.
    package static func append(row: Int, of tables: Tables, schema: Schema, to line: inout JSONWriter) {
        line.beginObject()
        header(type: schema.type, time: tables.moment.wall, to: &line)
        var reasons: [(key: String, sentence: String)] = []
        for field in schema.fields {
            line.key(field.key)
            if let sentence = append(field.value(tables, row), to: &line) { reasons.append((field.key, sentence)) }
        }
        footer(marks: schema.marks(tables, row), reasons: reasons, to: &line)
        line.endObject()
    }

    package static func header(type: String, time: UInt64, to line: inout JSONWriter) {
        line.key("schema")
        line.string(version)
        line.key("type")
        line.string(type)
        line.key("time")
        line.time(time)
    }

    static func footer(marks: Marks, reasons: [(key: String, sentence: String)], to line: inout JSONWriter) {
        line.key("marks")
        line.strings(marks.names)
        line.key("reasons")
        line.beginObject()
        for reason in reasons {
            line.key(reason.key)
            line.string(reason.sentence)
        }
        line.endObject()
    }

    /// Writes the value; returns why it is null where it is.
    private static func append(_ value: Value, to line: inout JSONWriter) -> String? {
        switch value {
        case .text(let text): line.string(text)
        case .integer(let number): line.integer(number)
        case .number(let number):
            if !line.number(number) { return "not a finite number" }
        case .list(let texts): line.strings(texts)
        case .time(let wall): line.time(wall)
        case .missing(let sentence), .unobservable(let sentence):
            line.null()
            return sentence
        }
        return nil
    }
}
