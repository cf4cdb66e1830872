// What an external model is asked: one series, its newest value last, at a place where the detector of layer 2 is uncertain.
// A plain value, at most some 13 KiB as a line.

package struct ModelQuestion: Sendable, Equatable {
    /// Values that are sent; of a longer series the newest. As many as MOMENT takes, and more than TimesFM needs.
    package static let valueLimit = 512
    /// Unicode scalars of a series' name and of a unit.
    package static let textLimit = 256

    /// The asker's own; an opinion carries it back.
    package let id: UInt64
    /// What is asked about, safe to print. A later question about the same series takes the place of one that waits.
    package let series: String
    package let unit: String
    /// Nanoseconds from one value to the next.
    package let interval: UInt64
    /// Oldest first; what is not finite is missing and sent as null.
    package let values: [Double]

    package init(id: UInt64, series: String, unit: String, interval: UInt64, values: some BidirectionalCollection<Double>) {
        self.id = id
        self.series = String(String.UnicodeScalarView(series.unicodeScalars.prefix(ModelQuestion.textLimit)))
        self.unit = String(String.UnicodeScalarView(unit.unicodeScalars.prefix(ModelQuestion.textLimit)))
        self.interval = interval
        self.values = Array(values.suffix(ModelQuestion.valueLimit))
    }

    /// A batch as lines.
    package static func lines(_ questions: [ModelQuestion]) -> [UInt8] {
        var lines = JSONWriter()
        for (index, question) in questions.enumerated() { question.write(following: questions.count - 1 - index, to: &lines) }
        return lines.bytes
    }

    /// One line. `following`: so many lines of the same batch come after it, so that a model may answer them together.
    package func write(following: Int, to line: inout JSONWriter) {
        line.beginObject()
        line.key("id")
        line.integer(id)
        line.key("series")
        line.string(series)
        line.key("unit")
        line.string(unit)
        line.key("interval_ns")
        line.integer(interval)
        line.key("following")
        line.integer(following)
        line.key("values")
        line.beginArray()
        for value in values { line.number(value) }
        line.endArray()
        line.endObject()
        line.newline()
    }
}
