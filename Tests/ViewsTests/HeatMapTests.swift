// The heat map: what is dense where, its cursor, its window of time, and the way from a cell to its requests.

import Testing

@testable import Aggregation
@testable import Views

@Suite struct HeatMapTests {
    /// One row of requests, and a log of one slice a second, the newest last: bands and how many in each.
    static func model(slices: [[Int: UInt32]], size: Size = Size(80, 24)) -> ConsoleModel {
        var tables = Fixture.tables()
        tables.latencyLog = LatencyLog()
        for (index, slice) in slices.enumerated() {
            let age = UInt64(slices.count - 1 - index)
            tables.latencyLog.append(
                LatencyLog.Slice(
                    end: Fixture.monotonic - age * Fixture.second, length: Fixture.second,
                    entries: ContiguousArray(slice.map { LatencyLog.Entry(request: 600, band: UInt8($0.key), count: $0.value) })))
        }
        var model = ConsoleModel(size: size)
        model.receive(tables)
        model.type("5")
        return model
    }

    private func text(_ model: ConsoleModel) -> String { model.draw().lines.joined(separator: "\n") }

    @Test func `a cell is as dense as it is full, the newest at the right, the slowest on top`() {
        let grid = Self.model(slices: [[20: 100], [:], [20: 1, 30: 100]]).draw()
        let lines = (4..<22).map { y in (0..<80).map { grid[$0, y] } }
        let hits = lines.enumerated().flatMap { y, line in
            line.enumerated().filter { $0.offset >= HeatMapLayout.left && $0.element.scalar != " " && Int($0.element.style.rawValue) > 0 }
                .map { (x: $0.offset, y: y, cell: $0.element) }
        }
        #expect(Set(hits.map(\.x)) == [77, 79])
        guard let slow = hits.filter({ $0.x == 79 }).map(\.y).min(), let fast = hits.filter({ $0.x == 79 }).map(\.y).max() else { return }
        #expect(slow < fast)
        #expect(hits.contains { $0.x == 77 && $0.y == fast })
    }

    @Test func `density grows with the count, and nothing is nothing`() {
        #expect(HeatMapScreen.level(0, of: 100) == 0 && HeatMapScreen.level(1, of: 1_000_000) == 1)
        #expect(HeatMapScreen.level(100, of: 100) == 8 && HeatMapScreen.level(1, of: 1) < 8)
        var last = 0
        for count in 0...UInt64(1_000) {
            let level = HeatMapScreen.level(count, of: 1_000)
            #expect(level >= last && level <= 8)
            last = level
        }
        for glyphs in [Glyphs.unicode, .ascii] {
            #expect(glyphs.shades.count == Style.heat.count + 1 && glyphs.shades[0] == " ")
        }
    }

