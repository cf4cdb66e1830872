@testable import Aggregation

// Labels of three workloads: one that multiplies paths, one whose peers are folded at its class's limit, and few of others.

extension Fixture {
    static func addLabels(_ tables: inout Tables) {
        let rows: [(Label, WorkloadIndex, distinct: UInt64, growth: UInt64, kept: UInt32, folded: UInt64, LabelTreatment, Marks)] = [
            (.path, 1, 1_003_412, 912, 14, 0, .templated, .estimated),
            (.query, 1, 48_112, 3_100, 0, 0, .stripped, [.estimated, .partial]),
            (.peer, 2, 6_120, 40, 5_000, 1_120, .folded, .estimated),
            (.status, 1, 4, 0, 37, 0, .kept, []), (.peer, 3, 1, 1, 1, 0, .kept, []),
        ]
        for (index, row) in rows.enumerated() {
            _ = tables.cardinality.append(
                CardinalityRow(
                    serial: UInt64(index + 1), workload: row.1, label: row.0, classIndex: row.1 == 2 ? 3 : 1, distinct: row.distinct,
                    growth: row.growth, kept: row.kept, folded: row.folded, series: row.1 == 2 ? 5_000 : 61, treatment: row.6,
                    since: monotonic - 50 * second, lastActive: monotonic, marks: row.7))
        }
        tables.flags[.label(LabelKey(workload: tables.workloads[1].serial, label: .path))] = .warning
    }
}
