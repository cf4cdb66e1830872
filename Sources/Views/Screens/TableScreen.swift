// Draws any schema as a table: the column titles with the sort arrow, the rows with their marks, the selection, the
// sparkline. A pure function onto a part of a grid; it reads only the rows that are visible.

import Aggregation

struct TableScreen {
    let screen: Screen
    let state: ScreenState
    let rows: [Int32]
    /// The fields that may stand as columns.
    let columns: [Field]
    let tables: Tables
    let glyphs: Glyphs

    func draw(on grid: inout Grid, layout: Layout) {
        let visible = rows[min(state.top, rows.count)..<min(state.top + layout.body.count, rows.count)].map(Int.init)
        var texts: [String: [String]] = [:]
        for field in columns {
            texts[field.word] = visible.map { text(field, row: $0) }
        }
        let table = TableLayout(
            schema: screen.schema, columns: columns, width: grid.width, sort: state.sortWord(screen.schema), offset: state.columnOffset
        ) { field in
            // In steps of four, so that a frame seldom shifts the columns of the one before.
            let longest = texts[field.word]?.reduce(0) { max($0, $1.cells) } ?? 0
            return (longest + 3) / 4 * 4
        }
        drawTitles(table, on: &grid, y: layout.columns)
        if let lines = layout.detail, rows.indices.contains(state.position) {
            DetailPane(schema: screen.schema, row: Int(rows[state.position]), tables: tables, glyphs: glyphs)
                .draw(on: &grid, lines: lines, shown: Set(table.columns.map(\.field.word)))
        }
        for (offset, row) in visible.enumerated() {
            drawRow(row, offset: offset, texts: texts, table: table, on: &grid, y: layout.body.lowerBound + offset)
        }
    }

    private func text(_ field: Field, row: Int) -> String {
        let value = field.value(tables, row)
        let text = glyphs.text(Rendering.text(value, unit: field.unit))
        // Behind a number the mark has a cell of its own; behind a text it stands right there.
        guard !field.isNumber, !field.marks.isEmpty, value.reason == nil else { return text }
        return text + (screen.schema.marks(tables, row).intersection(field.marks).symbol.map { String($0) } ?? "")
    }

    private func drawTitles(_ table: TableLayout, on grid: inout Grid, y: Int) {
        grid.fill(x: 0, y: y, width: grid.width, style: .column)
        let sorted = screen.schema.field(state.sortWord(screen.schema))
        for column in table.columns {
            let isSorted = sorted.map { $0.word == column.field.word || $0.shownIn.contains(column.field.word) } ?? false
            let style: Style = isSorted ? .sortedColumn : .column
            // Behind a number's title stands the cell for marks or the gap; behind a text's its own room or the gap.
            let arrow = isSorted ? String(TableScreen.arrow(of: column.field, descending: state.descending, glyphs: glyphs)) : ""
            if column.field.isNumber {
                grid.putRight(column.title, end: column.x + column.width, y: y, limit: column.width, style: style)
                grid.put(arrow, x: column.x + column.width, y: y, limit: 1, style: style)
            } else {
                let end = grid.put(column.title, x: column.x, y: y, limit: column.width, style: style)
                grid.put(arrow, x: end, y: y, limit: 1, style: style)
            }
        }
        if let spark = table.spark { drawSparkTitle(spark, on: &grid, y: y) }
        if table.hidesLeft { grid.put(glyphs.moreLeft, x: 0, y: y, style: .accent) }
        if table.hidesRight { grid.put(glyphs.moreRight, x: grid.width - 1, y: y, style: .accent) }
    }

    /// Which way values go from the first row down: text is first shown from A to Z, numbers from the largest.
    static func arrow(of field: Field, descending: Bool, glyphs: Glyphs) -> Unicode.Scalar {
        field.isNumber == descending ? glyphs.descending : glyphs.ascending
    }

    /// "-48s ·· bytes/s ·· now": an axis, for a line of bars that has none.
    private func drawSparkTitle(_ spark: Range<Int>, on grid: inout Grid, y: Int) {
        let unit = trend?.unit ?? ""
        let start = "-\(seconds(spark))s"
        let end = spark.lowerBound + seconds(spark)
        guard seconds(spark) >= start.cells + unit.cells + 7 else {
            grid.put(unit, x: spark.lowerBound, y: y, limit: spark.count, style: .column)
            return
        }
        grid.put(start, x: spark.lowerBound, y: y, limit: spark.count, style: .column)
        grid.put(unit, x: spark.lowerBound + (seconds(spark) - unit.cells) / 2, y: y, style: .column)
        grid.putRight("now", end: end, y: y, limit: 3, style: .column)
    }

    private var trend: Trend? { screen.schema.trend(sortedBy: state.sortWord(screen.schema)) }

    private func seconds(_ spark: Range<Int>) -> Int { min(spark.count, History.seconds) }

    private func drawRow(
        _ row: Int, offset: Int, texts: [String: [String]], table: TableLayout, on grid: inout Grid, y: Int
    ) {
        let isSelected = state.top + offset == state.position
        let isMarked = state.marked.contains(screen.schema.identity(tables, row))
        let marks = screen.schema.marks(tables, row)
        let values = table.columns.map { $0.field.value(tables, row) }
        let isFaint = screen.isFaint?(tables, row) ?? false || Emphasis.isIdle(zip(table.columns, values).map { ($0.field, $1) })
        for (column, value) in zip(table.columns, values) {
            let text = texts[column.field.word]?[offset] ?? ""
            let style = isMarked ? .marked : Emphasis.style(of: column.field, value: value, isFaint: isFaint)
            if column.field.isNumber {
                grid.putRight(text, end: column.x + column.width, y: y, limit: column.width, style: style)
                if let symbol = marks.intersection(column.field.marks).symbol, value.reason == nil {
                    grid.put(String(symbol), x: column.x + column.width, y: y, limit: 1, style: .accent)
                }
            } else {
                grid.putClipped(text, x: column.x, y: y, limit: column.width, ellipsis: glyphs.ellipsis, style: style)
            }
        }
        if let spark = table.spark { drawSpark(row, spark, on: &grid, y: y) }
        if isSelected { grid.restyle(y: y, style: .selected) }
        if isMarked {
            grid.put(glyphs.mark, x: 0, y: y, style: isSelected ? .selected : .marked)
        } else if isSelected {
            grid.put(glyphs.selection, x: 0, y: y, style: .selected)
        }
    }

    /// One cell a second, the newest at the right, scaled to the row's own largest.
    private func drawSpark(_ row: Int, _ spark: Range<Int>, on grid: inout Grid, y: Int) {
        let values = trend?.values(tables, row, seconds(spark)) ?? []
        let maximum = values.max() ?? 0
        for (offset, value) in values.enumerated() {
            grid.put(glyphs.bar(value, of: maximum), x: spark.lowerBound + offset, y: y, style: .spark)
        }
    }
}
