// The heat map: time from left to right, latency from bottom to top, and in each cell how many requests, by the density of
// its glyph and the colour beside it. On it the lines of p50 and p99, and a cursor whose cell the line above reads out.

import Aggregation

struct HeatMapScreen {
    let layout: HeatMapLayout
    let state: HeatMapState
    let tables: Tables
    let glyphs: Glyphs

    func draw(on grid: inout Grid) {
        drawReadout(on: &grid)
        drawLabels(on: &grid)
        let largest = layout.largest
        for y in layout.plot {
            guard let bands = layout.bands(atLine: y) else { continue }
            for column in layout.visible {
                let level = HeatMapScreen.level(layout.count(column: column, bands: bands), of: largest)
                guard level > 0 else { continue }
                grid.put(glyphs.shades[level], x: layout.x(ofColumn: column), y: y, style: Style.heat[level - 1])
            }
        }
        if state.showsLines { drawLines(on: &grid) }
        drawCursor(on: &grid)
        if let axis = layout.axis { drawTimes(on: &grid, y: axis) }
    }

    /// A handful is never shown as the most there could be.
    private static let leastLargest: UInt64 = 16

    /// 0 for nothing, then 1...8 by the root of the count: what is rare is seen, and what is much stands out.
    static func level(_ count: UInt64, of largest: UInt64) -> Int {
        guard count > 0 else { return 0 }
        let share = (Double(count) / Double(max(largest, HeatMapScreen.leastLargest))).squareRoot()
        return max(1, min(Style.heat.count, Int((share * Double(Style.heat.count)).rounded(.up))))
    }

    // MARK: axes

    private func drawLabels(on grid: inout Grid) {
        for y in layout.plot {
            grid.put(glyphs.axis, x: HeatMapLayout.labels, y: y, style: .rule)
            guard let bands = layout.bands(atLine: y) else { continue }
            // A band of several rows is labelled at its middle one.
            guard layout.line(ofBand: bands.lowerBound) == y else { continue }
            let isRead = layout.cursor.map { bands.contains($0.band) } ?? false
            if isRead {
                label(LatencyLog.lowerBound(ofBand: bands.lowerBound), on: &grid, y: y, style: .accent)
            } else if let mark = LogScale.mark(in: HeatMapScreen.limits(of: bands)) {
                label(mark, on: &grid, y: y, style: .dim)
            }
        }
    }

    private func label(_ nanoseconds: UInt64, on grid: inout Grid, y: Int, style: Style) {
        grid.putRight(
            glyphs.text(LogScale.label(nanoseconds)), end: HeatMapLayout.labels, y: y, limit: HeatMapLayout.labels, style: style)
    }

    private static func limits(of bands: Range<Int>) -> Range<UInt64> {
        LatencyLog.lowerBound(ofBand: bands.lowerBound)..<LatencyLog.lowerBound(ofBand: bands.upperBound)
    }

    /// How long ago, every so many columns: "-24s" ends under its column.
    private func drawTimes(on grid: inout Grid, y: Int) {
        guard let newest = layout.visible.last else { return }
        var free = grid.width
        for column in stride(from: newest, through: layout.visible.lowerBound, by: -12) {
            let now = max(tables.moment.monotonic, layout.map.columns[column].end)
            let age = now - layout.map.columns[column].end
            let text = age < max(1, tables.interval) / 2 ? "now" : "-" + LogScale.label(HeatMapScreen.rounded(age))
            let end = layout.x(ofColumn: column) + 1
            guard end <= free, end - text.cells >= HeatMapLayout.left else { break }
            grid.putRight(glyphs.text(text), end: end, y: y, limit: text.cells, style: .dim)
            free = end - text.cells - 1
        }
    }

    /// To whole seconds from ten on: intervals are never exactly a second.
    private static func rounded(_ age: UInt64) -> UInt64 {
        let unit: UInt64 = age >= 10_000_000_000 ? 1_000_000_000 : 100_000_000
        return (age + unit / 2) / unit * unit
    }

    // MARK: lines and cursor

