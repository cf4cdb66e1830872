// Asks rows. What is missing is equal to nothing and neither more nor less than anything; `!=` and `!~` are exactly the
// opposite of `=` and `~`, so they are true of it. Asks all rows one question after the other, not each row all questions:
// so a text that many rows share is judged once, and each next question meets only the rows that are left.

extension Query {
    package func matches(_ tables: Tables, row: Int) -> Bool { !select(from: [Int32(row)], in: tables).isEmpty }

    /// The rows that match, in the order of `rows`.
    func select(from rows: [Int32], in tables: Tables) -> [Int32] { select(expression, rows, tables) }

    private func select(_ expression: Expression, _ rows: [Int32], _ tables: Tables) -> [Int32] {
        switch expression {
        case .everything: return rows
        case .word(let needle):
            return Query.any(searched, rows) { field, rows in
                field.select(from: rows, in: tables) { $0.hasText(where: needle.isIn) }
            }
        case .condition(let condition): return condition.select(from: rows, in: tables)
        case .not(let inner): return rows.without(select(inner, rows, tables))
        case .all(let parts): return parts.reduce(rows) { select($1, $0, tables) }
        case .any(let parts): return Query.any(parts, rows) { select($0, $1, tables) }
        }
    }

    private static func any<Part>(_ parts: [Part], _ rows: [Int32], _ select: (Part, [Int32]) -> [Int32]) -> [Int32] {
        rows.without(parts.reduce(rows) { rest, part in rest.without(select(part, rest)) })
    }
}

extension [Int32] {
    /// What is left without `others`, which are some of these in the same order.
    fileprivate func without(_ others: [Int32]) -> [Int32] {
        var rest: [Int32] = []
        rest.reserveCapacity(count - others.count)
        var next = 0
        for row in self {
            if next < others.count, others[next] == row { next += 1 } else { rest.append(row) }
        }
        return rest
    }
}

extension Field {
    /// The rows whose value `holds`; a value that rows share is made and asked once.
    fileprivate func select(from rows: [Int32], in tables: Tables, where holds: (Value) -> Bool) -> [Int32] {
        var verdicts: [Bool?] = []
        return rows.filter { row in
            guard let code = code(tables, Int(row)) else { return holds(value(tables, Int(row))) }
            if code < verdicts.count, let verdict = verdicts[code] { return verdict }
            if code >= verdicts.count { verdicts += repeatElement(nil, count: code + 1 - verdicts.count) }
            let verdict = holds(value(tables, Int(row)))
            verdicts[code] = verdict
            return verdict
        }
    }
}

extension Condition {
    fileprivate func select(from rows: [Int32], in tables: Tables) -> [Int32] {
        switch subject {
        case .field(let field): field.select(from: rows, in: tables) { holds($0, tables) }
        case .label(let field, let key): field.select(from: rows, in: tables) { holds($0.label(key), tables) }
        case .marks(let marks): rows.filter { holds(.list(marks(tables, Int($0)).names), tables) }
        }
    }

    private func holds(_ value: Value, _ tables: Tables) -> Bool {
        switch test {
        case .text(let texts, let orNull): return orNull && value.isMissing || value.hasText(where: texts.contains)
        case .number(let quantities, let orNull):
            return orNull && value.isMissing || quantities.contains { value.compare($0) == 0 }
        case .order(let comparison, let quantity): return value.compare(quantity).map { comparison.holds($0) } ?? false
        case .age(let comparison, let quantity):
            guard case .time(let wall) = value else { return false }
            // Wrapping: a time that is a little ahead of the tables' moment is a small negative age.
            let age = Int64(bitPattern: tables.moment.wall &- wall)
            return Value.integer(age).compare(quantity).map { comparison.holds($0) } ?? false
        case .missing: return value.isMissing
        case .pattern(let verdicts): return value.hasText(where: verdicts.matches)
        }
    }
}

extension Comparison {
    /// Whether it holds of two values that are ordered so: negative for less, 0 for equal.
    fileprivate func holds(_ order: Int) -> Bool {
        switch self {
        case .equal, .matching: order == 0
        case .notEqual, .notMatching: order != 0
        case .less: order < 0
        case .atMost: order <= 0
        case .more: order > 0
        case .atLeast: order >= 0
        }
    }
}

extension Value {
    /// An empty list counts as missing: `marks=null` finds what is exact.
    fileprivate var isMissing: Bool {
        switch self {
        case .missing, .unobservable: true
        case .list(let list): list.isEmpty
        case .number(let number): number.isNaN
        case .text, .boolean, .integer, .time: false
        }
    }

    /// The value of the label with this key; missing where there is none.
    fileprivate func label(_ key: String) -> Value {
        guard case .list(let pairs) = self else { return self }
        for pair in pairs where pair.utf8.count > key.utf8.count && pair.utf8.starts(with: key.utf8) {
            let rest = pair.utf8.dropFirst(key.utf8.count)
            if rest.first == UInt8(ascii: "=") { return .text(String(Substring(rest.dropFirst()))) }
        }
        return .missing("no such label")
    }

    fileprivate func hasText(where holds: (String) -> Bool) -> Bool {
        switch self {
        case .text(let text): holds(text)
        case .boolean(let value): holds(value.description)
        case .list(let list): list.contains(where: holds)
        case .integer, .number, .time, .missing, .unobservable: false
        }
    }

    /// Negative where the value is less; nil where it is no number. A code may be one: "404" is more than 399.
    fileprivate func compare(_ quantity: Quantity) -> Int? {
        if case .text(let text) = self { return Int64(text).flatMap { Value.integer($0).compare(quantity) } }
        if case .integer(let value) = self, let exact = quantity.exact { return value < exact ? -1 : value > exact ? 1 : 0 }
        guard let value = number, !value.isNaN else { return nil }
        return value < quantity.value ? -1 : value > quantity.value ? 1 : 0
    }
}
