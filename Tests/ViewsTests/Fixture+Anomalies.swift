@testable import Aggregation

// Three anomalies that belong together, the origin first, and one that is over.

extension Fixture {
    static func addAnomalies(_ tables: inout Tables) {
        let flow = tables.flows.rows.first { $0.key.direction == .outbound }
        let rows: [(AnomalySubject, FlowKey?, Measure, WorkloadIndex, Severity, Double, Double)] = [
            (.workload(tables.workloads[1].serial), nil, .latencyTail, 1, .critical, 1.8e9, 120e6),
            (flow.map { .flow($0.key) } ?? .workload(1), flow?.key, .errorShare, flow?.workload ?? 0, .warning, 0.31, 0.002),
            (.workload(tables.workloads[2].serial), nil, .requestRate, 2, .notice, 420, 96),
            (.workload(tables.workloads[3].serial), nil, .latencyMedian, 3, .warning, 40e6, 6e6),
        ]
        for (index, (subject, flow, measure, workload, severity, value, expected)) in rows.enumerated() {
            var row = AnomalyRow(
                serial: UInt64(900 + index), subject: subject, what: .measure(measure), workload: workload, severity: severity,
                layers: index == 1 ? [.baseline, .model] : .baseline, since: monotonic - UInt64(42 - 5 * index) * second, last: monotonic,
                value: value, expected: expected, low: expected * 0.8, high: expected * 1.25, unit: measure.traits.unit,
                samples: UInt64(40 + index), score: 21.4 - Double(index))
            row.flow = flow
            row.group = index < 3 ? 900 : 903
            row.companions = index < 3 ? 2 : 0
            row.isOrigin = index == 0 || index == 3
            row.urgency = Double(100 - index)
            row.points = 300
            row.shape = .levelShift
            if index == 3 { row.ended = monotonic - 8 * second }
            let added = tables.anomalies.append(row)
            let factor = AnomalyRow.historyFactor(row.unit)
            tables.anomalies.history.advance(index == 0 ? 90 : 0)
            for age in 0..<90 {
                tables.anomalies.history.record((age < 42 ? value : expected * (1 + Double(age % 7) / 20)) * factor, row: added, age: age)
            }
            if row.isOpen { tables.flags[subject] = severity }
        }
    }
}