    private func drawLines(on grid: inout Grid) {
        for column in layout.visible where layout.map.columns[column].total > 0 {
            for (quantile, glyph, style) in [(0.99, glyphs.tail, Style.tail), (0.5, glyphs.median, .median)] {
                guard let band = layout.map.band(of: quantile, in: column..<column + 1), let y = layout.line(ofBand: band) else { continue }
                grid.put(glyph, x: layout.x(ofColumn: column), y: y, style: style)
            }
        }
    }

    private func drawCursor(on grid: inout Grid) {
        guard let cursor = layout.cursor, layout.visible.contains(cursor.column), let y = layout.line(ofBand: cursor.band) else { return }
        let x = layout.x(ofColumn: cursor.column)
        let scalar = grid[x, y].scalar
        // Without colours and without anything in the cell it must still be seen.
        grid.put(scalar == " " ? glyphs.mark : scalar, x: x, y: y, style: .selected)
    }

    // MARK: the line above

    private func drawReadout(on grid: inout Grid) {
        grid.fill(x: 0, y: layout.readout, width: grid.width, style: .column)
        Bar(left: layout.cursor.map(cell) ?? whole, right: legend).draw(on: &grid, y: layout.readout, glyphs: glyphs)
    }

    /// What is under the cursor: when, which latencies, how many of how many.
    private func cell(_ cursor: (column: Int, band: Int)) -> [Piece] {
        let column = layout.map.columns[cursor.column]
        let bands = layout.bands(with: cursor.band)
        let limits = HeatMapScreen.limits(of: bands)
        let count = layout.count(column: cursor.column, bands: bands)
        let band =
            bands.upperBound >= LatencyLog.bands
            ? "over " + LogScale.label(limits.lowerBound)
            : (bands.lowerBound == 0 ? "0" : LogScale.label(limits.lowerBound)) + ".." + LogScale.label(limits.upperBound)
        let share = Double(count) / Double(max(1, column.total))
        return [
            Piece(Rendering.text(.time(tables.moment.wall(at: column.end))), .accent, importance: 2), Piece(band, .accent),
            Piece(
                Rendering.text(.count(count), unit: .count) + " of " + Rendering.text(.count(column.total), unit: .count)
                    + (column.total > 0 ? " (" + Rendering.text(.number(share), unit: .ratio) + ")" : ""), .text),
        ] + quantiles(in: cursor.column..<cursor.column + 1)
    }

    private var whole: [Piece] {
        let columns = layout.map.columns[layout.visible]
        let total = columns.reduce(UInt64(0)) { $0 + $1.total }
        var pieces = [Piece("requests", Rendering.text(.count(total), unit: .count), .text)]
        if let first = columns.first, let last = columns.last, last.end > first.end {
            pieces.append(Piece("in", LogScale.label(HeatMapScreen.rounded(last.end - first.end + tables.interval)), .text, importance: 2))
        }
        return pieces + quantiles(in: layout.visible)
    }

    /// From bands, so marked as estimated.
    private func quantiles(in range: Range<Int>) -> [Piece] {
        [(0.5, "p50", glyphs.median, Style.median, 3), (0.99, "p99", glyphs.tail, .tail, 2)].compactMap {
            quantile, name, glyph, style, importance in
            guard let band = layout.map.band(of: quantile, in: range) else { return nil }
            let limits = HeatMapScreen.limits(of: band..<band + 1)
            let value = LogScale.label(limits.lowerBound + (limits.upperBound - limits.lowerBound) / 2) + "~"
            return Piece((state.showsLines ? String(glyph) + " " : "") + name, value, .text, labelStyle: style, importance: importance)
        }
    }

    /// "1 ·░▒▓█ 320": from one to the most in a cell.
    private var legend: [Piece] {
        var piece = Piece("1 ", .dim, importance: 4)
        var last: Unicode.Scalar?
        for level in 1...Style.heat.count where glyphs.shades[level] != last {
            last = glyphs.shades[level]
            piece.parts.append((String(glyphs.shades[level]), Style.heat[level - 1]))
        }
        piece.parts.append((" " + Rendering.text(.count(max(layout.largest, HeatMapScreen.leastLargest)), unit: .count) + " a cell", .dim))
        var pieces = [piece]
        if state.slices > 1 {
            let length = LogScale.label(tables.interval &* UInt64(state.slices))
            pieces.insert(Piece("a column", length, .text, importance: 3), at: 0)
        }
        return pieces
    }
}
