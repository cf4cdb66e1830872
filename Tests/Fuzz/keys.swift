// What somebody types, while tables come and the window changes its size: after each key the picture is whole, nothing in it could
// be obeyed, the selection is a row that is there, and it took no time.

@testable import Aggregation
@testable import Views

/// The busy node of the pictures, later with fewer rows, and one where nothing is known yet.
private let pictures: [Tables] = [
    Fixture.tables(),
    Fixture.tables(flows: 5, at: Moment(wall: Fixture.wall + 10 * Fixture.second, monotonic: Fixture.monotonic + 10 * Fixture.second)),
    Tables(),
]
private let sizes = [Size(80, 24), Size(60, 15), Size(200, 60), Size(24, 6), Size(5, 2), Size(1, 1), Size(0, 0), Size(41, 80)]
private let named: [Key] = [
    .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .backTab, .delete, .enter, .escape, .enter, .tab, .backspace,
    .character(" "),
]

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let first = input.byte()
    var model = ConsoleModel(
        size: sizes[Int(first & 3)], glyphs: first & 4 == 0 ? .unicode : .ascii, source: first & 8 == 0 ? .live : .replay)
    model.receive(pictures[first & 16 == 0 ? 0 : 2])
    for _ in 0..<64 {
        guard !input.isAtEnd else { return }
        bounded("a key") {
            let byte = input.byte()
            switch byte {
            case 0x80..<0x90: press(named[Int(byte & 15)], &model)
            case 0x90..<0x98: model.resize(to: sizes[Int(byte & 7)])
            case 0x98..<0xa0: model.receive(pictures[Int(byte & 7) % pictures.count])
            case 0xa0...:
                // Of any plane.
                let value = UInt32(byte & 0x1f) << 16 | UInt32(input.byte()) << 8 | UInt32(input.byte())
                if let key = Unicode.Scalar(value).flatMap({ Key(scalar: $0) }) { press(key, &model) }
            default: if let key = Key(scalar: Unicode.Scalar(byte)) { press(key, &model) }
            }
            // While somebody types a word, now and then is often enough.
            check(model, isDrawn: model.prompt == nil || byte & 3 == 0)
        }
    }
}

private func press(_ key: Key, _ model: inout ConsoleModel) {
    for action in model.handle(key) {
        guard case .copy(let text) = action else { continue }
        check(text.utf8.count <= OSC52.limit, "\(text.utf8.count) bytes to the clipboard")
        check(text.unicodeScalars.allSatisfy { isShowable($0) || $0 == "\n" || $0 == "\t" }, "copies \(text)")
        check(OSC52.sequence(text).dropFirst().dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "a sequence that ends early")
    }
}

private func check(_ model: ConsoleModel, isDrawn: Bool) {
    let state = model.state
    check(state.position == 0 || model.rows.indices.contains(state.position), "row \(state.position) of \(model.rows.count)")
    check(state.top >= 0 && state.top <= state.position, "begins with row \(state.top), selected is \(state.position)")
    check(model.total >= model.rows.count, "\(model.rows.count) of \(model.total) rows")
    if let prompt = model.prompt { check((0...prompt.text.count).contains(prompt.cursor), "the cursor at \(prompt.cursor)") }
    guard isDrawn else { return }
    let grid = model.draw()
    check(grid.width == model.size.width && grid.height == model.size.height, "another size")
    check(grid)
}
