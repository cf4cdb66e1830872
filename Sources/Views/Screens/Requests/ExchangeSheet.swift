// One exchange in full: what was asked and answered and how long it took, then every field of it, each with its reason
// where it is missing. Long texts go on in the next line; what does not fit below is scrolled to.

import Aggregation

struct ExchangeSheet {
    let row: Int
    let tables: Tables
    let glyphs: Glyphs
    let scroll: Int

    private static let columnWidth = 66
    /// The name and the rule above the fields.
    private static let head = 2

    func draw(on grid: inout Grid, lines: Range<Int>) {
        guard let first = lines.first else { return }
        let exchange = tables.exchanges[row].exchange
        Bar(left: [Piece(ExchangeSheet.name(exchange), .accent)] + summary(exchange)).draw(on: &grid, y: first, glyphs: glyphs)
        guard lines.count > 1 else { return }
        grid.fill(x: 0, y: first + 1, width: grid.width, with: glyphs.rule, style: .rule)
        let columns = max(1, grid.width / ExchangeSheet.columnWidth)
        let width = grid.width / columns
        let height = lines.count - ExchangeSheet.head
        let all = entries(width: width)
        let shown = all.dropFirst(min(scroll, lastScroll(width: grid.width, lines: lines)))
        for (index, entry) in shown.prefix(max(0, columns * height)).enumerated() {
            let x = index / height * width + 1
            let y = first + ExchangeSheet.head + index % height
            grid.put(entry.word, x: x, y: y, limit: width - 2, style: .dim)
            grid.put(entry.text, x: x + indent, y: y, limit: width - indent - 2, style: entry.style)
        }
        if columns == 1, shown.count > height { grid.put(glyphs.descending, x: grid.width - 1, y: lines.upperBound - 1, style: .accent) }
    }

    /// How far it can be scrolled; where fields stand in several columns, not at all.
    func lastScroll(width: Int, lines: Range<Int>) -> Int {
        width / ExchangeSheet.columnWidth > 1 ? 0 : max(0, entries(width: width).count - max(0, lines.count - ExchangeSheet.head))
    }

    /// "GET /api/users/7", of a hostile path only what may be shown.
    static func name(_ exchange: Exchange) -> String {
        (exchange.key.application.operationName(exchange.key.operation) + " " + exchange.shownTarget).printable
    }

    private func summary(_ exchange: Exchange) -> [Piece] {
        let key = exchange.key
        let status = key.isAnswered ? key.application.statusName(key.status) : "no response"
        var pieces = [Piece(status, key.isError ? .bad : .good)]
        if let latency = exchange.latency { pieces.append(Piece("latency", LogScale.label(latency), .text, importance: 2)) }
        if let duration = exchange.duration { pieces.append(Piece("duration", LogScale.label(duration), .text, importance: 3)) }
        return pieces
    }

    private struct Entry {
        var word: String
        var text: String
        var style: Style
    }

    private var indent: Int { (Schema.exchanges.fields.map(\.word.count).max() ?? 0) + 2 }

    private func entries(width: Int) -> [Entry] {
        Schema.exchanges.fields.flatMap { field -> [Entry] in
            let value = field.value(tables, row)
            let isMissing = value.reason != nil
            let mark = Schema.exchanges.marks(tables, row).intersection(field.marks).symbol.map { String($0) } ?? ""
            let text =
                isMissing ? Rendering.text(value) + " " + (value.reason ?? "").printable : Rendering.text(value, unit: field.unit) + mark
            let style = Emphasis.style(of: field, value: value)
            let lines = Wrapping.lines(glyphs.text(text), width: max(1, width - indent - 2))
            return (lines.isEmpty ? [""] : lines).enumerated().map { index, line in
                Entry(word: index == 0 ? field.word : "", text: line, style: !isMissing && style == .dim ? .text : style)
            }
        }
    }
}
