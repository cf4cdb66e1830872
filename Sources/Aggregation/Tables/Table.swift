// Rows with their sparklines and the count of what found no place. A plain value: publishing it is a copy-on-write.
// Rows lie dense; a removed row is replaced by the last, so a row is known by its serial number, never by its index.

package struct Table<Row: Sendable>: Sendable {
    package private(set) var rows: ContiguousArray<Row> = []
    package var history = History()
    package let limit: Int
    /// How many distinct rows were refused at the limit, and are summed in `~other`.
    package var refused: UInt64 = 0

    private let keepsHistory: Bool

    package init(limit: Int, keepsHistory: Bool = true) {
        self.limit = limit
        self.keepsHistory = keepsHistory
    }

    package var count: Int { rows.count }
    package var isFull: Bool { rows.count >= limit }

    package subscript(index: Int) -> Row {
        get { rows[index] }
        _modify { yield &rows[index] }
    }

    package mutating func append(_ row: Row) -> Int {
        rows.append(row)
        if keepsHistory { history.appendRow() }
        return rows.count - 1
    }

    /// Removes a row; the last one moves into its place.
    package mutating func remove(at index: Int) {
        rows.swapAt(index, rows.count - 1)
        rows.removeLast()
        if keepsHistory { history.replaceWithLast(index) }
    }
}
