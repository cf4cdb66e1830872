// The catalogue of the flows table: one line a field.

extension Schema {
    package static let flows = Schema(
        name: "flows", type: "flow", summary: "Which workload talks to whom on which port, and how well.",
        fields: flowFields, defaultSort: "rate",
        rows: { Array(0..<Int32($0.flows.count)) },
        identity: { $0.flows[$1].serial },
        marks: { $0.flows[$1].marks.union($0.blindness("drops", "resets", "resets_received")) },
        history: { $0.flows.history.values(row: $1, last: $2) }, historyUnit: "bytes/s")

    private static let flowFields: [Field] = {
        let field = RowFields<FlowRow> { $0.flows[$1] }
        let conversation =
            Field.ownership { Booking(workload: $0.flows[$1].workload, container: $0.flows[$1].container) }
            + Field.conversation { $0.flows[$1].key }
        let requests = Field.summary(.served) { $0.requestsOfFlow[$0.flows[$1].key] }
        return conversation + requests + field.traffic + [
            field.number(
                "connect", key: "connect_time_mean_ns", .nanoseconds, column: .init("CONN-T", minimum: 6, importance: 8),
                "From SYN to ESTABLISHED, the mean of all outbound connections."
            ) { row, _ in
                row.totals[.connects] == 0 ? .missing(Reason.noAttempt) : .count(row.totals[.connectNanoseconds] / row.totals[.connects])
            },
            field.number(
                "handshake", key: "handshake_rtt_mean_ns", .nanoseconds,
                "The handshake's round trip as the server saw it, the mean of all inbound connections."
            ) { row, _ in
                row.totals[.handshakes] == 0
                    ? .missing(Reason.noHandshake) : .count(row.totals[.handshakeNanoseconds] / row.totals[.handshakes])
            },
        ]
    }()
}
