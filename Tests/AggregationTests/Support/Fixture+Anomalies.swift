@testable import Aggregation

// An anomaly of each kind, for what writes rows: of a route by its baseline, of a flow by layer 3, and a rule's.

extension Tables {
    mutating func addAnomalies() {
        let row = requests.rows.first { $0.route >= 0 }
        let subjects: [(AnomalySubject, FlowKey?, AnomalyRow.What)] = [
            (row.map { .route(routeKey(of: $0)) } ?? .workload(1), nil, .measure(.latencyTail)),
            (.flow(flows[1].key), flows[1].key, .measure(.connectFailures)),
            (.workload(workloads[0].serial), nil, .rule(NameIndex(names.count - 1))),
        ]
        for (index, (subject, flow, what)) in subjects.enumerated() {
            var anomaly = AnomalyRow(
                serial: UInt64(index + 1), subject: subject, what: what, workload: WorkloadIndex(index == 1 ? 1 : 0),
                severity: Severity.allCases[index], layers: [.baseline, [.baseline, .model], .rule][index],
                since: moment.monotonic - 9_000_000_000, last: moment.monotonic, value: index == 2 ? .nan : 1.8e9,
                expected: index == 2 ? .nan : 120e6, low: index == 2 ? .nan : 90e6, high: index == 2 ? .nan : 150e6,
                unit: index == 2 ? .none : .nanoseconds, samples: 412, score: index == 2 ? 0 : 17.25)
            anomaly.flow = flow
            anomaly.group = 1
            anomaly.companions = 2
            anomaly.isOrigin = index == 0
            anomaly.shape = index == 0 ? .levelShift : .none
            if index == 1 { anomaly.ended = moment.monotonic - 1_000_000_000 }
            _ = anomalies.append(anomaly)
        }
    }
}
