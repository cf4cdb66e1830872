// Where a heat map's columns and bands stand on the screen: the newest column at the right, the slowest band on top, as
// many bands a row, or rows a band, as make all fit. Drawing and the cursor's keys both read it.

import Aggregation

struct HeatMapLayout {
    /// Cells of the labels at the left and of the axis behind them.
    static let labels = 6
    static let left = labels + 1

    let map: LatencyMap
    /// The line above the map that says what is shown.
    let readout: Int
    let plot: Range<Int>
    /// The line of times; nil where there is no room.
    let axis: Int?
    /// Columns of the map that are shown.
    let visible: Range<Int>
    let right: Int
    let bandsARow: Int
    let rowsABand: Int
    /// The lowest row's bands are `lowest * bandsARow` and what follows.
    let lowest: Int
    /// The cursor's column, and its band.
    let cursor: (column: Int, band: Int)?

    init(map: LatencyMap, width: Int, lines: Range<Int>, state: HeatMapState) {
        self.map = map
        readout = lines.lowerBound
        let hasAxis = lines.count >= 4
        plot =
            min(
                lines.lowerBound + 1, lines.upperBound)..<max(
                min(lines.lowerBound + 1, lines.upperBound), lines.upperBound - (hasAxis ? 1 : 0))
        axis = hasAxis ? lines.upperBound - 1 : nil
        right = width
        let room = max(0, width - HeatMapLayout.left)
        let count = map.columns.count
        cursor = state.cursor.flatMap { cursor in
            map.columns.firstIndex { $0.end >= cursor.time }.map { ($0, max(0, min(LatencyLog.bands - 1, cursor.band))) }
        }
        var last = max(min(count, room), count - max(0, state.hidden))
        // The cursor's column stays in sight while time goes on.
        if let cursor {
            last = min(last, max(min(count, room), cursor.column + room))
            last = max(last, cursor.column + 1)
        }
        visible = max(0, last - room)..<last
        let bands = map.bands ?? 0...0
        let rows = max(1, plot.count)
        var step = 1
        while bands.upperBound / step - bands.lowerBound / step + 1 > rows { step *= 2 }
        bandsARow = step
        let needed = bands.upperBound / step - bands.lowerBound / step + 1
        // Three bands more at least, so that the map does not jump whenever one comes to it.
        rowsABand = max(1, rows / (needed + 3))
        lowest = max(0, bands.lowerBound / step - (rows / rowsABand - needed) / 2)
    }

    func x(ofColumn column: Int) -> Int { right - (visible.upperBound - column) }

    /// The bands of a line of the plot; nil beyond the slowest.
    func bands(atLine y: Int) -> Range<Int>? {
        let first = (lowest + (plot.upperBound - 1 - y) / rowsABand) * bandsARow
        guard plot.contains(y), first < LatencyLog.bands else { return nil }
        return first..<min(LatencyLog.bands, first + bandsARow)
    }

    /// The line of a band, of several the middle one.
    func line(ofBand band: Int) -> Int? {
        let y = plot.upperBound - 1 - (band / bandsARow - lowest) * rowsABand - rowsABand / 2
        return plot.contains(y) ? y : nil
    }

    /// The bands that share a row with this one.
    func bands(with band: Int) -> Range<Int> {
        let first = band / bandsARow * bandsARow
        return first..<min(LatencyLog.bands, first + bandsARow)
    }

    func count(column: Int, bands: Range<Int>) -> UInt64 {
        map.columns[column].counts[bands].reduce(UInt64(0)) { $0 + UInt64($1) }
    }

    /// The largest count of a cell that is shown.
    var largest: UInt64 {
        visible.reduce(UInt64(0)) { largest, column in
            plot.reduce(largest) { largest, y in bands(atLine: y).map { max(largest, count(column: column, bands: $0)) } ?? largest }
        }
    }
}
