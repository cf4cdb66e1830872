// Triples: a state, keys, a state. And the keymap as a whole: every row works where it says, and the help has it.

import Testing

@testable import Aggregation
@testable import Views

/// What a key may change, for comparing.
struct Snapshot: Equatable {
    var screen = "pods"
    var position = 0
    var columnOffset = 0
    var sort: String?
    var descending = true
    var filter = ""
    var drill: String?
    var isPaused = false
    var marked = 0
    var prompt: String?
    var cursor: Int?
    var helpTop: Int?
    var scroll = 0
    var heatMap = HeatMapState()
}

extension ConsoleModel {
    var snapshot: Snapshot {
        Snapshot(
            screen: screen.name, position: state.position, columnOffset: state.columnOffset, sort: state.sort,
            descending: state.descending, filter: state.filter, drill: state.drill?.name, isPaused: isPaused,
            marked: state.marked.count, prompt: prompt.map { $0.kind.lead + $0.line }, cursor: prompt?.cursor, helpTop: helpTop,
            scroll: state.scroll, heatMap: state.heatMap)
    }

    static func standard(_ size: Size = Size(80, 24)) -> ConsoleModel {
        var model = ConsoleModel(size: size)
        model.receive(Fixture.tables())
        return model
    }
}

@Suite struct KeyTests {
    static func snapshot(_ change: (inout Snapshot) -> Void) -> Snapshot {
        var snapshot = Snapshot()
        change(&snapshot)
        return snapshot
    }

    struct Triple: CustomTestStringConvertible {
        let keys: [Key]
        let after: Snapshot
        var actions: [Action] = []

        init(_ keys: [Key], actions: [Action] = [], _ change: (inout Snapshot) -> Void = { _ in }) {
            self.keys = keys
            self.actions = actions
            after = KeyTests.snapshot(change)
        }

        init(_ keys: String, actions: [Action] = [], _ change: (inout Snapshot) -> Void = { _ in }) {
            self.init(keys.unicodeScalars.compactMap(Key.init(scalar:)), actions: actions, change)
        }

        var testDescription: String { keys.map(\.name).joined(separator: " ") }
    }

    static let triples: [Triple] = [
        Triple("j") { $0.position = 1 }, Triple([.down, .down]) { $0.position = 2 },
        Triple("jjk") { $0.position = 1 }, Triple([.up]) { _ in },
        Triple("G") { $0.position = 7 }, Triple("Gg"), Triple([.end, .home]), Triple([.end]) { $0.position = 7 },
        Triple([.pageDown]) { $0.position = 7 }, Triple([.control("f"), .pageUp]), Triple([.end, .control("b")]),
        Triple("l") { $0.columnOffset = 1 }, Triple([.right, .right, .left]) { $0.columnOffset = 1 }, Triple("lh"),
        Triple("s") { $0.sort = "retrans" }, Triple("ss") { $0.sort = "drops" }, Triple(">") { $0.sort = "retrans" },
        Triple("<") { $0.sort = "rx" }, Triple("s<") { $0.sort = "rate" }, Triple("ss<") { $0.sort = "retrans" },
        Triple("S") { $0.descending = false }, Triple("SS"),
        Triple("p", actions: [.pause(true)]) { $0.isPaused = true }, Triple("pp", actions: [.pause(true), .pause(false)]),
        Triple(" ") {
            $0.marked = 1
            $0.position = 1
        },
        Triple(" k ") { $0.position = 1 },
        Triple("w", actions: [.saveScreen]), Triple("q", actions: [.quit]), Triple([.control("c")], actions: [.quit]),
        Triple([.control("l")], actions: [.redraw]), Triple([.control("z")], actions: [.suspend]),
        Triple("2") { $0.screen = "flows" }, Triple("9"), Triple([.tab]) { $0.screen = "flows" },
        Triple([.backTab], actions: [.listConnections(of: nil)]) { $0.screen = "connections" },
        Triple("81", actions: [.listConnections(of: nil), .stopListingConnections]),
        Triple("\r") {
            $0.screen = "flows"
            $0.drill = "shop/frontend-7b58c9d4f-x2lkj"
        },
        Triple("\r\u{1b}"), Triple("\u{1b}"), Triple("j\r1") { $0.position = 1 },
        Triple("\r2") { $0.screen = "flows" },
        Triple("?") { $0.helpTop = 0 }, Triple("?j") { $0.helpTop = 1 }, Triple("??"), Triple("?\u{1b}"), Triple("?q"),
        Triple("?3") { $0.screen = "tcp" },
        Triple("/cart") {
            $0.prompt = "/cart"
            $0.cursor = 4
            $0.filter = "cart"
        },
        Triple("/cart\r") { $0.filter = "cart" }, Triple("/cart\r\u{1b}"), Triple("/cart\u{1b}"), Triple("/\u{7f}"),
        Triple("/q") {
            $0.prompt = "/q"
            $0.cursor = 1
            $0.filter = "q"
        },
        Triple([.character("/"), .control("c")], actions: [.quit]) {
            $0.prompt = "/"
            $0.cursor = 0
        },
        Triple(":") {
            $0.prompt = ":"
            $0.cursor = 0
        },
        Triple(":q\r", actions: [.quit]), Triple(":flows\r") { $0.screen = "flows" }, Triple(":tcp\r") { $0.screen = "tcp" },
        Triple(":f\r") { $0.screen = "flows" }, Triple(":sort rtt\r") { $0.sort = "rtt" },
        Triple(":sort -rtt\r") {
            $0.sort = "rtt"
            $0.descending = false
        },
        Triple(":conn\r", actions: [.listConnections(of: nil)]) { $0.screen = "connections" },
        Triple(":\r"), Triple(":pods\u{1b}"), Triple(":help\r") { $0.helpTop = 0 },
        Triple(":so\tr\t\r") {
            $0.prompt = ":sortr"
            $0.cursor = 5
        },
    ]

