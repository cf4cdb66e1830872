// A query: parsed or refused with a caret inside of it; what is understood is spelled in a way that means the same; rows are
// kept of those that are there.

@testable import Aggregation

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let schema = input.choice(Schema.all)
    let width = Int(input.byte())
    let text = input.text
    do throws(QueryError) {
        let query = try bounded("parsing") { () throws(QueryError) in try Query.parse(text, schema: schema) }
        checkMeaning(query, schema)
    } catch {
        checkMistake(error, text, width)
    }
}

private func checkMeaning(_ query: Query, _ schema: Schema) {
    let all = schema.rows(Shop.tables)
    let kept = bounded("asking") { query.select(from: all, in: Shop.tables) }
    check(kept.allSatisfy(all.contains) && Set(kept).count == kept.count, "rows from nowhere")
    for row in all { check(query.matches(Shop.tables, row: Int(row)) == kept.contains(row), "a row alone is judged otherwise") }
    let listed = Listing(schema: schema, query: query, sort: nil, descending: true, limit: nil).rows(in: Shop.tables)
    check(listed.sorted() == kept.sorted(), "listed otherwise")
    let spelling = query.description
    // Written out it may be longer than what may be typed.
    guard spelling.count <= Query.Limits.characters else { return }
    do throws(QueryError) {
        let again = try Query.parse(spelling, schema: schema)
        check(again.description == spelling, "spelled \(spelling), then \(again.description)")
        check(again.select(from: all, in: Shop.tables) == kept, "means something else: \(spelling)")
    } catch {
        check(false, "its own spelling \(spelling) is refused: \(error.sentence)")
    }
}

private func checkMistake(_ mistake: QueryError, _ text: String, _ width: Int) {
    check((0...text.count).contains(mistake.offset), "the place \(mistake.offset) of \(text.count)")
    check(!mistake.expected.isEmpty && !mistake.message.isEmpty, "nothing said")
    let lines = mistake.lines(for: text, width: width)
    check(lines.count == 3 && lines[1].last == "^" && lines[1].dropLast().allSatisfy { $0 == " " }, "\(lines)")
    check(lines[0].cells <= max(16, width), "\(lines[0].cells) cells in \(width)")
    check(lines[1].cells <= max(16, width) && lines[1].cells <= lines[0].cells + 1, "the caret leaves the line: \(lines)")
    lines.forEach { checkShowable($0) }
}