    @Test func `the cursor reads out when, which latencies and how many`() {
        var model = Self.model(slices: [[10: 7], [20: 30, 26: 10], [20: 5]])
        #expect(text(model).contains("requests 52"))
        model.type("h")
        #expect(text(model).contains("5 of 5 (100%)"))
        model.type("h")
        let lines = model.draw().lines
        #expect(lines[3].contains("15:20:32") && lines[3].contains("30 of 40 (75%)"), "\(lines[3])")
        #expect(
            lines[3].contains(LogScale.label(LatencyLog.lowerBound(ofBand: 20)) + ".." + LogScale.label(LatencyLog.lowerBound(ofBand: 21))))
        model.type("kkkkkk")
        #expect(model.draw().lines[3].contains("10 of 40 (25%)"))
        model.type("hhhh")
        #expect(model.heatMapLayout.cursor?.column == 0)
        model.type("G")
        #expect(model.state.heatMap.cursor == nil)
    }

    @Test func `the cursor stays with its moment while time goes on, and goes when that is forgotten`() {
        var model = Self.model(slices: [[10: 7], [20: 30], [20: 5]])
        model.type("hh")
        let column = model.heatMapLayout.cursor?.column
        var tables = model.tables
        for step in 1...UInt64(400) {
            tables.moment = Moment(wall: Fixture.wall + step * Fixture.second, monotonic: Fixture.monotonic + step * Fixture.second)
            tables.latencyLog.append(LatencyLog.Slice(end: tables.moment.monotonic, length: Fixture.second, entries: []))
            tables.latencyLog.append(
                LatencyLog.Slice(
                    end: tables.moment.monotonic + 1, length: Fixture.second, entries: [.init(request: 600, band: 20, count: 1)]))
            model.receive(tables)
            if step < 100 {
                #expect(model.heatMapLayout.cursor?.column == column)
                #expect(text(model).contains("30 of 30"), "\(step)")
            }
            let map = model.heatMapLayout
            if let cursor = map.cursor { #expect(map.visible.contains(cursor.column)) }
        }
    }

    @Test func `Enter on a cell opens the requests that are in it, and no others`() {
        var model = ConsoleModel.standard()
        model.type("5h")
        guard let cursor = model.heatMapLayout.cursor else {
            Issue.record("no cursor")
            return
        }
        let bands = model.heatMapLayout.bands(with: cursor.band)
        let slice = model.tables.latencyLog.slices[model.tables.latencyLog.slices.count - 1]
        let expected = Set(slice.entries.filter { bands.contains(Int($0.band)) }.map(\.request))
        model.type("\r")
        #expect(model.screen.name == "requests")
        #expect(Set(model.rows.map { model.tables.requests[Int($0)].serial }) == expected && !expected.isEmpty)
    }

    @Test func `the filter of requests narrows the map, and an impossible one leaves a sentence`() {
        var model = ConsoleModel.standard()
        model.type("5")
        let all = model.latencyMap.columns.reduce(0) { $0 + $1.total }
        model.type("/protocol=dns\r")
        let dns = model.latencyMap.columns.reduce(0) { $0 + $1.total }
        #expect(dns > 0 && dns < all)
        model.type("/ status>=900\r")
        #expect(text(model).contains("No row matches the filter"))
        model.type("\u{1b}")
        #expect(model.latencyMap.columns.reduce(0) { $0 + $1.total } == all)
    }

    @Test func `zoomed out, columns are longer and nothing is lost; scrolled, the past is shown`() {
        var model = ConsoleModel.standard()
        model.type("5")
        let all = model.latencyMap.columns.reduce(0) { $0 + $1.total }
        var columns = model.latencyMap.columns.count
        let newest = model.heatMapLayout.visible
        model.type("[")
        #expect(model.heatMapLayout.visible.upperBound < newest.upperBound && model.heatMapLayout.visible.count == newest.count)
        model.type("]]")
        #expect(model.heatMapLayout.visible == newest)
        for _ in 1..<HeatMapState.slicesAColumn.count {
            model.type("-")
            #expect(model.latencyMap.columns.count < columns)
            columns = model.latencyMap.columns.count
            #expect(model.latencyMap.columns.reduce(0) { $0 + $1.total } == all)
        }
        #expect(model.draw().lines[3].contains("a column 20s"))
        model.type("-")
        #expect(model.message != nil)
    }

    @Test func `paused, the map stays while its cursor moves`() {
        var model = ConsoleModel.standard()
        model.type("5p")
        let map = model.latencyMap.columns.map(\.end)
        var tables = model.tables
        tables.latencyLog.append(LatencyLog.Slice(end: Fixture.monotonic + Fixture.second, length: Fixture.second, entries: []))
        model.receive(tables)
        model.type("hhk")
        #expect(model.latencyMap.columns.map(\.end) == map && model.heatMapLayout.cursor != nil)
    }

    @Test func `no log crashes it: one band, all bands, one request, billions`() {
        let logs: [[[Int: UInt32]]] = [
            [[0: 1]], [[53: .max], [0: .max]], Array(repeating: [:], count: 300),
            (0..<300).map { [$0 % 54: UInt32($0)] }, [Dictionary(uniqueKeysWithValues: (0..<54).map { ($0, UInt32($0 + 1)) })],
        ]
        for slices in logs {
            for size in [Size(16, 3), Size(20, 5), Size(40, 8), Size(60, 15), Size(80, 24), Size(200, 60), Size(400, 100)] {
                var model = Self.model(slices: slices, size: size)
                for keys in ["", "h", "k", "k", "jjj", "g", "[", "]", "-", "--", "G", "o", "\r", "\u{1b}"] {
                    model.type(keys)
                    let grid = model.draw()
                    #expect(grid.width == size.width && grid.height == size.height)
                    let map = model.heatMapLayout
                    if model.screen.name == "latency", let bands = model.latencyMap.bands, !map.plot.isEmpty {
                        #expect(map.line(ofBand: bands.lowerBound) != nil && map.line(ofBand: bands.upperBound) != nil, "\(size) \(bands)")
                    }
                }
            }
        }
    }

    @Test func `labels of the scale are round and lie in their rows`() {
        #expect(LogScale.mark(in: 900_000..<1_100_000) == 1_000_000 && LogScale.mark(in: 1_100_000..<1_900_000) == nil)
        #expect(LogScale.mark(in: 1_100_000..<2_100_000) == 2_000_000 && LogScale.mark(in: 1_500_000..<6_000_000) == 5_000_000)
        #expect(LogScale.powers.first == 1_000 && LogScale.powers.last == 100_000_000_000)
    }
}
