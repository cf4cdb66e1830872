// The catalogue of the workloads table, which the command line and the first screen call pods.

extension Schema {
    package static let pods = Schema(
        name: "pods", type: "pod", summary: "Each workload of the node: pods, systemd units, processes.",
        fields: podFields, defaultSort: "rate",
        rows: { tables in (0..<Int32(tables.workloads.count)).filter { tables.workloads[Int($0)].isShown } },
        identity: { $0.workloads[$1].serial },
        marks: { $0.workloads[$1].marks },
        history: { $0.workloads.history.values(row: $1, last: $2) }, historyUnit: "bytes/s")

    private static let podFields: [Field] = {
        let field = RowFields<WorkloadRow> { $0.workloads[$1] }
        return [
            field.text(
                "workload", column: .init("WORKLOAD", minimum: 16, maximum: 48, importance: 1),
                "The pod's name, else the systemd unit's, else the process's."
            ) { row, _ in .text(row.owner.workload) },
            field.text(
                "namespace", column: .init("NAMESPACE", minimum: 9, maximum: 20, importance: 2),
                "The pod's Kubernetes namespace."
            ) { row, _ in .optional(row.owner.namespace, Reason.notAPod) },
            field.text("pod", "The pod's name.") { row, _ in .optional(row.owner.pod, Reason.notAPod) },
            field.text("uid", key: "pod_uid", "The pod's UID.") { row, _ in .optional(row.owner.podUID, Reason.notAPod) },
            field.text(
                "kind", column: .init("KIND", minimum: 9, importance: 8),
                "pod, container, unit, process or cgroup."
            ) { row, _ in .text(row.owner.kind.name) },
            field.number(
                "flows", .count, column: .init("FLOWS", minimum: 5, importance: 5),
                "Flows of this workload that podglass remembers."
            ) { row, _ in .count(row.flows) },
            field.number(
                "conns", key: "connections", .count, column: .init("CONNS", minimum: 6, importance: 1),
                "Established connections now, half-closed ones included."
            ) { row, _ in .count(row.totals.connections) },
            field.number(
                "new", key: "connections_opened_per_second", .perSecond, column: .init("NEW/s", minimum: 6, importance: 3),
                "Connections that reached ESTABLISHED, a second."
            ) { row, tables in .rate(row.delta[.opened], tables) },
            field.number(
                "opened", key: "connections_opened_total", .count,
                "Connections that reached ESTABLISHED since podglass started."
            ) { row, _ in .count(row.totals[.opened]) },
            field.number(
                "closed", key: "connections_closed_total", .count,
                "Connections that ended after they were established."
            ) { row, _ in .count(row.totals[.closed]) },
            field.number(
                "failures", key: "connections_failed_total", .count, column: .init("FAIL", minimum: 5, importance: 4),
                "Attempts that never reached ESTABLISHED."
            ) { row, _ in
                .count(row.totals[.refused] &+ row.totals[.timedOut] &+ row.totals[.failed])
            },
            field.number(
                "sent", key: "sent_bytes_total", .bytes, column: .init("SENT", minimum: 6, importance: 6), marks: .partial,
                "Payload bytes sent since podglass started, each counted once."
            ) { row, _ in .count(row.totals[.sentBytes]) },
            field.number(
                "received", key: "received_bytes_total", .bytes, column: .init("RECV", minimum: 6, importance: 6), marks: .partial,
                "Payload bytes received in order since podglass started."
            ) { row, _ in .signed(row.totals[.receivedBytes]) },
            field.number(
                "tx", key: "sent_bytes_per_second", .bytesPerSecond, column: .init("TX/s", minimum: 6, importance: 1),
                "Payload bytes sent, a second."
            ) { row, tables in .rate(row.delta[.sentBytes], tables) },
            field.number(
                "rx", key: "received_bytes_per_second", .bytesPerSecond, column: .init("RX/s", minimum: 6, importance: 1),
                "Payload bytes received, a second."
            ) { row, tables in .rate(row.delta[.receivedBytes], tables) },
            field.number(
                "rate", key: "bytes_per_second", .bytesPerSecond,
                "Payload bytes both ways, a second."
            ) { row, tables in
                .rate(row.delta[.sentBytes] &+ row.delta[.receivedBytes], tables)
            },
            field.number(
                "retrans", key: "retransmits_total", .count, column: .init("RETR", minimum: 6, importance: 2),
                "Segments sent again since podglass started: the kernel's own count, SYN and SYN-ACK included."
            ) { row, _ in
                .count(row.totals[.retransmits])
            },
            field.number(
                "drops", key: "drops_total", .count, column: .init("DROPS", minimum: 5, importance: 2),
                "Packets of this workload that this node's kernel dropped."
            ) { row, tables in
                tables.observable("drops", .count(row.drops))
            },
            field.number(
                "resets", key: "resets_total", .count, column: .init("RST", minimum: 5, importance: 3),
                "Resets sent and received."
            ) { row, tables in
                tables.observable("resets", .count(row.totals[.resetsSent] &+ row.totals[.resetsReceived]))
            },
            field.number(
                "rtt", key: "rtt_ns", .nanoseconds, column: .init("RTT", minimum: 6, importance: 2),
                "Smoothed round-trip time: the mean of the workload's connections, those included that closed in the interval."
            ) { row, _ in .roundTrip(row.gauges, row.delta) },
            field.number(
                "connectp50", key: "connect_time_p50_ns", .nanoseconds, column: .init("CN-P50", minimum: 6, importance: 9),
                marks: .estimated,
                "From SYN to ESTABLISHED: half of the connections were faster. Within 3.1 %."
            ) { row, _ in
                .quantile(row.connectTimes, 0.5)
            },
            field.number(
                "connectp99", key: "connect_time_p99_ns", .nanoseconds, column: .init("CN-P99", minimum: 6, importance: 7),
                marks: .estimated,
                "From SYN to ESTABLISHED: 99 % of the connections were faster. Within 3.1 %."
            ) { row, _ in
                .quantile(row.connectTimes, 0.99)
            },
            field.number(
                "handshakep99", key: "handshake_rtt_p99_ns", .nanoseconds, marks: .estimated,
                "The handshake's round trip as the server saw it, 99th percentile. Within 3.1 %."
            ) { row, _ in
                .quantile(row.handshakeTimes, 0.99)
            },
            field.number(
                "zerowindows", key: "zero_window_connections", .count,
                "Connections whose peer advertises no window while data waits."
            ) { row, _ in .count(row.gauges.zeroWindows) },
            field.number(
                "queue", key: "listen_queue", .count, column: .init("QUEUE", minimum: 5, importance: 9),
                "Connections that wait for accept(2) at its listeners."
            ) { row, _ in .count(row.listenQueue) },
            field.number(
                "listendrops", key: "listen_drops_total", .count,
                "Handshakes its listeners refused: a full queue, or want of memory."
            ) { row, _ in .count(row.listenDrops) },
            field.time("active", key: "last_active", "When the workload last changed.") { row, tables in
                row.lastActive == 0 ? .missing(Reason.noSample) : .time(tables.moment.wall(at: row.lastActive))
            },
        ]
    }()
}

extension WorkloadRow {
    /// A pod is shown from the start; anything else once it has traffic or listens.
    var isShown: Bool { owner.kind == .pod || flows > 0 || listeners > 0 || lastActive > 0 || !totals.isZero || drops > 0 }
}

extension Value {
    static func quantile(_ histogram: Histogram, _ quantile: Double) -> Value {
        histogram.quantile(quantile).map { .count($0) } ?? .missing(Reason.noAttempt)
    }
}
