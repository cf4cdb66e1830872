// The catalogue of the requests table: one row a workload, side, peer, protocol, method, route and status. What latency and
// duration are is said in docs/latency.md.

extension Schema {
    package static let requests = Schema(
        name: "requests", type: "request",
        summary: "Requests by workload, side, peer, protocol, method, route and status, with their latency.",
        fields: requestFields, defaultSort: "rps",
        rows: { Array(0..<Int32($0.requests.count)) },
        identity: { $0.requests[$1].serial },
        marks: { $0.requests[$1].marks.union($0.inferred($0.requests[$1].workload, $0.requests[$1].key.flow)) },
        history: { $0.requests.history.values(row: $1, last: $2) }, historyUnit: "requests/s")

    private static let requestFields: [Field] = {
        let field = RowFields<RequestRow> { $0.requests[$1] }
        let conversation =
            Field.ownership { Booking(workload: $0.requests[$1].workload, container: $0.requests[$1].container) }
            + Field.conversation({ $0.requests[$1].workload }) { $0.requests[$1].key.flow }
        let naming = Field.naming({ Booking(workload: $0.requests[$1].workload, container: $0.requests[$1].container) }) {
            $0.requests[$1].key.flow
        }
        return conversation.map { $0.narrowed(to: 12).inRequests } + Field.message(route: { $0.requests[$1].route }) { $0.requests[$1].key }
            + [
                Field.flag { $0.flag(ofRequest: $0.requests[$1]) },
                field.number(
                    "requests", key: "requests_total", .count, column: .init("REQS", minimum: 5, importance: 3), marks: .estimated,
                    "Requests since podglass started; counted when their response has ended."
                ) { row, _ in .count(row.total) }.inRules("recentrequests"),
                field.number(
                    "errors", key: "errors_total", .count, column: .init("ERRS", minimum: 5, importance: 3), marks: .estimated,
                    "Of those, how many failed: HTTP 5xx at the server, 4xx and 5xx at the client; DNS all but NOERROR and NXDOMAIN; no response."
                ) { row, _ in .count(row.key.isError ? row.total : 0) }.inRules("recenterrors"),
                field.number(
                    "rps", key: "requests_per_second", .perSecond, column: .init("REQ/s", minimum: 5, importance: 1), marks: .estimated,
                    "Requests a second, over the last interval."
                ) { row, tables in .rate(row.delta, tables) },
                field.number(
                    "recentrequests", key: "recent_requests", .count, marks: .estimated, "Requests over the last 10 to 20 s."
                ) { row, _ in .count(row.recent.requests) },
                field.number(
                    "recenterrors", key: "recent_errors", .count, marks: .estimated, "Of those, how many failed."
                ) { row, _ in .count(row.recent.errors) },
                field.recentQuantile("recentp50", 0.5),
                field.recentQuantile("recentp95", 0.95),
                field.recentQuantile("recentp99", 0.99),
                field.quantile("p50", "latency", 0.5, column: .init("P50", minimum: 6, importance: 2), \.latency, \.key).inRules(
                    "recentp50"),
                field.quantile("p90", "latency", 0.9, \.latency, \.key).inRules(nil),
                field.quantile("p95", "latency", 0.95, column: .init("P95", minimum: 6, importance: 3), \.latency, \.key).inRules(
                    "recentp95"),
                field.quantile("p99", "latency", 0.99, column: .init("P99", minimum: 6, importance: 1), \.latency, \.key).inRules(
                    "recentp99"),
                field.number(
                    "max", key: "latency_max_ns", .nanoseconds, column: .init("MAX", minimum: 6, importance: 5), marks: .estimated,
                    "The longest time from the request's first byte to the response's first byte."
                ) { row, _ in .largest(row.latency, of: row.key) }.inRules(nil),
                field.quantile("durationp50", "duration", 0.5, \.duration, \.key).inRules(nil),
                field.quantile("durationp90", "duration", 0.9, \.duration, \.key).inRules(nil),
                field.quantile("durationp99", "duration", 0.99, column: .init("D-P99", minimum: 6, importance: 6), \.duration, \.key)
                    .inRules(nil),
                field.number(
                    "durationmax", key: "duration_max_ns", .nanoseconds, marks: .estimated,
                    "The longest time from the request's first byte to the response's last byte."
                ) { row, _ in .largest(row.duration, of: row.key) }.inRules(nil),
                field.boolean("encrypted", column: .init("TLS", minimum: 3, importance: 9), "Whether the connection was encrypted.") {
                    row, _ in
                    .boolean(row.key.isEncrypted)
                },
                field.time("last", key: "last_seen", column: .init("LAST", minimum: 8, importance: 8), "When one was last counted.") {
                    row, tables in .time(tables.moment.wall(at: row.lastActive))
                },
            ] + naming
    }()
}

