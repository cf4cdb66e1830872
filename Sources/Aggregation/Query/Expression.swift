// What a query says, as a tree: parsed once, bound to the fields of one table, evaluated row by row.

indirect enum Expression: Sendable {
    case everything
    /// Any text column contains it.
    case word(Needle)
    case condition(Condition)
    case not(Expression)
    /// Two or more, none of which is itself `all` (`any`).
    case all([Expression])
    case any([Expression])

    /// Joins with `and`, flat: `a (b c)` is the same as `a b c`.
    static func and(_ parts: [Expression]) -> Expression {
        let flat = parts.flatMap { if case .all(let inner) = $0 { inner } else { [$0] } }
        return flat.count == 1 ? flat[0] : .all(flat)
    }

    static func or(_ parts: [Expression]) -> Expression {
        let flat = parts.flatMap { if case .any(let inner) = $0 { inner } else { [$0] } }
        return flat.count == 1 ? flat[0] : .any(flat)
    }
}

/// One comparison of one field. `!=` and `!~` are not here: they are `not` around `=` and `~`.
struct Condition: Sendable {
    enum Subject: Sendable {
        case field(Field)
        /// One of a list's pairs "key=value" by its key: `label:app`.
        case label(Field, key: String)
        /// The pseudo-field `marks`.
        case marks(@Sendable (Tables, Int) -> Marks)
    }

    enum Test: Sendable {
        /// Equal to one of these, or missing where `null` is among them.
        case text([String], orNull: Bool)
        case number([Quantity], orNull: Bool)
        case order(Comparison, Quantity)
        /// How long ago: `last<5m`.
        case age(Comparison, Quantity)
        case missing
        case pattern(Verdicts)
    }

    let subject: Subject
    /// The field's name for writing the condition out: its query word, mostly.
    let name: String
    let test: Test
}

// MARK: - Writing it out

extension Expression: CustomStringConvertible {
    /// The query as podglass understood it; reading it again gives the same tree.
    var description: String {
        switch self {
        case .everything: ""
        // Bare, it would ask whether there is such a label.
        case .word(let needle): needle.text.contains(":") ? Expression.quoted(needle.text) : Expression.literal(needle.text)
        case .condition(let condition): condition.written(isNegated: false)
        case .not(.condition(let condition)): condition.written(isNegated: true)
        case .not(let inner): "not " + inner.enclosed
        case .all(let parts): parts.map { if case .any = $0 { $0.enclosed } else { $0.description } }.joined(separator: " ")
        case .any(let parts): parts.map(\.description).joined(separator: " or ")
        }
    }

    private var enclosed: String {
        switch self {
        case .all, .any: "(" + description + ")"
        case .everything, .word, .condition, .not: description
        }
    }

    /// A text as a value: bare where it can be, else quoted.
    static func literal(_ text: String) -> String {
        if !text.isEmpty, !Keyword.all.contains(text), !text.contains(where: Lexer.isSpecial) { return text }
        return quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }.joined() + "\""
    }
}

extension Condition {
    func written(isNegated: Bool) -> String {
        func list(_ values: [String], _ orNull: Bool) -> String {
            name + (isNegated ? "!=" : "=") + (values + (orNull ? ["null"] : [])).joined(separator: ",")
        }
        switch test {
        case .text(let texts, let orNull): return list(texts.map(Expression.literal), orNull)
        case .number(let numbers, let orNull): return list(numbers.map(\.text), orNull)
        case .missing: return list([], true)
        case .order(let comparison, let quantity), .age(let comparison, let quantity):
            return (isNegated ? "not " : "") + name + comparison.rawValue + quantity.text
        case .pattern(let verdicts):
            var source = ""
            var isEscaped = false
            for character in verdicts.pattern.source {
                if character == "\"", !isEscaped { source += "\\" }
                isEscaped = character == "\\" && !isEscaped
                source.append(character)
            }
            return name + (isNegated ? "!~" : "~") + "\"" + source + "\""
        }
    }
}

enum Keyword {
    static let and = ["and", "AND"]
    static let or = ["or", "OR"]
    static let not = ["not", "NOT"]
    static let null = "null"
    static let all = and + or + not + [null]
}
