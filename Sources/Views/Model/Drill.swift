// What a screen is narrowed to after Enter: one workload, or one flow. Held by identity, so it outlives a row's index.

import Aggregation

package enum Drill: Sendable, Hashable {
    case workload(serial: UInt64, name: String)
    case flow(FlowKey, name: String)

    /// Hostile text, for the header.
    package var name: String {
        switch self {
        case .workload(_, let name), .flow(_, let name): name
        }
    }

    /// Whether a row of `screen` belongs to it.
    func admits(_ row: Int, of screen: Screen, in tables: Tables) -> Bool {
        switch self {
        case .workload(let serial, _):
            guard let index = screen.workload?(tables, row), tables.workloads.rows.indices.contains(Int(index)) else { return false }
            return tables.workloads[Int(index)].serial == serial
        case .flow(let key, _): return screen.flowKey?(tables, row) == key
        }
    }
}
