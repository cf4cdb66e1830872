// A frame: cells in rows. Every screen draws onto one and only Terminal puts one out. It clips, never splits a wide
// character, and lets no scalar through that a terminal could obey; so a view cannot get either wrong.

package struct Grid: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package private(set) var cells: ContiguousArray<Cell>
    /// Where the cursor shows, while somebody types.
    package var cursor: Position?

    package struct Position: Sendable, Hashable {
        package var x: Int
        package var y: Int

        package init(x: Int, y: Int) {
            self.x = x
            self.y = y
        }
    }

    package init(_ size: Size) {
        width = size.width
        height = size.height
        cells = ContiguousArray(repeating: .blank, count: size.width * size.height)
    }

    package subscript(x: Int, y: Int) -> Cell { cells[y * width + x] }

    /// Writes `text` from (x, y) on, clipped to the grid and to `limit` cells. Returns the column behind it.
    @discardableResult
    package mutating func put(_ text: some StringProtocol, x: Int, y: Int, limit: Int = .max, style: Style = .text) -> Int {
        guard (0..<height).contains(y), x >= 0 else { return x }
        let end = limit < width - x ? x + max(0, limit) : width
        var column = x
        var last: Int?
        for scalar in text.unicodeScalars {
            let scalar = Grid.shown(scalar)
            let cellWidth = scalar.cells
            if cellWidth == 0 {
                if let last { cells[y * width + last].combine(scalar) }
                continue
            }
            guard column + cellWidth <= end else { break }
            place(Cell(scalar, width: UInt8(cellWidth), style: style), x: column, y: y)
            last = column
            column += cellWidth
        }
        return column
    }

    /// Writes `text` so that it ends before column `end`; a text wider than `limit` loses its tail.
    package mutating func putRight(_ text: some StringProtocol, end: Int, y: Int, limit: Int, style: Style = .text) {
        let room = min(limit, end)
        put(text, x: end - min(text.cells, max(0, room)), y: y, limit: room, style: style)
    }

    /// Writes `text` into `limit` cells; where it does not fit the last cell says so.
    @discardableResult
    package mutating func putClipped(
        _ text: some StringProtocol, x: Int, y: Int, limit: Int, ellipsis: Unicode.Scalar, style: Style = .text
    ) -> Int {
        let room = min(limit, width - x)
        guard room > 3, text.cells > room else { return put(text, x: x, y: y, limit: room, style: style) }
        let end = put(text, x: x, y: y, limit: room - 1, style: style)
        return put(String(ellipsis), x: end, y: y, limit: 1, style: style)
    }

    package mutating func put(_ scalar: Unicode.Scalar, x: Int, y: Int, style: Style = .text) {
        put(String(scalar), x: x, y: y, limit: 1, style: style)
    }

    package mutating func fill(x: Int, y: Int, width count: Int, with scalar: Unicode.Scalar = " ", style: Style = .text) {
        guard (0..<height).contains(y) else { return }
        for column in max(0, x)..<max(0, x, min(width, x + count)) { place(Cell(scalar, style: style), x: column, y: y) }
    }

    /// Gives a whole row another meaning, whatever stands in it.
    package mutating func restyle(y: Int, style: Style) {
        guard (0..<height).contains(y) else { return }
        for column in 0..<width { cells[y * width + column].style = style }
    }

    /// The rows as text without trailing blanks, for saving the screen and for tests.
    package var lines: [String] {
        (0..<height).map { y in
            var line = ""
            for x in 0..<width {
                let cell = self[x, y]
                if cell.width == 0 { continue }
                line.unicodeScalars.append(cell.scalar)
                for mark in [cell.combining, cell.secondCombining] where mark != 0 {
                    if let mark = Unicode.Scalar(mark) { line.unicodeScalars.append(mark) }
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Puts one cell; of a wide character that loses a half, the other half becomes blank.
    private mutating func place(_ cell: Cell, x: Int, y: Int) {
        let row = y * width
        for column in x..<x + Int(cell.width) { clearHalves(x: column, row: row) }
        cells[row + x] = cell
        if cell.width == 2 {
            cells[row + x + 1] = Cell(" ", width: 0, style: cell.style)
        }
    }

    private mutating func clearHalves(x: Int, row: Int) {
        if cells[row + x].width == 0, x > 0 { cells[row + x - 1] = Cell(" ", style: cells[row + x - 1].style) }
        if cells[row + x].width == 2, x + 1 < width { cells[row + x + 1] = Cell(" ", style: cells[row + x + 1].style) }
        cells[row + x] = Cell(" ", style: cells[row + x].style)
    }

    /// The last line of defence behind `String.printable`: what a terminal could obey is a replacement character.
    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.misleadsTerminal ? "\u{fffd}" : scalar
    }
}
