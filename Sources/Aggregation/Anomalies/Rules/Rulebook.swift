// Which rows are in breach of which rules. Told the tables once an interval; its only memory is since when a condition holds of
// a row, and which rows were in breach. By the moments of ticks alone, so a replay breaches where the live node did.
//
// The work of an interval is a question a rule, as for a filter on a screen, and a step a row for which its condition holds.

package struct Rulebook: Sendable {
    package let rules: [Rule]
    /// Rows for which a rule's condition held in the last interval and that found no place (`Limits.rowsUnderRule`).
    package private(set) var refused: UInt64 = 0

    private let limit: Int
    /// A list a rule: the rows for which it holds, or that are in breach.
    private var watched: [[UInt64: Hold]]
    private var judged: UInt64 = 0

    private struct Hold: Sendable {
        var since: UInt64
        var lastHeld: UInt64
        var isBreach: Bool
    }

    /// Rules beyond `Limits.rules` are left out; whoever reads rules says so.
    package init(_ rules: [Rule]) { self.init(rules, limit: Limits.rowsUnderRule) }

    init(_ rules: [Rule], limit: Int) {
        self.rules = Array(rules.prefix(Limits.rules))
        self.limit = limit
        watched = Array(repeating: [:], count: self.rules.count)
    }

    /// Rows under watch, over all rules.
    var watchedCount: Int { watched.reduce(0) { $0 + $1.count } }

    /// A gap in a recording: what held before it has not held all through it.
    mutating func cross() {
        for index in watched.indices { watched[index] = watched[index].filter(\.value.isBreach) }
    }

    /// All breaches at the end of an interval, in the order of the rules and then of their rows.
    package mutating func judge(_ tables: Tables) -> [Breach] {
        let now = tables.moment.monotonic
        // A recording's clock went back: nobody knows what held since when.
        if now < judged { watched = Array(repeating: [:], count: rules.count) }
        judged = now
        refused = 0
        // Many rules are about one table.
        var rowsOfTable: [String: [Int32]] = [:]
        var breaches: [Breach] = []
        for index in rules.indices {
            let table = rules[index].table
            let rows = rowsOfTable[table.name] ?? table.rows(tables)
            rowsOfTable[table.name] = rows
            judge(index, rows, tables, now, &breaches)
        }
        return breaches
    }

    private mutating func judge(_ index: Int, _ rows: [Int32], _ tables: Tables, _ now: UInt64, _ breaches: inout [Breach]) {
        let rule = rules[index]
        let holding = rule.when.select(from: rows, in: tables)
        guard !holding.isEmpty || !watched[index].isEmpty else { return }
        var known = watched[index]
        var next: [UInt64: Hold] = [:]
        var found: [(row: Int32, identity: UInt64)] = []
        for row in holding {
            let identity = rule.table.identity(tables, Int(row))
            let before = known.removeValue(forKey: identity)
            var hold = before ?? Hold(since: now, lastHeld: now, isBreach: false)
            // Those that are in breach keep their places.
            guard before != nil || next.count + known.count < limit else {
                refused += 1
                continue
            }
            hold.lastHeld = now
            if now - hold.since >= rule.duration { hold.isBreach = true }
            next[identity] = hold
            if hold.isBreach { found.append((row, identity)) }
        }
        // What is left held before and does not now: a gap ends the wait, and a breach lasts for a while.
        known = known.filter(\.value.isBreach)
        if !known.isEmpty {
            let ended = rule.until.map { Set($0.select(from: rows, in: tables)) }
            for row in rows where !known.isEmpty {
                let identity = rule.table.identity(tables, Int(row))
                guard let hold = known.removeValue(forKey: identity) else { continue }
                let hasEnded = ended.map { $0.contains(row) } ?? (now - hold.lastHeld >= rule.clearAfter)
                if hasEnded { continue }
                next[identity] = hold
                found.append((row, identity))
            }
            found.sort { $0.row < $1.row }
        }
        watched[index] = next
        for (row, identity) in found {
            guard let hold = next[identity] else { continue }
            breaches.append(
                Breach(
                    rule: index, schema: rule.table, row: row, identity: identity, since: hold.since, holds: hold.lastHeld == now,
                    value: rule.measure.flatMap { $0.field.value(tables, Int(row)).number }, measure: rule.measure))
        }
    }
}
