// The catalogue of the workloads table, which the command line and the first screen call pods.

extension Schema {
    package static let pods = Schema(
        name: "pods", type: "pod", summary: "Each workload of the node: pods, systemd units, processes.",
        fields: podFields, defaultSort: "rate",
        rows: { tables in (0..<Int32(tables.workloads.count)).filter { tables.workloads[Int($0)].isShown } },
        identity: { $0.workloads[$1].serial },
        marks: {
            $0.workloads[$1].marks.union($0.blindness("drops", "resets", "resets_received", "requests_egress", "requests_ingress"))
                .union($0.inferred(WorkloadIndex($1)))
        },
        history: { $0.workloads.history.values(row: $1, last: $2) }, historyUnit: "bytes/s",
        trends: [
            Trend(words: Field.summaryWords, unit: "requests/s") { $0.requestHistory(ofWorkload: $1, last: $2) },
            Trend(words: ["cpu", "throttled"], unit: "processors") { $0.cpuHistory(ofWorkload: $1, last: $2) },
            Trend(words: ["memory", "memorylimit", "pressure", "oomkills"], unit: "bytes") { $0.memoryHistory(ofWorkload: $1, last: $2) },
        ])

    private static let podFields: [Field] = {
        let field = RowFields<WorkloadRow> { $0.workloads[$1] }
        let names = [
            field.text(
                "workload", column: .init("WORKLOAD", minimum: 16, maximum: 48, importance: 1),
                "The pod's name, else the systemd unit's, else the process's."
            ) { row, _ in .text(row.owner.workload) },
            field.text(
                "namespace", column: .init("NAMESPACE", minimum: 9, maximum: 20, importance: 2),
                "The pod's Kubernetes namespace."
            ) { row, _ in .optional(row.owner.namespace, Reason.unnamed(row.owner)) },
            field.text("pod", "The pod's name.") { row, _ in .optional(row.owner.pod, Reason.unnamed(row.owner)) },
            field.text("uid", key: "pod_uid", "The pod's UID.") { row, _ in .optional(row.owner.podUID, Reason.unnamed(row.owner)) },
            field.text(
                "kind", column: .init("KIND", minimum: 9, importance: 8),
                "pod, container, unit, process or cgroup."
            ) { row, _ in .text(row.owner.kind.name) },
        ]
        let flows = [
            field.number(
                "flows", .count, column: .init("FLOWS", minimum: 5, importance: 5),
                "Flows of this workload that podglass remembers."
            ) { row, _ in .count(row.flows) }
        ]
        let requests = Field.summary(.served) { $0.workloads[$1].served } + Field.summary(.called) { $0.workloads[$1].called }
        let owner = Field.controller(importance: 5) { WorkloadIndex($1) }
        let flag = Field.flag { $0.flags.isEmpty ? nil : $0.flags[.workload($0.workloads[$1].serial)] }
        let standing = Field.affiliation { WorkloadIndex($1) } + Field.standing
        return names + [owner, flag] + flows + requests + field.usage + field.traffic + Field.recentTraffic + [
            field.number(
                "connectp50", key: "connect_time_p50_ns", .nanoseconds, column: .init("CN-P50", minimum: 6, importance: 9),
                marks: .estimated,
                "From SYN to ESTABLISHED: half of the connections were faster. Within 3.1 %."
            ) { row, _ in
                .quantile(row.connectTimes, 0.5)
            }.inRules(nil),
            field.number(
                "connectp99", key: "connect_time_p99_ns", .nanoseconds, column: .init("CN-P99", minimum: 6, importance: 7),
                marks: .estimated,
                "From SYN to ESTABLISHED: 99 % of the connections were faster. Within 3.1 %."
            ) { row, _ in
                .quantile(row.connectTimes, 0.99)
            }.inRules(nil),
            field.number(
                "handshakep99", key: "handshake_rtt_p99_ns", .nanoseconds, marks: .estimated,
                "The handshake's round trip as the server saw it, 99th percentile. Within 3.1 %."
            ) { row, _ in
                .quantile(row.handshakeTimes, 0.99, Reason.noHandshake)
            }.inRules(nil),
            field.number(
                "queue", key: "listen_queue", .count, column: .init("QUEUE", minimum: 5, importance: 9),
                "Connections that wait for accept(2) at its listeners."
            ) { row, _ in .count(row.listenQueue) },
            field.number(
                "listendrops", key: "listen_drops_total", .count,
                "What its listening sockets dropped (sk_drops): handshakes for a full accept queue, mostly; also segments that fit none."
            ) { row, _ in .count(row.listenDrops) },
        ] + standing
    }()
}

extension WorkloadRow {
    /// A pod is shown from the start; anything else once it has traffic or listens.
    var isShown: Bool { owner.kind == .pod || flows > 0 || listeners > 0 || lastActive > 0 || !totals.isZero || drops > 0 }
}

extension Value {
    static func quantile(_ histogram: Histogram, _ quantile: Double, _ reason: String = Reason.noAttempt) -> Value {
        histogram.quantile(quantile).map { .count($0) } ?? .missing(reason)
    }
}
