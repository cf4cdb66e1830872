// Rows as aligned columns for people: the fields that are columns, rendered as on a screen, numbers to the right with
// their mark behind them. Each interval is a block of its own with its header, a blank line between blocks. Without a
// width nothing is cut; within one, columns leave by their importance, then text is shortened.

package struct TableLines: RowLines, Sendable {
    private static let gap = 2

    package let schema: Schema
    /// Cells a line may take; nil for as many as needed.
    package var width: Int?
    private var isFirst = true

    package init(_ schema: Schema, width: Int? = nil) {
        self.schema = schema
        self.width = width
    }

    package mutating func write(_ rows: [Int32], of tables: Tables, emit: ([UInt8]) -> Void) {
        if !isFirst { emit([10]) }
        isFirst = false
        var columns = schema.fields.compactMap { field in
            field.column.map { TableLines.column(field, $0, schema: schema, rows: rows, of: tables) }
        }
        if let width { TableLines.fit(&columns, in: width) }
        emit(TableLines.line(columns.map { ($0.title, $0) }))
        for offset in rows.indices { emit(TableLines.line(columns.map { ($0.cells[offset], $0) })) }
    }
}

extension TableLines {
    private struct Column {
        var title: String
        var cells: [String]
        var width: Int
        var minimum: Int
        var maximum: Int
        var importance: Int
        var isNumber: Bool
    }

    private static func column(
        _ field: Field, _ column: Field.Column, schema: Schema, rows: [Int32], of tables: Tables
    ) -> Column {
        let marked = rows.map { index in
            let row = Int(index)
            let value = field.value(tables, row)
            let text = Rendering.text(value, unit: field.unit)
            if value.reason != nil { return (text, Character?.none) }
            return (text, schema.marks(tables, row).intersection(field.marks).symbol)
        }
        // A column keeps a cell for the mark only where a row has one.
        let isMarked = marked.contains { $0.1 != nil }
        let cells = isMarked ? marked.map { $0.0 + String($0.1 ?? " ") } : marked.map(\.0)
        let widest = cells.reduce(column.title.cells) { max($0, $1.cells) }
        return Column(
            title: column.title, cells: cells, width: widest, minimum: column.minimum,
            // A screen may abbreviate ("in"); here a word of nine letters ("inbound") always has room.
            maximum: max(column.maximum, column.title.cells, 9), importance: column.importance,
            isNumber: field.isNumber)
    }

    private static func fit(_ columns: inout [Column], in width: Int) {
        func total() -> Int { columns.reduce(0) { $0 + $1.width } + gap * max(0, columns.count - 1) }
        for index in columns.indices where !columns[index].isNumber {
            columns[index].width = min(columns[index].width, columns[index].maximum)
        }
        while total() > width, columns.count > 1, let least = columns.map(\.importance).max(), least > 1,
            let index = columns.lastIndex(where: { $0.importance == least })
        {
            columns.remove(at: index)
        }
        while total() > width,
            let index = columns.indices.filter({ !columns[$0].isNumber && columns[$0].width > columns[$0].minimum })
                .max(by: { columns[$0].width - columns[$0].minimum < columns[$1].width - columns[$1].minimum })
        {
            columns[index].width -= 1
        }
        while total() > width, columns.count > 1 { columns.removeLast() }
    }

    private static func line(_ cells: [(text: String, column: Column)]) -> [UInt8] {
        var line: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += repeatElement(32, count: gap) }
            let text = cell.text.truncated(toCells: cell.column.width)
            let padding = repeatElement(UInt8(32), count: max(0, cell.column.width - text.cells))
            if cell.column.isNumber {
                line += padding
                line += text.utf8
            } else {
                line += text.utf8
                line += padding
            }
        }
        while line.last == 32 { line.removeLast() }
        line.append(10)
        return line
    }
}
