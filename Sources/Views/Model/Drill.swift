// What a screen is narrowed to after Enter: one workload, one flow, some rows of requests. Held by identity, so it outlives a row's index.

import Aggregation

package enum Drill: Sendable, Hashable {
    case workload(serial: UInt64, name: String)
    case flow(FlowKey, name: String)
    /// Rows of requests, by their serials.
    case requests(Set<UInt64>, name: String)

    /// Hostile text, for the header.
    package var name: String {
        switch self {
        case .workload(_, let name), .flow(_, let name), .requests(_, let name): name
        }
    }

    /// Words of the columns that say the same in each of its rows; the trail above the table says it instead.
    func constantWords(on screen: Screen) -> Set<String> {
        switch self {
        case .workload: ["workload", "namespace", "owner"]
        // The flow itself is one row and has to say what it is.
        case .flow: screen.schema.name == Schema.flows.name ? [] : Drill.flowWords
        // A cell of the heat map may hold many rows of requests; Enter on a row holds one, whose exchanges are alike.
        case .requests(let serials, _):
            screen.schema.name == Schema.exchanges.name && serials.count == 1 ? Drill.flowWords.union(Drill.messageWords) : []
        }
    }

    private static let flowWords: Set<String> = ["workload", "namespace", "container", "owner", "direction", "peer", "port"]
    private static let messageWords: Set<String> = ["protocol", "method", "route", "status", "failed"]

    /// Whether a row of `screen` belongs to it.
    func admits(_ row: Int, of screen: Screen, in tables: Tables) -> Bool {
        switch self {
        case .workload(let serial, _):
            guard let index = screen.workload?(tables, row), tables.workloads.rows.indices.contains(Int(index)) else { return false }
            return tables.workloads[Int(index)].serial == serial
        case .flow(let key, _): return screen.flowKey?(tables, row) == key
        case .requests(let serials, _): return screen.request.map { serials.contains($0(tables, row)) } ?? false
        }
    }
}
