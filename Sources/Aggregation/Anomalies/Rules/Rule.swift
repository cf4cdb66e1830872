// A threshold: a condition over the rows of one table, in the query language, and for how long it must hold. A plain value; who is
// in breach of it is known to the `Rulebook`. Rules read the recent past (`Schema.inRules`): docs/rules.md.

package struct Rule: Sendable {
    /// Every limit of a rule's own texts; queries have theirs.
    package enum Bounds {
        package static let name = 64
        package static let sentence = 500
        /// Nanoseconds: a day. More is kept in no memory of podglass.
        package static let duration: UInt64 = 86_400_000_000_000
    }

    /// A breach ends once its condition has not held for so long; nanoseconds.
    package static let clearAfter: UInt64 = 10_000_000_000

    package let name: String
    /// The table as rules read it.
    package let table: Schema
    /// The condition without its duration.
    package let when: Query
    /// It must hold so long without a gap; nanoseconds.
    package let duration: UInt64
    /// A breach ends when this holds; nil where it ends after `clearAfter`.
    package let until: Query?
    package let clearAfter: UInt64
    package let severity: Severity
    /// What it means and what to do; `{workload}` and `{value}` stand for what a breach says.
    package let sentence: String?
    /// The first number that the condition compares: what a breach shows.
    package let measure: RuleMeasure?
    /// As they were written.
    package let whenText: String
    package let untilText: String?

    /// The tables that rules may be about, as rules read them.
    package static let tables: [Schema] = (Schema.streamed + [.cardinality]).map(\.inRules)

    /// Reads a rule of the table `table`. `when` is a query, and behind it `for` and a duration where it must hold for some time.
    package init(
        name: String, table: String, when: String, until: String? = nil, clearAfter: UInt64 = Rule.clearAfter,
        severity: Severity = .warning, sentence: String? = nil
    ) throws(RuleError) {
        func wrong(_ part: RuleError.Part, _ text: String, _ error: QueryError) -> RuleError {
            RuleError(rule: name, part: part, text: text, error: error)
        }
        guard !name.isEmpty, name.count <= Bounds.name else {
            throw wrong(
                .name, name, QueryError("a rule's name has \(name.count) characters", at: 0, expected: "1 to \(Bounds.name)"))
        }
        guard let schema = Rule.tables.first(where: { $0.name == table }) else {
            let names = String.alternatives(Rule.tables.map(\.name))
            throw wrong(.table, table, QueryError("there is no table “\(table)” for rules", at: 0, expected: names))
        }
        if let sentence, sentence.count > Bounds.sentence {
            throw wrong(
                .sentence, sentence,
                QueryError("the sentence has \(sentence.count) characters", at: Bounds.sentence, expected: "at most \(Bounds.sentence)"))
        }
        do {
            let parts = try Rule.split(when)
            self.when = try Rule.query(parts.condition, of: schema)
            duration = parts.duration
        } catch {
            throw wrong(.when, when, error)
        }
        if let until {
            do { self.until = try Rule.query(until, of: schema) } catch { throw wrong(.until, until, error) }
        } else {
            self.until = nil
        }
        self.name = name
        self.table = schema
        self.clearAfter = clearAfter
        self.severity = severity
        self.sentence = sentence
        measure = self.when.expression.measure
        whenText = when
        untilText = until
    }

    /// The query and the duration behind it; 0 where there is none. A word “for” that is meant is quoted.
    static func split(_ text: String) throws(QueryError) -> (condition: String, duration: UInt64) {
        let characters = Array(text)
        // The query itself would say so, too.
        guard characters.count <= Query.Limits.characters else { return (text, 0) }
        var lexer = Lexer(characters)
        var beforeLast: Token?
        var last = try lexer.next()
        while last.kind != .end {
            let next = try lexer.next()
            if next.kind == .end { break }
            beforeLast = last
            last = next
        }
        if last.kind == .word("for") {
            throw QueryError("the duration is missing", at: characters.count, expected: "one behind for, like 30s")
        }
        guard let keyword = beforeLast, keyword.kind == .word("for"), case .word(let word) = last.kind else { return (text, 0) }
        return (String(characters[..<keyword.offset]), try duration(word, at: last.offset))
    }

    /// A duration of a rule: "30s", "1m30s".
    package static func duration(_ text: String, at offset: Int = 0) throws(QueryError) -> UInt64 {
        let quantity: Quantity
        do { quantity = try Quantity.parse(text, unit: .nanoseconds, of: "the duration") } catch {
            throw QueryError(error.message, at: offset + error.offset, expected: error.expected)
        }
        guard quantity.hasUnit || quantity.value == 0 else {
            throw QueryError(
                "“\(text)” needs a unit right behind it", at: offset + text.count, expected: Field.Unit.nanoseconds.unitNames)
        }
        guard quantity.value <= Double(Bounds.duration) else {
            throw QueryError("“\(text)” is too long", at: offset, expected: "at most 24h")
        }
        return UInt64(quantity.value)
    }

    private static func query(_ text: String, of schema: Schema) throws(QueryError) -> Query {
        let query = try Query.parse(text, schema: schema)
        guard !query.matchesAll else { throw QueryError("the condition is missing", at: 0, expected: "one, like p99>500ms for 30s") }
        return query
    }
}

/// What is wrong with a rule: which text of it, and where.
package struct RuleError: Error, Equatable, Sendable {
    package enum Part: String, Sendable { case name, table, when, until, sentence = "says" }

    package let rule: String
    package let part: Part
    package let text: String
    package let error: QueryError

    /// "rule slow, when: requests have no field “p90”; expected p50, p95 or p99."
    package var sentence: String { "rule \(rule.printable), \(part.rawValue): \(error.sentence)" }

    /// The text and a caret under the place.
    package func caret(width: Int = 80) -> [String] { Array(error.lines(for: text, width: width).prefix(2)) }
}

/// The number that a breach shows.
package struct RuleMeasure: Sendable {
    package let field: Field
    package let comparison: Comparison
    /// What it is compared with, as it was written: "500ms".
    package let threshold: String
    /// The same as a number of the field's unit.
    package let value: Double

    /// "p99 1.8s > 500ms".
    package func sentence(_ number: Double?) -> String {
        let name = field.word
        guard let number else { return "\(name) \(comparison.rawValue) \(threshold)" }
        return "\(name) \(Rendering.text(.number(number), unit: field.unit)) \(comparison.rawValue) \(threshold)"
    }
}

extension Expression {
    /// The first number that is compared and must be so, in the order of reading.
    fileprivate var measure: RuleMeasure? {
        switch self {
        case .everything, .word, .not: return nil
        case .all(let parts), .any(let parts):
            for part in parts { if let measure = part.measure { return measure } }
            return nil
        case .condition(let condition):
            guard case .field(let field) = condition.subject, case .number = field.kind else { return nil }
            switch condition.test {
            case .order(let comparison, let quantity):
                return RuleMeasure(field: field, comparison: comparison, threshold: quantity.text, value: quantity.value)
            case .number(let quantities, _):
                guard let quantity = quantities.first else { return nil }
                return RuleMeasure(field: field, comparison: .equal, threshold: quantity.text, value: quantity.value)
            case .text, .age, .missing, .pattern: return nil
            }
        }
    }
}
