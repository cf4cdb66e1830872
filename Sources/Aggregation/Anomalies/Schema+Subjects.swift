// What a row of any table is about, as anomalies name it: so that a rule over that table makes an anomaly, and so that the table can show
// the flag of what its rows are about.

/// What an anomaly is about, and whose it is.
struct AnomalyPlace: Sendable {
    var subject: AnomalySubject
    var workload: WorkloadIndex
    var flow: FlowKey?
}

extension Schema {
    /// Nil for a row that belongs to nobody, and for tables of podglass itself.
    func subject(_ tables: Tables, _ row: Int) -> AnomalyPlace? {
        switch name {
        case Schema.pods.name: tables.place(ofWorkload: WorkloadIndex(row))
        case Schema.cardinality.name: tables.place(ofLabel: tables.cardinality[row])
        case Schema.listeners.name: tables.place(ofWorkload: tables.listeners[row].workload)
        case Schema.flows.name: tables.place(ofFlow: tables.flows[row].key, tables.flows[row].workload)
        case Schema.connections.name: tables.place(ofFlow: tables.connections[row].sample.key, tables.connections[row].workload)
        case Schema.requests.name: tables.place(ofRequest: tables.requests[row])
        case Schema.symptoms.name, Schema.retransmits.name, Schema.drops.name, Schema.resets.name, Schema.failures.name:
            tables.place(ofFlow: tables.symptoms[row].key, tables.symptoms[row].workload)
        default: nil
        }
    }
}

extension Tables {
    fileprivate func place(ofWorkload index: WorkloadIndex) -> AnomalyPlace? {
        guard workloads.rows.indices.contains(Int(index)) else { return nil }
        return AnomalyPlace(subject: .workload(workloads[Int(index)].serial), workload: index, flow: nil)
    }

    fileprivate func place(ofLabel row: CardinalityRow) -> AnomalyPlace? {
        let key = LabelKey(workload: workloads[Int(row.workload)].serial, label: row.label)
        return AnomalyPlace(subject: .label(key), workload: row.workload, flow: nil)
    }

    fileprivate func place(ofFlow key: FlowKey, _ workload: WorkloadIndex) -> AnomalyPlace? {
        AnomalyPlace(subject: .flow(key), workload: workload, flow: key)
    }

    fileprivate func place(ofRequest row: RequestRow) -> AnomalyPlace? {
        guard row.key.flow.direction == .inbound, row.route >= 0 else { return place(ofFlow: row.key.flow, row.workload) }
        return AnomalyPlace(subject: .route(routeKey(of: row)), workload: row.workload, flow: nil)
    }

    func routeKey(of row: RequestRow) -> RouteKey {
        RouteKey(
            workload: workloads[Int(row.workload)].serial, direction: row.key.flow.direction, application: row.key.application,
            operation: row.key.operation, route: row.route)
    }

    /// The gravest open anomaly of what a row of requests is about: its route, or its flow.
    func flag(ofRequest row: RequestRow) -> Severity? {
        guard !flags.isEmpty else { return nil }
        let ofRoute = row.route >= 0 ? flags[.route(routeKey(of: row))] : nil
        return [ofRoute, flags[.flow(row.key.flow)]].compactMap { $0 }.max()
    }
}
