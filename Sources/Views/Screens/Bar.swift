// One line of pieces, some from the left and some to the right, two cells apart. Where they do not all fit, the least
// important leave, the rightmost first among equals; what is left over is clipped.

struct Bar {
    var left: [Piece] = []
    var right: [Piece] = []

    static let gap = 2
    /// Cells between pieces.
    var gap = Bar.gap

    func draw(on grid: inout Grid, y: Int, glyphs: Glyphs) {
        var bar = self
        bar.ascii(glyphs)
        while bar.width > grid.width, bar.left.count + bar.right.count > 1 { bar.dropOne() }
        var x = 0
        for piece in bar.left { x = Bar.draw(piece, x: x, on: &grid, y: y) + gap }
        let rightWidth = Bar.width(bar.right, gap: gap)
        x = max(bar.left.isEmpty ? 0 : x, grid.width - rightWidth)
        for piece in bar.right { x = Bar.draw(piece, x: x, on: &grid, y: y) + gap }
    }

    private var width: Int {
        Bar.width(left, gap: gap) + Bar.width(right, gap: gap) + (left.isEmpty || right.isEmpty ? 0 : gap)
    }

    static func width(_ pieces: [Piece], gap: Int = Bar.gap) -> Int {
        pieces.reduce(0) { $0 + $1.width } + gap * max(0, pieces.count - 1)
    }

    private mutating func dropOne() {
        let least = (left + right).map(\.importance).max() ?? 1
        if let index = right.lastIndex(where: { $0.importance == least }) {
            right.remove(at: index)
        } else if let index = left.lastIndex(where: { $0.importance == least }) {
            left.remove(at: index)
        }
    }

    private mutating func ascii(_ glyphs: Glyphs) {
        guard glyphs.isASCII else { return }
        func plain(_ piece: Piece) -> Piece {
            var piece = piece
            piece.parts = piece.parts.map { (glyphs.text($0.text), $0.style) }
            return piece
        }
        left = left.map(plain)
        right = right.map(plain)
    }

    private static func draw(_ piece: Piece, x: Int, on grid: inout Grid, y: Int) -> Int {
        piece.parts.reduce(x) { grid.put($1.text, x: $0, y: y, style: $1.style) }
    }
}
