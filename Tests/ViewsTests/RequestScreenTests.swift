// The screens of requests: ways from rows to requests, to latency and to single exchanges; the heat map's cursor; what is
// drawn of hostile, empty and extreme tables.

import Testing

@testable import Aggregation
@testable import Views

@Suite struct RequestScreenTests {
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

    @Test func `r shows the requests of a pod, of a flow, of a symptom's flow and of a listener's pod, and Esc goes back`() {
        for (keys, isOne) in [("j", false), ("2j", true), ("3g", true), ("6", false)] {
            var model = ConsoleModel.standard()
            model.type(keys)
            let (screen, row) = (model.screen.name, model.state.position)
            let drill = model.screen.drill?(model.tables, Int(model.rows[row]))
            model.type("r")
            #expect(model.screen.name == "requests" && model.state.drill == drill, "\(keys)")
            for row in model.rows {
                let request = model.tables.requests[Int(row)]
                switch drill {
                case .flow(let key, _): #expect(isOne && request.key.flow == key)
                case .workload(let serial, _): #expect(model.tables.workloads[Int(request.workload)].serial == serial)
                case .requests, nil: Issue.record("\(keys) narrows to nothing")
                }
            }
            model.type("\u{1b}")
            #expect(model.screen.name == screen && model.state.position == row)
        }
    }

    @Test func `where there is nothing to look into a sentence says so`() {
        for (keys, word) in [
            ("4r", "are the requests"), ("7r", "no requests of its own"), ("7L", "no requests of its own"), ("/zz\rr", "no row"),
        ] {
            var model = ConsoleModel.standard()
            model.type(keys)
            #expect(model.message?.text.contains(word) == true, "\(keys): \(model.message?.text ?? "")")
        }
    }

