// What is wrong with a query: one sentence, the place, and what was expected there. Shown under the query itself.

package struct QueryError: Error, Equatable, Sendable {
    /// What is wrong, without a full stop: "flows have no field “pdo”". Quotes the query's own text, so it is hostile.
    package let message: String
    /// The place, in Characters from the start of the query; the query's length where something is missing at its end.
    package let offset: Int
    /// What would have been right there: "a value", "pod or port". Never empty.
    package let expected: String

    package init(_ message: String, at offset: Int, expected: String) {
        self.message = message
        self.offset = offset
        self.expected = expected
    }

    /// "flows have no field “pdo”; expected pod or port."
    package var sentence: String { (message + "; expected " + expected + ".").printable }

    /// Two lines, the query and a caret under the place, then the sentence. Everything is printable; a query that is
    /// longer than `width` cells is cut to the part around the place.
    package func lines(for text: String, width: Int = 80) -> [String] {
        let pieces = text.map { String($0).printable }
        let cells = pieces.map(\.cells)
        let place = max(0, min(offset, pieces.count))
        // The caret takes a cell too, behind the last character where the end of the query is the place.
        let room = max(16, width)
        let gap = "..."
        var first = 0
        var end = pieces.count
        if cells.reduce(1, +) > room {
            // Two thirds of the room stand before the caret, as long as there is something to show behind it.
            first = place
            var before = 0
            while first > 0, before + cells[first - 1] <= room * 2 / 3 - gap.count {
                first -= 1
                before += cells[first]
            }
            end = place
            var after = 0
            while end < pieces.count, before + after + cells[end] <= room - 2 * gap.count - 1 {
                after += cells[end]
                end += 1
            }
        }
        let head = first > 0 ? gap : ""
        let tail = end < pieces.count ? gap : ""
        let indent = head.count + cells[first..<place].reduce(0, +)
        return [
            head + pieces[first..<end].joined() + tail,
            String(repeating: " ", count: indent) + "^",
            sentence,
        ]
    }
}

extension String {
    /// A list for a sentence: "a", "a or b", "a, b or c".
    static func alternatives(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
