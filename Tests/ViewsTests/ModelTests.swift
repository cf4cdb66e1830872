// The model beside its keys: selection by identity, pause, filters with mistakes, sizes.

import Testing

@testable import Aggregation
@testable import Views

@Suite struct ModelTests {
    @Test func `the selection follows its row by identity, not by place`() {
        var model = ConsoleModel.standard()
        model.type("2jjj")
        let identity = model.identity(at: model.state.position)
        model.type("SGS")
        model.type("kkk")
        let other = model.identity(at: model.state.position)
        #expect(identity != other)
        for flows in [40, 30, 60, 24] {
            model.receive(Fixture.tables(flows: flows))
            #expect(model.identity(at: model.state.position) == other)
            #expect(model.layout.body.count + model.state.top > model.state.position)
            #expect(model.state.top <= model.state.position)
        }
    }

    @Test func `without a choice the selection stays with the first row`() {
        var model = ConsoleModel.standard()
        model.type("2")
        model.receive(Fixture.tables(flows: 60))
        #expect(model.state.position == 0)
    }

    @Test func `when the selected row ends, the one in its place is selected`() {
        var model = ConsoleModel.standard()
        model.receive(Fixture.tables(flows: 40))
        model.type("2:sort workload\rG")
        model.receive(Fixture.tables(flows: 3))
        #expect(model.state.position == 2)
        model.receive(Fixture.tables(flows: 0))
        #expect(model.state.position == 0)
        #expect(model.rows.isEmpty)
        model.type("jk \rcG")
        _ = model.draw()
    }

    @Test func `while paused the picture stays, and the newest comes after`() {
        var model = ConsoleModel.standard()
        model.type("p")
        let held = model.draw()
        #expect(held.lines[0].contains("PAUSED"))
        for flows in [30, 50] {
            var tables = Fixture.tables(flows: flows)
            tables.status.cpuRatio = 0.5
            model.receive(tables)
            #expect(model.draw() == held)
        }
        model.type("p")
        #expect(model.tables.flows.count == 50)
        #expect(!model.draw().lines[0].contains("PAUSED"))
    }

    @Test func `a filter works while it is typed, and a mistake keeps the last that worked`() {
        var model = ConsoleModel.standard()
        model.type("/namespace=shop")
        #expect(model.rows.count == 2)
        #expect(model.total == 8)
        model.type(" (")
        #expect(model.prompt?.mistake != nil)
        #expect(model.rows.count == 2)
        model.type("\r")
        #expect(model.prompt != nil)
        model.type("cart)\r")
        #expect(model.prompt == nil)
        #expect(model.rows.count == 1)
        #expect(model.draw().lines[1].contains("1 of 8"))
    }

    @Test func `an unknown field is answered with a caret under its place`() {
        var model = ConsoleModel.standard()
        model.type("/namespace=shop pong>3")
        let lines = model.draw().lines
        let caret = lines[23].firstIndex(of: "▲").map { lines[23].distance(from: lines[23].startIndex, to: $0) }
        #expect(lines[22].hasPrefix("/namespace=shop pong>3"))
        #expect(caret == 16)
        #expect(lines[23].contains("expected"))
    }

    @Test func `each screen has its own filter, sort and place`() {
        var model = ConsoleModel.standard()
        model.type("/cart\r2jj3s1")
        #expect(model.state.filter == "cart")
        model.type("2")
        #expect(model.state.filter == "")
        #expect(model.state.position == 2)
    }

    @Test func `a drill-down of a workload shows its flows and nothing else`() {
        var model = ConsoleModel.standard()
        model.type("j\r")
        let serial = model.tables.workloads[1].serial
        #expect(!model.rows.isEmpty)
        for row in model.rows {
            #expect(model.tables.workloads[Int(model.tables.flows[Int(row)].workload)].serial == serial)
        }
        model.type("\u{1b}2")
        #expect(model.rows.count == 24)
    }

    @Test func `no size and no key crashes it`() {
        let keys: [Key] = Keymap.rows.flatMap(\.keys).filter { $0 != .character("q") }
        let standard = ConsoleModel.standard()
        for width in Array(0...18) + [39, 40, 41, 80, 200] {
            for height in [0, 1, 2, 3, 4, 7, 8, 9, 11, 12, 24, 60] {
                var model = standard
                model.resize(to: Size(width, height))
                for keys in ["", "G", "3", "?", "?\u{1b}/port>", "\r", "4j", "5hj", ":exchanges\r\r"] {
                    model.type(keys)
                    let grid = model.draw()
                    #expect(grid.width == width && grid.height == height)
                }
            }
        }
        var model = ConsoleModel.standard()
        for (index, key) in (keys + keys.reversed()).enumerated() {
            model.resize(to: Size(index * 7 % 120, index * 5 % 40))
            _ = model.handle(key)
            _ = model.draw()
        }
    }

