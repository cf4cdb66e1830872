// Asks a row. What is missing is equal to nothing and neither more nor less than anything; `!=` and `!~` are exactly the
// opposite of `=` and `~`, so they are true of it.

extension Query {
    package func matches(_ tables: Tables, row: Int) -> Bool { holds(expression, tables, row) }

    private func holds(_ expression: Expression, _ tables: Tables, _ row: Int) -> Bool {
        switch expression {
        case .everything: true
        case .word(let needle): searched.contains { $0.value(tables, row).hasText(where: needle.isIn) }
        case .condition(let condition): condition.holds(tables, row)
        case .not(let inner): !holds(inner, tables, row)
        case .all(let parts): parts.allSatisfy { holds($0, tables, row) }
        case .any(let parts): parts.contains { holds($0, tables, row) }
        }
    }
}

extension Condition {
    func holds(_ tables: Tables, _ row: Int) -> Bool {
        let value: Value =
            switch subject {
            case .field(let field): field.value(tables, row)
            case .marks(let marks): .list(marks(tables, row).names)
            }
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
        case .text, .integer, .time: false
        }
    }

    fileprivate func hasText(where holds: (String) -> Bool) -> Bool {
        switch self {
        case .text(let text): holds(text)
        case .list(let list): list.contains(where: holds)
        case .integer, .number, .time, .missing, .unobservable: false
        }
    }

    /// Negative where the value is less; nil where it is no number.
    fileprivate func compare(_ quantity: Quantity) -> Int? {
        if case .integer(let value) = self, let exact = quantity.exact { return value < exact ? -1 : value > exact ? 1 : 0 }
        guard let value = number, !value.isNaN else { return nil }
        return value < quantity.value ? -1 : value > quantity.value ? 1 : 0
    }
}
