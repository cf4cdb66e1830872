// The catalogue of the exchanges table: single requests with their responses, the drill-down of a row of requests. Of each
// row the slowest and the latest that failed are kept. Query strings and passwords in a target are left out.

extension Schema {
    package static let exchanges = Schema(
        name: "exchanges", type: "exchange", summary: "Single requests: of each row the slowest, and the latest that failed.",
        fields: exchangeFields, defaultSort: "duration",
        rows: { Array(0..<Int32($0.exchanges.count)) },
        identity: { $0.exchanges[$1].serial },
        marks: {
            ($0.exchanges[$1].exchange.isPartial ? Marks.partial : [])
                .union($0.inferred($0.exchanges[$1].workload, $0.exchanges[$1].exchange.key.flow))
        },
        history: { _, _, _ in [] }, historyUnit: "", isDrillDown: true)

    private static let exchangeFields: [Field] = {
        let field = RowFields<ExchangeRow> { $0.exchanges[$1] }
        let conversation =
            Field.ownership { Booking(workload: $0.exchanges[$1].workload, container: $0.exchanges[$1].container) }
            + Field.conversation({ $0.exchanges[$1].workload }) { $0.exchanges[$1].exchange.key.flow }
        let naming = Field.naming({ Booking(workload: $0.exchanges[$1].workload, container: $0.exchanges[$1].container) }) {
            $0.exchanges[$1].exchange.key.flow
        }
        return [
            field.time("began", column: .init("BEGAN", minimum: 8, importance: 2), "When the request's first byte came or went.") {
                row, tables in .time(tables.moment.wall(at: row.exchange.began))
            }
        ] + conversation.map { $0.narrowed(to: 12).inExchanges }
            + Field.message(route: { $0.exchanges[$1].route }) { $0.exchanges[$1].exchange.key }.map(\.inExchanges) + [
                field.text(
                    "target", column: .init("TARGET", minimum: 16, maximum: 80, importance: 1),
                    "The path without its query string; of DNS the name asked for."
                ) { row, _ in .text(row.exchange.shownTarget) },
                field.boolean("cut", key: "target_cut", "Whether the target was longer than what is kept of it.") { row, _ in
                    .boolean(row.exchange.isCut)
                },
                field.boolean(
                    "failed", column: .init("FAILED", minimum: 6, importance: 6),
                    "Whether it counts as an error: by its status, or because nobody answered."
                ) { row, _ in .boolean(row.exchange.key.isError) },
                field.number(
                    "latency", key: "latency_ns", .nanoseconds, column: .init("LATENCY", minimum: 7, importance: 1), marks: .partial,
                    "From the request's first byte to the response's first byte."
                ) { row, _ in row.exchange.latency.map { .count($0) } ?? .missing(Reason.unanswered) },
                field.number(
                    "duration", key: "duration_ns", .nanoseconds, column: .init("DURATION", minimum: 8, importance: 1), marks: .partial,
                    "From the request's first byte to the response's last byte."
                ) { row, _ in row.exchange.duration.map { .count($0) } ?? .missing(Reason.unanswered) },
                field.list("answers", "DNS: the addresses in the answer.") { row, _ in
                    row.exchange.key.application == .dns ? .list(row.exchange.answers.map(\.description)) : .missing(Reason.notDNS)
                },
                field.number("ttl", key: "ttl_seconds", .none, "DNS: for how many seconds the answer may be kept.") { row, _ in
                    if row.exchange.key.application != .dns { return .missing(Reason.notDNS) }
                    return row.exchange.answers.isEmpty ? .missing("no addresses in the answer") : .count(row.exchange.timeToLive)
                },
                field.boolean("encrypted", "Whether the connection was encrypted.") { row, _ in .boolean(row.exchange.key.isEncrypted) },
                field.text("localaddress", key: "local_address", "This end's address.") { row, _ in
                    .text(row.exchange.local.description)
                },
                field.number("localport", key: "local_port", .none, "This end's port.") { row, _ in .count(row.exchange.localPort) },
                field.number("remoteport", key: "remote_port", .none, "The other end's port.") { row, _ in .count(row.exchange.peerPort) },
                field.number(
                    "clientport", key: "client_port", .none, column: .init("CPORT", minimum: 5, importance: 3),
                    "The client's port, which tells its connection from others."
                ) { row, _ in
                    .count(row.exchange.key.flow.direction == .outbound ? row.exchange.localPort : row.exchange.peerPort)
                },
                field.number("cookie", key: "socket_cookie", .none, "The kernel's socket cookie.") { row, _ in .count(row.exchange.cookie)
                },
                field.number("request", key: "request_row", .none, "Which row of requests it belongs to; the same number, the same row.") {
                    row, _ in .count(row.request)
                },
            ] + naming
    }()
}

extension Field {
    /// An exchange is told by what it asked for: its target says more than its route.
    fileprivate var inExchanges: Field {
        var field = self
        switch word {
        case "peer": field.column?.importance = 2
        case "direction", "port": field.column?.importance = 5
        case "namespace": field.column?.importance = 7
        case "route", "protocol": field.column?.importance = 8
        default: break
        }
        return field
    }
}

extension Exchange {
    /// The target as it may be shown: of HTTP without its query string, and without a name and password before a host.
    package var shownTarget: String {
        guard key.application != .dns else { return target }
        return Redaction.withoutCredentials(Redaction.path(target))
    }
}

extension Reason {
    static let notDNS = "not a DNS request"
}