    @Test(arguments: [Size(1, 1), Size(10, 5), Size(15, 40), Size(200, 2)])
    func `what is too small says so, and q quits`(size: Size) {
        var model = ConsoleModel.standard(size)
        #expect("too small".hasPrefix(model.draw().lines[0]))
        #expect(model.type("j/") == [])
        #expect(model.type("q") == [.quit])
    }

    @Test func `a smaller terminal keeps the selection in sight`() {
        var model = ConsoleModel.standard(Size(80, 60))
        model.type("2G")
        for height in stride(from: 60, through: 3, by: -1) {
            model.resize(to: Size(80, height))
            let body = model.layout.body.count
            #expect((model.state.top..<model.state.top + body).contains(model.state.position))
        }
    }

    @Test func `scrolled columns keep the first and show every other`() {
        var model = ConsoleModel.standard()
        model.type("2")
        var seen: Set<String> = []
        for _ in Schema.flows.fields {
            let titles = model.draw().lines[3]
            #expect(titles.contains("WORKLOAD"))
            for field in Schema.flows.fields { if let title = field.column?.title, titles.contains(title) { seen.insert(title) } }
            model.type("l")
        }
        #expect(seen == Set(Schema.flows.fields.compactMap { $0.column?.title }))
    }

    @Test func `the column one sorts by is shown, with an arrow`() {
        var model = ConsoleModel.standard()
        for field in Schema.flows.fields where field.column != nil {
            model.type("2:sort \(field.word)\r")
            let title = field.column?.title ?? ""
            let first = field.isNumber ? "▼" : "▲"
            #expect(model.draw().lines[3].contains(title + first))
            model.type("S")
            #expect(model.draw().lines[3].contains(title + (field.isNumber ? "▲" : "▼")))
        }
    }

    @Test func `a message is said until the next key`() {
        var model = ConsoleModel.standard()
        model.say("saved to podglass.txt")
        #expect(model.draw().lines[23] == "saved to podglass.txt")
        model.type("j")
        #expect(model.draw().lines[23].contains("quit"))
    }

    @Test func `a filter that is typed and cleared leaves the selection where it was`() {
        var model = ConsoleModel.standard()
        model.type("2jjj")
        let before = model.state
        model.type("/port=1")
        #expect(model.rows.isEmpty)
        model.type("\u{1b}")
        #expect(model.state.position == before.position)
        #expect(model.state.selection == before.selection)
    }

    @Test func `what a missing probe would have counted is a question mark, not a zero`() {
        var model = ConsoleModel.standard()
        model.type("3")
        #expect(model.draw().lines[3].contains("resets ?"))
        #expect(!model.draw().lines[3].contains("drops ?"))
        var tables = Fixture.tables()
        tables.symptoms = Table(limit: 10)
        model.receive(tables)
        #expect(model.draw().lines.joined(separator: " ").contains("not everything can be seen"))
    }

    @Test func `a large terminal says everything of the selected row, and why something is missing`() {
        var model = ConsoleModel.standard(Size(200, 60))
        model.type("7j")
        let screen = model.draw().lines.joined(separator: "\n")
        #expect(screen.contains("- measured in one second of ten"))
    }

    @Test func `with 20,000 flows a cursor key lists nothing again`() {
        var model = ConsoleModel.standard()
        model.receive(Fixture.tables(flows: 20_000))
        model.type("2")
        let rows = model.rows
        // Listing takes tenths of a second in a debug build; two hundred cursor keys must be far from two hundred of that.
        let spent = ContinuousClock().measure { for _ in 0..<200 { _ = model.handle(.down) } }
        #expect(model.state.position == 200)
        #expect(model.rows == rows)
        #expect(spent < .seconds(4))
    }

    @Test func `the default sort is named by columns that are shown, with an arrow on each`() {
        var model = ConsoleModel.standard()
        for screen in ["1", "2"] {
            model.type(screen)
            let lines = model.draw().lines
            #expect(lines[1].contains("sort TX/s+RX/s ▼"))
            #expect(lines[3].contains("TX/s▼") && lines[3].contains("RX/s▼"))
        }
    }

    @Test func `nothing is said to be zero before anything was measured`() {
        for (source, sentence) in [(ConsoleModel.Source.live, "Loading the probes…"), (.replay, "Opening the recording…")] {
            let lines = ConsoleModel(size: Size(80, 24), source: source).draw().lines
            #expect(lines[1].hasPrefix("cpu -  probes -  mem -  lost -"))
            #expect(lines.contains { $0.contains(sentence) })
        }
    }

