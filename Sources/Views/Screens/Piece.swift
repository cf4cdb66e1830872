// A word of a bar (header, summary, footer) in one or more styles, with how much it matters when room is short.

package struct Piece: Sendable {
    package var parts: [(text: String, style: Style)]
    /// 1 stays longest; the highest leaves first.
    package var importance: Int

    package init(_ text: String, _ style: Style = .header, importance: Int = 1) {
        parts = [(text, style)]
        self.importance = importance
    }

    /// A label and its value: "lost 0".
    package init(_ label: String, _ value: String, _ style: Style = .header, labelStyle: Style = .dim, importance: Int = 1) {
        parts = [(label + " ", labelStyle), (value, style)]
        self.importance = importance
    }

    var width: Int { parts.reduce(0) { $0 + $1.text.cells } }
}
