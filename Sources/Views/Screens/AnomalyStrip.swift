// The series of the selected anomaly: its newest values as bars, and a line at what was usual before it began.

import Aggregation

struct AnomalyStrip {
    let row: AnomalyRow
    let title: String
    /// A value a second, oldest first.
    let values: [Double]
    let glyphs: Glyphs

    private static let left = 7

    func draw(on grid: inout Grid, lines: Range<Int>) {
        guard let first = lines.first, lines.count >= 3 else { return }
        grid.fill(x: 0, y: first, width: grid.width, with: glyphs.rule, style: .rule)
        var pieces = [Piece(" " + Header.shortened(title, glyphs: glyphs, to: max(16, grid.width / 2)) + " ", .accent)]
        if row.expected.isFinite { pieces.append(Piece(" usual", text(row.expected) + " ", .text, importance: 2)) }
        if row.value.isFinite { pieces.append(Piece(" furthest", text(row.value) + " ", .text, importance: 2)) }
        Bar(left: pieces).draw(on: &grid, y: first, glyphs: glyphs)
        let shown = Array(values.suffix(max(0, grid.width - AnomalyStrip.left)))
        guard let largest = shown.max(), largest > 0, row.value.isFinite else {
            grid.put("A rule: it has no series of its own.", x: 1, y: first + 1, limit: grid.width - 1, style: .message)
            return
        }
        drawBars(shown, largest: largest, on: &grid, lines: first + 1..<lines.upperBound - 1)
        drawAxis(count: shown.count, on: &grid, y: lines.upperBound - 1)
    }

    private func text(_ value: Double) -> String {
        glyphs.text(Rendering.text(.number(value), unit: row.unit)) + (row.unit == .perSecond ? "/s" : "")
    }

    private func drawBars(_ values: [Double], largest: Double, on grid: inout Grid, lines: Range<Int>) {
        let levels = glyphs.spark.count - 1
        let factor = AnomalyRow.historyFactor(row.unit)
        let usual = row.expected.isFinite ? row.expected * factor : 0
        for y in lines { grid.put(glyphs.axis, x: AnomalyStrip.left - 1, y: y, style: .rule) }
        if let top = lines.first {
            grid.putRight(text(largest / factor), end: AnomalyStrip.left - 1, y: top, limit: AnomalyStrip.left - 1, style: .dim)
        }
        let start = grid.width - values.count
        for (x, value) in values.enumerated() where value > 0 {
            let height = max(1, Int((value / largest * Double(levels * lines.count)).rounded()))
            for (line, y) in lines.reversed().enumerated() where height > line * levels {
                let style: Style = row.value > row.expected && value > usual * 1.5 ? .warning : .spark
                grid.put(glyphs.spark[min(levels, height - line * levels)], x: start + x, y: y, style: style)
            }
        }
        drawUsual(usual / largest, values.map { $0 / largest }, on: &grid, lines: lines, start: start)
    }

    /// Where no bar reaches it.
    private func drawUsual(_ share: Double, _ shares: [Double], on grid: inout Grid, lines: Range<Int>, start: Int) {
        guard share > 0, share <= 1, !lines.isEmpty else { return }
        let line = min(lines.count - 1, Int(share * Double(lines.count)))
        let y = lines.upperBound - 1 - line
        for (x, value) in shares.enumerated() where value * Double(lines.count) <= Double(line) {
            grid.put(glyphs.rule, x: start + x, y: y, style: .dim)
        }
    }

    private func drawAxis(count: Int, on grid: inout Grid, y: Int) {
        let label = "-\(count)s"
        grid.put(label, x: max(AnomalyStrip.left, grid.width - count), y: y, limit: label.cells, style: .dim)
        grid.putRight("now", end: grid.width, y: y, limit: 3, style: .dim)
    }
}
