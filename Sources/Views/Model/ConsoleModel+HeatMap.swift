// The heat map's keys: a cursor over its cells, its window of time, and the way from a cell to the requests in it.

import Aggregation

extension ConsoleModel {
    /// The lines a picture has.
    var pictureLines: Range<Int> { layout.columns..<max(layout.columns, layout.footer ?? size.height) }

    var heatMapLayout: HeatMapLayout {
        HeatMapLayout(map: latencyMap, width: size.width, lines: pictureLines, state: state.heatMap)
    }

    mutating func perform(_ command: HeatMapCommand) -> [Action] {
        let map = heatMapLayout
        let half = max(1, (size.width - HeatMapLayout.left) / 2)
        switch command {
        case .earlier: moveCursor(in: map, columns: -1)
        case .later: moveCursor(in: map, columns: 1)
        case .up: moveCursor(in: map, rows: 1)
        case .down: moveCursor(in: map, rows: -1)
        case .oldest: moveCursor(in: map, columns: -latencyMap.columns.count)
        case .newest:
            state.heatMap.cursor = nil
            state.heatMap.hidden = 0
        case .pageEarlier: scroll(in: map, by: half)
        case .pageLater: scroll(in: map, by: -half)
        case .narrower: zoom(by: -1)
        case .wider: zoom(by: 1)
        case .open: openCell(in: map)
        case .back:
            if state.heatMap.cursor != nil { state.heatMap.cursor = nil } else { back() }
        case .lines: state.heatMap.showsLines.toggle()
        }
        return []
    }

    /// The first movement puts the cursor on the newest column, where most lies.
    private mutating func moveCursor(in map: HeatMapLayout, columns: Int = 0, rows: Int = 0) {
        guard let last = map.visible.last, let occupied = latencyMap.bands else { return }
        guard let cursor = map.cursor else {
            let newest = map.visible.last { latencyMap.columns[$0].total > 0 } ?? last
            let counts = latencyMap.columns[newest].counts
            let band = counts.indices.max { counts[$0] < counts[$1] || counts[$0] == counts[$1] && $0 > $1 } ?? occupied.lowerBound
            state.heatMap.cursor = HeatMapState.Cursor(time: latencyMap.columns[newest].end, band: band)
            if columns < -1 { moveCursor(in: heatMapLayout, columns: columns) }
            return
        }
        let column = max(0, min(latencyMap.columns.count - 1, cursor.column + columns))
        var band = cursor.band
        if rows != 0 {
            let moved = cursor.band / map.bandsARow * map.bandsARow + rows * map.bandsARow
            if map.line(ofBand: max(0, moved)) != nil, (0..<LatencyLog.bands).contains(moved) { band = moved }
        }
        state.heatMap.cursor = HeatMapState.Cursor(time: latencyMap.columns[column].end, band: band)
        // The window follows the cursor by as little as shows it.
        let count = latencyMap.columns.count
        if column < map.visible.lowerBound { state.heatMap.hidden = max(0, count - column - map.visible.count) }
        if column >= map.visible.upperBound { state.heatMap.hidden = count - column - 1 }
    }

    private mutating func scroll(in map: HeatMapLayout, by columns: Int) {
        state.heatMap.cursor = nil
        let most = max(0, latencyMap.columns.count - map.visible.count)
        let hidden = latencyMap.columns.count - map.visible.upperBound
        state.heatMap.hidden = max(0, min(most, hidden + columns))
        if most == 0 { say("Everything that is kept is shown.") }
    }

    private mutating func zoom(by step: Int) {
        let zoom = state.heatMap.zoom + step
        guard HeatMapState.slicesAColumn.indices.contains(zoom) else {
            say(step > 0 ? "A column is as wide as it gets." : "A column is one interval already.")
            return
        }
        state.heatMap.zoom = zoom
        state.heatMap.hidden = 0
        list()
    }

    private mutating func openCell(in map: HeatMapLayout) {
        var opened = ScreenState()
        guard let cursor = map.cursor else {
            opened.drill = state.drill
            opened.filter = state.filter
            opened.query = state.query
            return open(Screen.requests.name, opened, name: state.drill?.name ?? "all")
        }
        let bands = map.bands(with: cursor.band)
        let found = latencyMap.requests(in: tables.latencyLog, column: cursor.column, bands: bands, of: narrowedRequests)
        guard !found.isEmpty else {
            say("Nothing lies in this cell.")
            return
        }
        let time = Rendering.text(.time(tables.moment.wall(at: latencyMap.columns[cursor.column].end)))
        let name = LogScale.label(LatencyLog.lowerBound(ofBand: bands.lowerBound)) + " at " + time
        opened.drill = .requests(found, name: name)
        open(Screen.requests.name, opened, name: name)
    }
}