    @Test func `the way in stands above what Enter opened, at every width, and Esc returns to the row`() throws {
        for width in [60, 80, 200] {
            var model = ConsoleModel.standard(Size(width, 24))
            model.type("jj")
            let row = model.state.selection
            model.type("\rj")
            let flow = model.state.selection
            model.type("\r")
            let trail = model.draw().lines[2]
            #expect(trail.contains("Pods ▸ kube") && trail.contains(" Flows ▸ ") && trail.contains("Connections"), "\(trail)")
            model.type("\u{1b}")
            #expect(model.state.selection == flow)
            model.type("\u{1b}")
            #expect(model.state.selection == row && model.state.position == 2)
            #expect(model.draw().lines[2].contains(try Regex("1 Pods +2 Flows")))
        }
    }

    @Test func `a flow's connections say at 80 columns what tells them apart, live ones first`() {
        var model = ConsoleModel.standard()
        var tables = Fixture.tables()
        tables.connections[0].sample.state = .closed
        tables.connections[0].sentPerSecond = 0
        for index in 0..<tables.connections.count { tables.connections[index].sentPerSecond = 0 }
        model.receive(tables)
        let first = model.tables.flows[0].key
        model.type("2:sort port\rG")
        while model.tables.flows[Int(model.rows[model.state.position])].key != first { model.type("k") }
        model.type("\r")
        let lines = model.draw().lines
        for title in ["CPORT", "STATE", "AGE", "TX/s", "RX/s", "RTT"] { #expect(lines[3].contains(title)) }
        #expect(!lines[3].contains("WORKLOAD"))
        #expect(model.rows.count == 5 && model.rows.last == 0)
        model.type("8")
        let titles = model.draw().lines[3]
        for title in ["WORKLOAD", "PEER", "CPORT", "STATE", "AGE", "TX/s", "RX/s", "RTT"] { #expect(titles.contains(title)) }
    }

    @Test func `rows that say nothing and drops that are harmless are faint`() {
        var model = ConsoleModel.standard()
        var tables = Fixture.tables()
        var quiet = WorkloadRow(serial: 999, owner: Owner(kind: .pod, key: "q", workload: "quiet"))
        quiet.lastActive = Fixture.monotonic
        _ = tables.workloads.append(quiet)
        tables.names[4] = "QUEUE_PURGE"
        model.receive(tables)
        for (keys, name) in [("1", "quiet"), ("3", "QUEUE_PURGE")] {
            model.type(keys + "G")
            let grid = model.draw()
            guard let y = grid.lines.firstIndex(where: { $0.contains(name) && !$0.contains(name + ":") }) else {
                Issue.record("no row \(name)")
                continue
            }
            model.type(grid[0, y].style == .selected ? "g" : "")
            #expect(model.draw()[1, y].style == .dim, "\(name)")
            #expect(model.draw()[1, 4].style != .dim || y == 4)
        }
    }

    @Test func `what ended is faint after ten seconds, its troubles are not`() {
        var model = ConsoleModel.standard(Size(80, 24))
        var tables = Fixture.tables()
        for index in tables.workloads.rows.indices { tables.workloads[index].lastActive = Fixture.monotonic }
        tables.workloads[1].totals[.closed] = tables.workloads[1].totals[.opened]
        model.receive(tables)
        #expect(model.draw()[1, 5].style == .text)
        tables.workloads[1].lastActive = Fixture.monotonic - 11 * Fixture.second
        model.receive(tables)
        let row = model.draw()
        #expect(row[1, 5].style == .dim)
        #expect((0..<100).contains { row[$0, 5].style == .warning })
    }

    @Test func `every word of the TCP screen is explained`() {
        for symptom in EngineState.symptoms {
            #expect(Causes.described(symptom.kind, symptom.cause) != nil, "\(symptom.kind.name) \(symptom.cause)")
        }
        for word in ["NETFILTER_DROP", "NO_SOCKET", "TCP_OLD_DATA", "NOT_SPECIFIED", "TCP_ZEROWINDOW", "QUEUE_PURGE"] {
            #expect(Causes.described(.drop, word) != nil)
        }
        #expect(Causes.sentence(.drop, "TOMORROWS_REASON").contains("dropreason-core.h"))
        for height in [14, 24, 60] {
            var model = ConsoleModel.standard(Size(80, height))
            model.type("3:sort kind\r")
            let screen = model.draw().lines.joined(separator: " ")
            #expect(screen.contains("NETFILTER_DROP: A firewall rule of this node"), "\(height)")
        }
    }

    @Test func `costs are in the header at every size that has one`() {
        for width in stride(from: 40, through: 200, by: 5) {
            for height in [8, 12, 24] {
                var model = ConsoleModel.standard(Size(width, height))
                var tables = Fixture.tables()
                tables.status.losses = ["ring": 3]
                model.receive(tables)
                model.type("/namespace=shop and cart\rp")
                let header = model.draw().lines[0..<2].joined(separator: " ")
                #expect(header.contains("cpu 1.2%") && header.contains("lost 3") && header.contains("PAUSED"), "\(width)×\(height)")
            }
        }
    }
}
