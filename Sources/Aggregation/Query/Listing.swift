// Which rows of a table are shown and in what order: filtered, sorted, limited. Owns nothing but the question; each
// evaluation reads each value once. Keys are extracted before anything is compared, and where only a few rows are
// wanted the rest is never sorted.
//
// The order never flickers: equal keys are ordered by the row's identity, which stays while the row's index may not.

package struct Listing: Sendable {
    private let schema: Schema
    private let query: Query?
    private let field: Field?
    private let descending: Bool
    private let limit: Int?

    /// `sort` is a query word or JSON key; nil, or a name the table does not have, means the table's default (callers that
    /// read a user's word check it with `Schema.field`). A table without a default keeps its own order.
    ///
    /// `descending` is how a table is first shown: numbers and times largest first, text from A to Z. False is the reverse.
    /// Rows whose value is missing come last either way.
    package init(schema: Schema, query: Query?, sort: String?, descending: Bool, limit: Int?) {
        self.schema = schema
        self.query = query
        field = sort.flatMap { schema.field($0) } ?? schema.field(schema.defaultSort)
        self.descending = descending
        self.limit = limit.map { max(0, $0) }
    }

    /// Indices of rows, in order.
    package func rows(in tables: Tables) -> [Int32] {
        var rows = schema.rows(tables)
        if let query { rows = query.select(from: rows, in: tables) }
        guard let field else { return Array(rows.prefix(limit ?? rows.count)) }
        switch field.kind {
        case .number, .time: return sortedByNumber(rows, field, tables)
        case .text, .code, .boolean, .list: return sortedByText(rows, field, tables)
        }
    }

    private func sortedByNumber(_ rows: [Int32], _ field: Field, _ tables: Tables) -> [Int32] {
        var present: [Entry<Double>] = []
        var missing: [Entry<Void>] = []
        present.reserveCapacity(rows.count)
        for row in rows {
            let identity = schema.tie(tables, Int(row))
            if let number = field.value(tables, Int(row)).number, !number.isNaN {
                present.append(Entry(key: descending ? -number : number, identity: identity, row: row))
            } else {
                missing.append(Entry(key: (), identity: identity, row: row))
            }
        }
        let first = present.first(limit) { $0.key < $1.key || $0.key == $1.key && $0.identity < $1.identity }
        return appending(missing, to: first)
    }

    /// Texts are ordered once each and rows by the place of theirs: many rows share few texts.
    private func sortedByText(_ rows: [Int32], _ field: Field, _ tables: Tables) -> [Int32] {
        var texts = DistinctTexts()
        var present: [Entry<Int32>] = []
        var missing: [Entry<Void>] = []
        present.reserveCapacity(rows.count)
        for row in rows {
            let identity = schema.tie(tables, Int(row))
            if let text = texts.number(of: field, tables, Int(row)) {
                present.append(Entry(key: text, identity: identity, row: row))
            } else {
                missing.append(Entry(key: (), identity: identity, row: row))
            }
        }
        let places = texts.places(descending: descending)
        present = present.map { Entry(key: places[Int($0.key)], identity: $0.identity, row: $0.row) }
        let first = present.first(limit) { $0.key < $1.key || $0.key == $1.key && $0.identity < $1.identity }
        return appending(missing, to: first)
    }

    private func appending<Key>(_ missing: [Entry<Void>], to first: [Entry<Key>]) -> [Int32] {
        let room = limit.map { $0 - first.count }
        return first.map(\.row) + missing.first(room) { $0.identity < $1.identity }.map(\.row)
    }
}

private struct Entry<Key> {
    let key: Key
    let identity: UInt64
    let row: Int32
}

extension Array {
    /// The first `limit` elements in order. Where the limit is well under the count, elements that cannot be among them
    /// are dropped as they come: n + k log k comparisons for most inputs, n log k at worst.
    fileprivate func first(_ limit: Int?, by precedes: (Element, Element) -> Bool) -> [Element] {
        guard let limit, limit < count / 2 else {
            return Array(sorted(by: precedes).prefix(limit ?? count))
        }
        guard limit > 0 else { return [] }
        var best: [Element] = []
        best.reserveCapacity(2 * limit)
        var worst: Element?
        for element in self {
            if let worst, !precedes(element, worst) { continue }
            best.append(element)
            if best.count == 2 * limit {
                best.sort(by: precedes)
                best.removeLast(limit)
                worst = best[limit - 1]
            }
        }
        best.sort(by: precedes)
        return Array(best.prefix(limit))
    }
}