    @Test func `Enter on a row of requests shows its exchanges, Enter again one of them, and its neighbours are a key away`() {
        var model = ConsoleModel.standard()
        model.type("4")
        let request = model.tables.requests[Int(model.rows[0])]
        model.type("\r")
        #expect(model.screen.name == "exchanges" && model.rows.count == 3)
        for row in model.rows { #expect(model.tables.exchanges[Int(row)].request == request.serial) }
        #expect(!model.draw().lines[3].contains("WORKLOAD"))
        model.type("\r")
        #expect(model.screen.name == "exchange" && model.state.position == 0)
        let first = text(model)
        #expect(first.contains("GET /api/0//api/users/{id}  200  latency 42ms"))
        #expect(!first.contains("secret") && !first.contains("token"))
        model.type("jj")
        #expect(text(model).contains("GET /api/2//api/users/{id}"))
        model.type("\u{1b}")
        #expect(model.screen.name == "exchanges" && model.state.position == 2)
        model.type("\u{1b}")
        #expect(model.screen.name == "requests" && model.crumbs.isEmpty)
    }

    @Test func `an exchange that is longer than the screen can be read to its end, and back`() {
        var model = ConsoleModel.standard(Size(60, 15))
        model.type(":exchanges\r\r")
        let first = text(model)
        var seen = first
        for _ in 0..<12 {
            _ = model.handle(.pageDown)
            seen += text(model)
        }
        for field in Schema.exchanges.fields { #expect(seen.contains("\n \(field.word) "), "\(field.word)") }
        let last = text(model)
        _ = model.handle(.pageUp)
        #expect(text(model) != last)
        for _ in 0..<40 { _ = model.handle(.pageUp) }
        #expect(text(model) == first)
    }

    @Test func `the way may lead through a screen twice, is said in the trail, and ends somewhere`() {
        var model = ConsoleModel.standard(Size(200, 60))
        model.type("4jL")
        #expect(model.screen.name == "latency" && model.rows.count == 1)
        model.type("h\r")
        #expect(model.screen.name == "requests" && model.rows.count == 1)
        let trail = model.draw().lines[2]
        #expect(trail.contains("Requests ▸ POST /api/orders 201 ▸  Latency ▸ ") && trail.hasSuffix("Requests"), "\(trail)")
        model.type("\u{1b}")
        #expect(model.screen.name == "latency" && model.state.heatMap.cursor != nil)
        model.type("\u{1b}\u{1b}")
        #expect(model.screen.name == "requests" && model.rows.count == 9 && model.state.position == 1)
        for _ in 0..<40 { model.type("Lh\r") }
        #expect(model.crumbs.count == ConsoleModel.deepest)
        for _ in 0..<60 { model.type("\u{1b}") }
        #expect(model.crumbs.isEmpty && model.screen.name == "requests" && model.rows.count == 9)
    }

    // MARK: the heat map

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

    // MARK: the histogram

    @Test func `a histogram's bars sum to its records, at every width, and the quantiles' marks stand in order`() {
        var histogram = Histogram()
        for step in 1...UInt64(1_000) { histogram.record(step * step * 1_000) }
        for width in [1, 2, 13, 53, 73, 193, 400] {
            guard let span = HistogramStrip.Span(histogram, width: width) else {
                Issue.record("no span")
                continue
            }
            #expect(span.bars.count == width && abs(span.bars.reduce(0, +) - 1_000) < 1e-6)
            let places = [0.5, 0.9, 0.99].compactMap { histogram.quantile($0).flatMap(span.x) }
            #expect(places.count == 3 && places == places.sorted() && places.allSatisfy { (0..<width).contains($0) })
        }
        #expect(HistogramStrip.Span(Histogram(), width: 10) == nil)
    }

    @Test func `below the table stands the histogram of the selected row, and says so where nobody answered`() {
        var model = ConsoleModel.standard()
        model.type("4")
        #expect(text(model).contains("▲p50") && text(model).contains("▲p99") && text(model).contains("max 42ms"))
        model.type("/status=null\r")
        #expect(text(model).contains("No latency: nobody answered."))
    }

    // MARK: words

    @Test func `a sentence that sends to a screen names its digit`() throws {
        for screen in Screen.all {
            for match in screen.empty.matches(of: try Regex("([0-9]) ([A-Z][a-z]+)")) {
                #expect(match.output.count == 3)
                let digit = match.output[1].substring.flatMap { Int($0) } ?? 0
                #expect(
                    Screen.tabs.indices.contains(digit - 1) && Screen.tabs[digit - 1].title == match.output[2].substring.map(String.init))
            }
        }
        #expect(Screen.all.prefix(Screen.tabs.count).allSatisfy { $0.entrance == .digit } && Screen.tabs.count <= 9)
    }

    @Test func `every tab is seen from sixty columns on`() {
        for width in [60, 70, 80, 100, 200] {
            let line = ConsoleModel.standard(Size(width, 24)).draw().lines[2]
            for index in Screen.tabs.indices { #expect(line.contains("\(index + 1) "), "\(width): \(line)") }
        }
    }

    @Test func `what was not understood stands in the header beside what was lost`() {
        for (width, words) in [(80, ["not understood 17"]), (200, ["not understood 17", "http1.gap 12", "dns.truncated 5"])] {
            var model = ConsoleModel.standard(Size(width, 24))
            var tables = Fixture.tables()
            tables.status.notUnderstood = ["http1.gap": 12, "dns.truncated": 5]
            model.receive(tables)
            for word in words { #expect(model.draw().lines[1].contains(word), "\(model.draw().lines[1])") }
        }
        #expect(!ConsoleModel.standard().draw().lines[1].contains("understood"))
    }

    @Test func `on a screen whose table has two trends the sparkline is that of the sorted column`() {
        var model = ConsoleModel.standard(Size(120, 24))
        model.type("4")
        #expect(model.draw().lines[3].contains("requests/s"))
        model.type("1")
        #expect(model.draw().lines[3].contains("bytes/s"))
    }
}
