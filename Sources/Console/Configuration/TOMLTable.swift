// A table of TOML while it is read: headers come back to it, and a section with a mistake is taken out of it again.

final class TOMLTable {
    private enum Entry {
        case value(TOMLNode)
        case table(TOMLTable)
        case tables([TOMLTable])
    }

    private let line: Int
    private var entries: [(key: String, line: Int, entry: Entry?)] = []
    private var places: [String: Int] = [:]
    /// A header named it.
    private var isOpened = false

    init(line: Int) { self.line = line }

    var members: [TOMLNode.Member] {
        entries.compactMap { key, line, entry in
            switch entry {
            case nil: nil
            case .value(let node): TOMLNode.Member(key: key, line: line, node: node)
            case .table(let table): TOMLNode.Member(key: key, line: line, node: table.node)
            case .tables(let tables):
                TOMLNode.Member(key: key, line: line, node: TOMLNode(value: .array(tables.map(\.node)), line: line))
            }
        }
    }

    private var node: TOMLNode { TOMLNode(value: .table(members), line: line) }

    private func entry(_ key: String) -> Entry? { places[key].flatMap { entries[$0].entry } }

    private func put(_ key: String, _ entry: Entry?, line: Int) {
        if let place = places[key] {
            entries[place].entry = entry
        } else {
            places[key] = entries.count
            entries.append((key, line, entry))
        }
    }

    /// False where there is one already.
    func set(_ key: String, _ node: TOMLNode, line: Int) -> Bool {
        guard entry(key) == nil else { return false }
        put(key, .value(node), line: line)
        return true
    }

    /// The table below a key, made where there is none: of a list the last; nil where it is a value.
    func inner(_ key: String, line: Int) -> TOMLTable? {
        switch entry(key) {
        case nil:
            let table = TOMLTable(line: line)
            put(key, .table(table), line: line)
            return table
        case .table(let table): return table
        case .tables(let tables): return tables.last
        case .value: return nil
        }
    }

    /// The section of a header; nil where something else has its name.
    func open(_ key: String, isList: Bool, line: Int) -> TOMLSection? {
        let table: TOMLTable
        switch (entry(key), isList) {
        case (nil, _): table = TOMLTable(line: line)
        case (.table(let known), false) where !known.isOpened: table = known
        case (.tables, true): table = TOMLTable(line: line)
        case (.table, _), (.tables, _), (.value, _): return nil
        }
        table.isOpened = true
        guard isList else {
            put(key, .table(table), line: line)
            return TOMLSection(table: table, parent: self, key: key)
        }
        if case .tables(var tables) = entry(key) {
            put(key, nil, line: line)
            tables.append(table)
            put(key, .tables(tables), line: line)
        } else {
            put(key, .tables([table]), line: line)
        }
        return TOMLSection(table: table, parent: self, key: key)
    }

    fileprivate func remove(_ key: String) {
        guard let entry = entry(key) else { return }
        switch entry {
        case .value, .table: put(key, nil, line: line)
        case .tables(let tables): put(key, tables.count > 1 ? .tables(tables.dropLast()) : nil, line: line)
        }
    }

    fileprivate func removeAll() {
        entries = []
        places = [:]
    }
}

/// What stands below a header, or before the first.
struct TOMLSection {
    let table: TOMLTable
    var parent: TOMLTable?
    var key = ""

    func leaveOut() { if let parent { parent.remove(key) } else { table.removeAll() } }
}
