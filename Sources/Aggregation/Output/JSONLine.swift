// One row of any table as one line of JSON: what it is, when, each field of the catalogue by its key and in its order,
// the row's marks, and a sentence for each value that is null.

package struct JSONLine: RowLines, Sendable {
    /// The value of "schema" in every line. Keys may be added under it; one that changes its meaning makes a new one.
    package static let version = "podglass/1"
    /// Keys that every line has beside its fields; no field may take one.
    package static let envelope = ["schema", "type", "time", "marks", "reasons"]

    package let schema: Schema
    /// `,"key":` of each field, written once.
    private let keys: [[UInt8]]
    private var line = JSONWriter()

    package init(_ schema: Schema) {
        self.schema = schema
        keys = schema.fields.map { field in
            var key = JSONWriter()
            key.key(field.key)
            return [UInt8(ascii: ",")] + key.bytes
        }
    }

    package mutating func write(_ rows: [Int32], of tables: Tables, emit: ([UInt8]) -> Void) {
        let head = head(tables)
        for row in rows {
            line.removeAll()
            append(row: Int(row), of: tables, head: head, to: &line)
            line.newline()
            emit(line.bytes)
        }
    }

    /// Rows as the objects of an array, for a document that holds many.
    package func append(_ rows: [Int32], of tables: Tables, to document: inout JSONWriter) {
        let head = head(tables)
        document.beginArray()
        for row in rows { append(row: Int(row), of: tables, head: head, to: &document) }
        document.endArray()
    }

    /// What every line of an interval begins with, after its brace.
    private func head(_ tables: Tables) -> [UInt8] {
        var head = JSONWriter()
        JSONLine.header(type: schema.type, time: tables.moment.wall, to: &head)
        return head.bytes
    }

    private func append(row: Int, of tables: Tables, head: [UInt8], to line: inout JSONWriter) {
        line.beginObject()
        line.fragment(head, endsWithKey: false)
        var reasons: [(key: String, sentence: String)] = []
        let marks = schema.marks(tables, row)
        for index in schema.fields.indices {
            line.fragment(keys[index], endsWithKey: true)
            if let sentence = JSONLine.append(schema.fields[index].value(tables, row), to: &line) {
                reasons.append((schema.fields[index].key, sentence))
            } else if let sentence = schema.fields[index].marks.intersection(marks).reason {
                reasons.append((schema.fields[index].key, sentence))
            }
        }
        JSONLine.footer(marks: marks, reasons: reasons, to: &line)
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
        case .boolean(let holds): line.bool(holds)
        case .list(let texts): line.strings(texts)
        case .time(let wall): line.time(wall)
        case .missing(let sentence), .unobservable(let sentence):
            line.null()
            return sentence
        }
        return nil
    }
}
