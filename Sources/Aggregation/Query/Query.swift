// A filter over the rows of one table: docs/query-language.md is its grammar. Parsed once against the table's fields,
// then asked row by row. A plain value that any thread may ask.

package struct Query: Sendable {
    /// Every limit of a query; each is refused with a sentence.
    package enum Limits {
        package static let characters = 4_096
        /// Parentheses and `not` inside each other; also groups inside each other in a pattern.
        package static let nesting = 64
    }

    let expression: Expression
    /// The fields that a bare word is looked for in.
    let searched: [Field]

    /// Reads a query over `schema`'s fields. The empty text matches every row.
    package static func parse(_ text: String, schema: Schema) throws(QueryError) -> Query {
        let characters = Array(text)
        guard characters.count <= Limits.characters else {
            throw QueryError(
                "the query has \(characters.count) characters", at: Limits.characters, expected: "at most \(Limits.characters)")
        }
        var parser = try Parser(characters, schema: schema)
        return Query(expression: try parser.query(), searched: schema.fields.filter { $0.isSearched })
    }

    /// The rows that match and whose text fields are exactly these. A table without such a field has no such rows to tell apart.
    package func narrowed(to wanted: [(word: String, text: String)], schema: Schema) throws(QueryError) -> Query {
        var parts: [Expression] = []
        for (word, text) in wanted {
            guard let field = schema.field(word) else {
                throw QueryError("the table \(schema.name) has no field “\(word)”", at: 0, expected: "no --\(word)")
            }
            parts.append(.condition(Condition(subject: .field(field), name: word, test: .text([text], orNull: false))))
        }
        if !matchesAll { parts.append(expression) }
        return parts.isEmpty ? self : Query(expression: .and(parts), searched: searched)
    }

    package var matchesAll: Bool { if case .everything = expression { true } else { false } }
}

extension Query: CustomStringConvertible {
    /// The query as it was understood, in one spelling; parsing it again gives the same query.
    package var description: String { expression.description }
}

extension Field {
    /// A bare word matches any text column, as product.md has it: what a screen can show, and nothing that it cannot.
    var isSearched: Bool { column != nil && (kind == .text || kind == .code || kind == .list) }
}
