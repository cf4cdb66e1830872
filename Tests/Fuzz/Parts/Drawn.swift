// What has to hold of each grid that is drawn. A frame has twelve thousand cells: most are letters and asked no further.

@testable import Views

func check(_ grid: Grid, line: Int = #line) {
    check(grid.cells.count == grid.width * grid.height, "\(grid.cells.count) cells", line: line)
    var column = 0
    var left: UInt8 = 1
    for cell in grid.cells {
        if cell.scalar.value < 0x20 || cell.scalar.value >= 0x7f || cell.combining != 0 { checkScalars(of: cell, line) }
        if cell.width != 1 || left == 2 {
            check((column > 0 && left == 2) == (cell.width == 0), "half of a wide character in column \(column)", line: line)
            check(cell.width != 2 || column + 1 < grid.width, "a wide character leaves the grid", line: line)
        }
        left = cell.width
        column = column + 1 == grid.width ? 0 : column + 1
    }
    if let cursor = grid.cursor {
        check((0..<grid.width).contains(cursor.x) && (0..<grid.height).contains(cursor.y), "the cursor at \(cursor)", line: line)
    }
}

private func checkScalars(of cell: Cell, _ line: Int) {
    check(isShowable(cell.scalar), "a cell shows \(cell.scalar.value)", line: line)
    for mark in [cell.combining, cell.secondCombining] where mark != 0 {
        check(Unicode.Scalar(mark).map(isShowable) == true, "a cell combines with \(mark)", line: line)
    }
}
