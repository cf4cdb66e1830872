// The catalogue of the listening sockets.

extension Schema {
    package static let listeners = Schema(
        name: "listeners", type: "listener", summary: "Who listens, how long its accept queue is, what it refused.",
        fields: listenerFields, defaultSort: "queue",
        rows: { Array(0..<Int32($0.listeners.count)) },
        identity: { $0.listeners[$1].serial },
        marks: { $0.inferred($0.listeners[$1].workload) },
        history: { _, _, _ in [] }, historyUnit: "")

    private static let listenerFields: [Field] = {
        let field = RowFields<ListenerRow> { $0.listeners[$1] }
        let whose = [
            field.text(
                "workload", column: .init("WORKLOAD", minimum: 14, maximum: 40, importance: 1),
                "The pod's name, else the systemd unit's, else the process's."
            ) { row, tables in
                .text(tables.workloads[Int(row.workload)].owner.workload)
            },
            field.text(
                "namespace", column: .init("NAMESPACE", minimum: 9, maximum: 16, importance: 3),
                "The pod's Kubernetes namespace."
            ) { row, tables in
                .optional(tables.workloads[Int(row.workload)].owner.namespace, Reason.unnamed(tables.workloads[Int(row.workload)].owner))
            },
        ]
        let owner = Field.controller(importance: 6) { $0.listeners[$1].workload }
        return whose + [owner] + [
            field.text(
                "address", key: "local_address", column: .init("ADDRESS", minimum: 9, maximum: 39, importance: 2),
                "The address it is bound to."
            ) { row, _ in .text(row.sample.address.description) },
            field.number(
                "port", key: "local_port", .none, column: .init("PORT", minimum: 5, importance: 1),
                "The port it listens on."
            ) { row, _ in .count(row.sample.port) },
            field.number(
                "queue", key: "accept_queue", .count, column: .init("QUEUE", minimum: 6, importance: 1),
                "Connections that wait for accept(2)."
            ) { row, _ in .count(row.sample.queue) },
            field.number(
                "limit", key: "accept_queue_limit", .count, column: .init("LIMIT", minimum: 6, importance: 1),
                "The most that may wait."
            ) { row, _ in .count(row.sample.queueLimit) },
            field.number(
                "drops", key: "listen_drops_total", .count, column: .init("DROPS", minimum: 6, importance: 1),
                "What it dropped since podglass started (sk_drops): handshakes for a full accept queue, mostly; also segments that fit none."
            ) { row, _ in
                .count(row.sample.drops)
            },
        ] + Field.affiliation { $0.listeners[$1].workload }
    }()
}
