// Everything a table knows of the selected row, on large terminals: the fields that have no room above come first, and
// what is missing says why. Fields that find no place here either are in the help and in JSON.

import Aggregation

struct DetailPane {
    let schema: Schema
    let row: Int
    let tables: Tables
    let glyphs: Glyphs

    private static let columnWidth = 50

    func draw(on grid: inout Grid, lines: Range<Int>, shown: Set<String>) {
        guard let first = lines.first else { return }
        grid.fill(x: 0, y: first, width: grid.width, with: glyphs.rule, style: .rule)
        grid.put(" selected row ", x: 2, y: first, style: .rule)
        let height = lines.count - 1
        let columns = max(1, grid.width / DetailPane.columnWidth)
        let width = grid.width / columns
        let fields = schema.fields.filter { !shown.contains($0.word) } + schema.fields.filter { shown.contains($0.word) }
        let indent = min(width / 2, (fields.map(\.word.count).max() ?? 0) + 2)
        for (index, field) in fields.prefix(columns * height).enumerated() {
            let x = index / height * width + 1
            let y = first + 1 + index % height
            grid.put(field.word, x: x, y: y, limit: indent - 1, style: .dim)
            let value = field.value(tables, row)
            grid.putClipped(
                text(field, value), x: x + indent, y: y, limit: width - indent - 2, ellipsis: glyphs.ellipsis, style: style(field, value))
        }
    }

    private func text(_ field: Field, _ value: Value) -> String {
        if let reason = value.reason { return glyphs.text(Rendering.text(value) + " " + reason.printable) }
        let mark = schema.marks(tables, row).intersection(field.marks).symbol.map { String($0) } ?? ""
        return glyphs.text(Rendering.text(value, unit: field.unit)) + mark
    }

    private func style(_ field: Field, _ value: Value) -> Style {
        let style = Emphasis.style(of: field, value: value)
        if value.reason != nil { return style }
        return style == .dim ? .text : style
    }
}
