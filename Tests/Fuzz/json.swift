// Any texts and numbers as JSON: what is written reads back the same, by a reader that takes nothing else, and is safe to print.

@testable import Aggregation

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    var writer = JSONWriter()
    var members: [JSONValue.Member] = []
    writer.beginObject()
    while !input.isAtEnd {
        let key = "\(members.count) " + String(decoding: input.piece(), as: UTF8.self)
        writer.key(key)
        members.append(JSONValue.Member(key, value(&input, &writer, depth: 0)))
    }
    writer.endObject()
    check(JSONValue.object(members), writer.bytes)
    check(JSONValue.object(members), Array(JSONValue.object(members).pretty().utf8), lines: true)
}

private func value(_ input: inout Input, _ writer: inout JSONWriter, depth: Int) -> JSONValue {
    switch input.byte() % (depth < 20 ? 7 : 5) {
    case 0:
        writer.null()
        return .null
    case 1:
        let holds = input.byte() & 1 == 0
        writer.bool(holds)
        return .bool(holds)
    case 2:
        let number = Int64(bitPattern: integer(&input))
        writer.integer(number)
        return .integer(number)
    case 3:
        let number = Double(bitPattern: integer(&input))
        guard writer.number(number) else { return .null }
        // A whole number is written as one; beyond 2^53 the shortest digits that mean it need not be its own.
        return number.magnitude < 0x1p53 ? Int64(exactly: number).map { .integer($0) } ?? .number(number) : .number(number)
    case 4:
        let text = String(decoding: input.piece(), as: UTF8.self)
        writer.string(text)
        return .string(text)
    default:
        writer.beginArray()
        defer { writer.endArray() }
        return .array((0..<input.byte() % 5).map { _ in value(&input, &writer, depth: depth + 1) })
    }
}

private func integer(_ input: inout Input) -> UInt64 { (0..<8).reduce(0) { number, _ in number << 8 | UInt64(input.byte()) } }

private func check(_ expected: JSONValue, _ written: [UInt8], lines: Bool = false) {
    let text = String(decoding: written, as: UTF8.self)
    check(text.unicodeScalars.allSatisfy { isShowable($0) || lines && $0 == "\n" }, "shows \(text)")
    guard let read = JSONValue(parsing: text) else { return check(false, "no JSON: \(text)") }
    check(same(read, expected), "reads as \(read)")
}

/// Numbers that are whole and beyond 2^53 may be written either way.
private func same(_ one: JSONValue, _ other: JSONValue) -> Bool {
    switch (one, other) {
    case (.integer(let one), .number(let other)), (.number(let other), .integer(let one)): Double(one) == other
    case (.array(let one), .array(let other)): one.count == other.count && zip(one, other).allSatisfy(same)
    case (.object(let one), .object(let other)):
        one.count == other.count
            && zip(one, other).allSatisfy { $0.key.unicodeScalars.elementsEqual($1.key.unicodeScalars) && same($0.value, $1.value) }
    case (.string(let one), .string(let other)): one.unicodeScalars.elementsEqual(other.unicodeScalars)
    default: one == other
    }
}