extension RowFields {
    /// "latency_p99_ns" and its kin.
    fileprivate func quantile(
        _ word: String, _ measure: String, _ quantile: Double, column: Field.Column? = nil,
        _ histogram: @escaping @Sendable (Row) -> Histogram, _ key: @escaping @Sendable (Row) -> RequestKey
    ) -> Field {
        let percent = Int((quantile * 100).rounded())
        let end = measure == "latency" ? "first" : "last"
        return number(
            word, key: "\(measure)_p\(percent)_ns", .nanoseconds, column: column, marks: .estimated,
            "From the request's first byte to the response's \(end) byte: \(percent) % were faster. Within 3.1 %."
        ) { row, _ in
            .quantile(histogram(row), quantile, key(row).isAnswered ? Reason.notMeasured : Reason.unanswered)
        }
    }
}

extension RowFields where Row == RequestRow {
    /// Latency over the last 10 to 20 seconds.
    fileprivate func recentQuantile(_ word: String, _ quantile: Double) -> Field {
        let percent = Int((quantile * 100).rounded())
        return number(
            word, key: "recent_latency_p\(percent)_ns", .nanoseconds, marks: .estimated,
            "Latency over the last 10 to 20 s, to the response's first byte: \(percent) % were faster. Within 3.1 %."
        ) { row, _ in
            row.recent.latency(quantile).map { .count($0) }
                ?? .missing(row.recent.requests == 0 ? Reason.noneLately : row.key.isAnswered ? Reason.notMeasured : Reason.unanswered)
        }
    }
}

extension Value {
    static func largest(_ histogram: Histogram, of key: RequestKey) -> Value {
        guard histogram.count > 0 else { return .missing(key.isAnswered ? Reason.notMeasured : Reason.unanswered) }
        return .count(histogram.maximum)
    }
}

extension Field {
    /// Where the other columns are many: the direction and the port leave before what the requests are.
    fileprivate var inRequests: Field {
        var field = self
        switch word {
        case "peer":
            field = narrowed(to: 10)
            field.column?.importance = 2
        case "direction": field.column?.importance = 4
        case "port": field.column?.importance = 5
        case "namespace": field.column?.importance = 7
        default: break
        }
        return field
    }

    /// What was asked and answered, the same in the tables of requests and of exchanges.
    static func message(
        route: @escaping @Sendable (Tables, Int) -> NameIndex, key: @escaping @Sendable (Tables, Int) -> RequestKey
    ) -> [Field] {
        [
            Field(
                word: "protocol", key: "protocol", kind: .text, explanation: "http1 or dns.",
                column: .init("PROTO", minimum: 5, maximum: 8, importance: 5), marks: [],
                value: { .text(key($0, $1).application.name) }, code: { Int(key($0, $1).application.rawValue) }),
            Field(
                word: "transport", key: "transport", kind: .text, explanation: "tcp or udp.", column: nil, marks: [],
                value: { .text(key($0, $1).flow.transport.name) }, code: { Int(key($0, $1).flow.transport.rawValue) }),
            Field(
                word: "method", key: "method", kind: .text, explanation: "The HTTP method, the DNS type that was asked for.",
                column: .init("METHOD", minimum: 6, maximum: 8, importance: 1), marks: [],
                value: { .text(key($0, $1).application.operationName(key($0, $1).operation)) }, code: { _, _ in nil }),
            Field(
                word: "route", key: "route", kind: .text,
                explanation: "The path with what varies in braces: /api/users/{id}; ~other where a route has no row of its own.",
                column: .init("ROUTE", minimum: 12, maximum: 48, importance: 1), marks: [],
                value: { .optional($0.name(route($0, $1)), Reason.noRoutes) }, code: { Int(route($0, $1)) + 1 }),
            Field(
                word: "status", key: "status", kind: .code,
                explanation: "The HTTP status, the DNS response code; - where there was no response.",
                column: .init("STATUS", minimum: 8, maximum: 9, importance: 1), marks: [],
                value: { tables, row in
                    let key = key(tables, row)
                    return key.isAnswered ? .text(key.application.statusName(key.status)) : .missing(Reason.unanswered)
                }, code: { _, _ in nil }),
        ]
    }
}

extension Reason {
    static let unanswered = "no response"
    static let noRoutes = "no routes in this protocol"
    static let notMeasured = "no latency measured"
}
