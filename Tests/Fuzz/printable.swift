// Any bytes through the one function that makes captured text fit to be shown, and onto a grid, past it: nothing that a terminal
// could obey comes out, and nothing is wider than it says.

@testable import Aggregation
@testable import Views

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let width = Int(input.byte() % 100)
    let limit = Int(input.byte() % 100)
    let text = input.text
    let shown = text.printable
    checkShowable(shown)
    check(shown.printable == shown, "made printable twice it differs")
    for cut in [shown.truncated(toCells: width)] {
        check(cut.cells <= max(1, width), "\(cut.cells) cells in \(width)")
        checkShowable(cut)
    }
    for line in Wrapping.lines(shown, width: width) { checkShowable(line) }

    var grid = Grid(Size(width, 4))
    grid.put(text, x: limit % 7, y: 0, limit: limit)
    grid.putClipped(text, x: limit % 5, y: 1, limit: limit, ellipsis: "…")
    grid.putRight(text, end: min(width, limit), y: 2, limit: limit)
    // Over what stands there: halves of wide characters go with the other half.
    grid.put("店店店店", x: limit % 3, y: 3)
    grid.put(text, x: 1, y: 3, limit: limit)
    check(grid)

    var prompt = Prompt(.filter)
    for scalar in text.unicodeScalars { prompt.insert(scalar) }
    check(prompt.text.count <= Prompt.limit && (0...prompt.text.count).contains(prompt.cursor), "a prompt of \(prompt.text.count)")
    checkShowable(prompt.line)
}
