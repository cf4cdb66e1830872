// A regular expression and a text, a zero byte between them: it is refused with a place inside of it, or both machines that
// run it say the same, in a time that grows with the text and no faster.

@testable import Aggregation

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let source = String(decoding: input.piece(), as: UTF8.self)
    let text = input.text
    let pattern: Pattern
    do throws(Pattern.Flaw) {
        pattern = try bounded("compiling") { () throws(Pattern.Flaw) in try Pattern(source) }
    } catch {
        check((0...source.count).contains(error.offset) && !error.expected.isEmpty, "\(error)")
        return
    }
    check(pattern.length <= Pattern.Limits.instructions + 1, "\(pattern.length) states")
    var room = Pattern.Room(pattern)
    for text in [text, String(text.prefix(1)), text + text, ""] {
        let plain = pattern.matches(text)
        check(pattern.matches(text, &room) == plain, "the table of states says \(!plain) of \(text)")
        // Again, now that its states are known.
        check(pattern.matches(text, &room) == plain, "and then \(!plain) of \(text)")
    }
    // As long as any text that a query is asked of.
    guard let first = text.first else { return }
    let long = String(repeating: text, count: 1 + 4_096 / text.utf8.count) + String(first)
    _ = bounded("a text of 4 KiB") { pattern.matches(long) }
    _ = bounded("the same by the table of states") { pattern.matches(long, &room) }
}