    @Test(arguments: triples)
    func `keys lead from one state to another`(triple: Triple) {
        var model = ConsoleModel.standard()
        let actions = triple.keys.flatMap { model.handle($0) }
        #expect(model.snapshot == triple.after)
        #expect(actions == triple.actions)
    }

    @Test func `Enter on a flow asks for that flow's connections, and Esc ends it`() {
        var model = ConsoleModel.standard()
        model.type("2j")
        let key = model.tables.flows[Int(model.rows[1])].key
        #expect(model.type("\r") == [.listConnections(of: key)])
        #expect(model.screen.name == "connections")
        #expect(model.type("\u{1b}") == [.stopListingConnections])
        #expect(model.screen.name == "flows")
        #expect(model.state.position == 1)
    }

    @Test func `Enter on a symptom shows its flow`() {
        var model = ConsoleModel.standard()
        model.type("3:sort total\rg\r")
        #expect(model.screen.name == "flows")
        #expect(model.rows.count == 1)
    }

    @Test func `copy gives titles and the row, marked rows where there are some`() {
        var model = ConsoleModel.standard()
        guard case .copy(let one) = model.type("c").first else {
            Issue.record("no copy")
            return
        }
        #expect(one.split(separator: "\n").count == 2)
        #expect(one.hasPrefix("WORKLOAD\tNAMESPACE"))
        guard case .copy(let three) = model.type("  c").first else {
            Issue.record("no copy")
            return
        }
        #expect(three.split(separator: "\n").count == 3)
    }

    /// A model in which every command of a place changes something.
    static func prepared(_ place: Keymap.Place, for key: Key) -> ConsoleModel {
        var model = ConsoleModel.standard(Size(80, 10))
        switch place {
        case .always, .console: model.type(key == .character("1") ? "2" : "")
        case .table: model.type(key == .escape ? "/o\r" : "jjjll")
        case .help:
            model.type("?")
            for _ in 0..<12 { _ = model.handle(.down) }
        case .heatMap:
            // In the middle of a map that is wider than the screen.
            model.type("5/http1\r[+hhhh" + (key == .character("+") || key == .character("=") ? "-" : ""))
        case .sheet:
            model.type(":exchanges\rj\r")
            if key == .pageUp || key == .control("b") { _ = model.handle(.pageDown) }
        case .prompt:
            model.type("/namespace=shop co")
            if key != .tab { [Key.left, .left].forEach { _ = model.handle($0) } }
            if key == .tab { model.type("n") }
        }
        return model
    }

    @Test(arguments: Keymap.rows.indices)
    func `every row of the keymap is reachable and does something`(index: Int) {
        let row = Keymap.rows[index]
        for key in row.keys {
            #expect(Keymap.command(for: key, in: row.place) == row.command, "\(key.name) is taken by another row")
            var model = Self.prepared(row.place, for: key)
            let (before, message) = (model.snapshot, model.message)
            let actions = model.handle(key)
            #expect(model.snapshot != before || !actions.isEmpty || model.message != message, "\(key.name) does nothing in \(row.place)")
        }
    }

    @Test func `every row of the keymap appears in the help`() {
        let lines = HelpScreen(screen: .flows, glyphs: .unicode).lines(width: 400).map(\.text)
        for row in Keymap.rows {
            #expect(lines.contains { $0.contains(row.names) && $0.contains(row.help) }, "\(row.names)")
        }
        for field in Schema.flows.fields { #expect(lines.contains { $0.contains(field.explanation) }) }
    }

    @Test func `every command has a key`() {
        let bound = Set(Keymap.rows.map(\.command))
        for command in ConsoleCommand.allCases { #expect(bound.contains(.console(command))) }
        for command in HelpCommand.allCases { #expect(bound.contains(.help(command))) }
        for command in EditCommand.allCases { #expect(bound.contains(.prompt(command))) }
    }

    @Test func `a key is read from what a terminal sends`() {
        #expect(Key(scalar: "\r") == .enter)
        #expect(Key(scalar: "\u{1b}") == .escape)
        #expect(Key(scalar: "\u{7f}") == .backspace)
        #expect(Key(scalar: "\u{3}") == .control("c"))
        #expect(Key(scalar: "é") == .character("é"))
        #expect(Key(scalar: "\u{85}") == nil)
        #expect(Key(scalar: "\0") == nil)
    }
}
