// What an API server sends: a list in pieces, then the lines of a watch. What is no object is counted and passed over; cut
// anywhere, a list has the same items; what gets into the book is bounded.

@testable import Aggregation
@testable import Cluster
import FoundationEssentials

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let resource = input.choice(Resource.allCases)
    let piece = Int(input.byte()) + 1
    let text = input.rest
    let whole = items(text, piece: max(1, text.count))
    let cut = items(text, piece: piece)
    check(whole.items == cut.items && whole.cutter.isWhole == cut.cutter.isWhole, "cut otherwise by \(piece) bytes")
    check(whole.cutter.envelope == cut.cutter.envelope || whole.cutter.isGarbled, "another envelope by \(piece) bytes")

    let book = NameBook()
    let writer = ResourceWriter(resource, book: book, owners: Owners(book))
    bounded("a list") {
        writer.begin()
        for item in cut.items { writer.list(item) }
        writer.finish(version: "1")
    }
    var lines = LineCutter(limit: 1_024)
    bounded("a watch") {
        writer.watch()
        for start in stride(from: 0, to: text.count, by: piece) {
            lines.push(Array(text[start..<min(text.count, start + piece)])) { _ = writer.apply($0) }
        }
    }
    _ = try? JSONDecoder().decode([EngineContainer].self, from: Data(text)).compactMap(\.object)
    _ = UID(String(decoding: text, as: UTF8.self))
}

private func items(_ text: [UInt8], piece: Int) -> (items: [[UInt8]], cutter: ItemCutter) {
    var cutter = ItemCutter(itemLimit: 1_024)
    var items: [[UInt8]] = []
    for start in stride(from: 0, to: text.count, by: piece) {
        cutter.push(Array(text[start..<min(text.count, start + piece)])) { items.append($0) }
    }
    check(items.allSatisfy { $0.count <= 1_024 }, "an item beyond the limit")
    return (items, cutter)
}
