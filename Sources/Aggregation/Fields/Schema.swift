// A table as the outside sees it: name, JSON type, fields, rows. Screens, `top`, JSON, CSV, queries and help all read
// this and nothing else. Adding a table is a file with its fields and one line in `all`.

package struct Schema: Sendable {
    /// The word after `top`: "flows".
    package let name: String
    /// The `"type"` of its JSON lines: "flow".
    package let type: String
    /// One sentence for the help.
    package let summary: String
    package internal(set) var fields: [Field]
    /// The query word of the field by which rows are sorted at first, largest first.
    package let defaultSort: String
    /// Indices of the rows that belong to this table.
    package let rows: @Sendable (Tables) -> [Int32]
    /// What stays the same while a row lives, for following a selection.
    package let identity: @Sendable (Tables, Int) -> UInt64
    package let marks: @Sendable (Tables, Int) -> Marks
    /// A row's sparkline: the newest `seconds` values, oldest first; empty where the table has none.
    package let history: @Sendable (Tables, Int, _ seconds: Int) -> [Double]
    /// What the sparkline shows: "bytes/s".
    package let historyUnit: String
    /// What it shows instead while the table is sorted by one of their fields.
    package var trends: [Trend] = []

    /// The sparkline of a table sorted by this field: that of requests while one looks at requests. Nil where there is none.
    package func trend(sortedBy word: String) -> Trend? {
        if let trend = trends.first(where: { $0.words.contains(word) }) { return trend }
        return historyUnit.isEmpty ? nil : Trend(words: [], unit: historyUnit, values: history)
    }

    /// A field as its column is titled; "TX/s+RX/s" where columns show it together.
    package func title(of field: Field) -> String {
        if let column = field.column { return column.title }
        let titles = field.shownIn.compactMap { self.field($0)?.column?.title }
        return titles.isEmpty ? field.word : titles.joined(separator: "+")
    }

    /// A field by its query word or its JSON key.
    package func field(_ name: String) -> Field? {
        fields.first { $0.word == name || $0.key == name }
    }

    /// What stands before what among equals; without it the row's identity does.
    package var precedence: (@Sendable (Tables, Int) -> UInt64)? = nil

    /// Whether its rows are details of another table's, thousands that hardly change: told where they are asked for by name.
    package var isDrillDown = false

    /// The order of rows that are equal by what they are sorted by; it stays while a row lives.
    package func tie(_ tables: Tables, _ row: Int) -> UInt64 { precedence?(tables, row) ?? identity(tables, row) }

    package static let all: [Schema] = [
        .pods, .flows, .requests, .exchanges, .connections, .retransmits, .drops, .resets, .failures, .anomalies, .cardinality,
        .listeners, .probes, .sources,
    ]

    /// What bare `podglass` tells in a pipe: all but the details of other tables' rows.
    package static let streamed = all.filter { !$0.isDrillDown }

    package static func named(_ name: String) -> Schema? { all.first { $0.name == name } }
}
