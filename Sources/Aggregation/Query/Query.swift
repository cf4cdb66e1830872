// A filter over the rows of one table. This is the interface; the grammar follows in the next commits.

package struct Query: Sendable {
    private let text: String

    package static func parse(_ text: String, schema: Schema) throws(QueryError) -> Query { Query(text: text) }

    package var matchesAll: Bool { true }
    package func matches(_ tables: Tables, row: Int) -> Bool { true }
}
