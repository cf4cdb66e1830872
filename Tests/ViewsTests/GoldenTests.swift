// Every screen at the three sizes, and the states that look different.

import Testing

@testable import Aggregation
@testable import Views

@Suite struct GoldenTests {
    static let sizes = [Size(20, 5), Size(80, 24), Size(200, 60)]

    static func model(_ size: Size, glyphs: Glyphs = .unicode, keys: String = "") -> ConsoleModel {
        var model = ConsoleModel(size: size, glyphs: glyphs)
        model.receive(Fixture.tables())
        model.type(keys)
        return model
    }

    @Test(arguments: Screen.all.indices, sizes)
    func `a screen looks as recorded`(index: Int, size: Size) {
        // The last, one exchange, is opened from the row of another.
        let keys = [":\(Screen.all[index].name)\r", ":exchanges\r\r"][Screen.all[index].entrance == .row ? 1 : 0]
        let model = Self.model(size, keys: keys)
        Golden.check(model.draw(), "\(Screen.all[index].name)-\(size.width)x\(size.height)")
    }

    @Test(arguments: sizes)
    func `the help looks as recorded`(size: Size) {
        Golden.check(Self.model(size, keys: "?").draw(), "help-\(size.width)x\(size.height)")
    }

    @Test(arguments: sizes)
    func `an empty node looks as recorded`(size: Size) {
        var model = ConsoleModel(size: size)
        model.receive(Tables())
        Golden.check(model.draw(), "empty-\(size.width)x\(size.height)")
    }

    @Test func `in ASCII a screen looks as recorded`() {
        Golden.check(Self.model(Size(100, 24), glyphs: .ascii, keys: "2").draw(), "flows-ascii-100x24")
    }

    @Test func `sixty by fifteen looks as recorded`() {
        Golden.check(Self.model(Size(60, 15), keys: "2").draw(), "flows-60x15")
    }

    static let requestScreens = [("requests", "4"), ("latency", "5hhk"), ("exchanges", ":exchanges\r"), ("exchange", ":exchanges\r\r")]

    @Test(arguments: requestScreens)
    func `the screens of requests in sixty by fifteen, and in ASCII, look as recorded`(name: String, keys: String) {
        Golden.check(Self.model(Size(60, 15), keys: keys).draw(), "\(name)-60x15")
        Golden.check(Self.model(Size(100, 24), glyphs: .ascii, keys: keys).draw(), "\(name)-ascii-100x24")
    }

    @Test(arguments: [("pod-requests", "r"), ("request-latency", "4jL"), ("request-exchanges", "4\r"), ("pods-by-p99", ":sort p99\r")])
    func `what is opened from a row looks as recorded`(name: String, keys: String) {
        Golden.check(Self.model(Size(80, 24), keys: keys).draw(), "\(name)-80x24")
    }

    @Test func `paused, replaying, filtered, marked and drilled looks as recorded`() {
        var model = ConsoleModel(size: Size(80, 24), source: .replay, notice: "demo: a recording")
        var tables = Fixture.tables()
        tables.status.losses = ["ring": 17]
        model.receive(tables)
        model.type("j \rp/port>100")
        _ = model.handle(.enter)
        model.type(" ")
        Golden.check(model.draw(), "everything-80x24")
    }

    @Test func `a prompt with a mistake shows a caret and what was expected`() {
        Golden.check(Self.model(Size(80, 24), keys: "2:sort pong\r").draw(), "mistake-80x24")
    }
}

extension ConsoleModel {
    /// Types characters; "\r" is Enter and "\u{1b}" is Escape.
    @discardableResult mutating func type(_ keys: String) -> [Action] {
        keys.unicodeScalars.compactMap(Key.init(scalar:)).flatMap { handle($0) }
    }
}
