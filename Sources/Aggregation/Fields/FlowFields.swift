// The catalogue of the flows table: one line a field.

extension Schema {
    package static let flows = Schema(
        name: "flows", type: "flow", summary: "Which workload talks to whom on which port, and how well.",
        fields: flowFields, defaultSort: "rate",
        rows: { Array(0..<Int32($0.flows.count)) },
        identity: { $0.flows[$1].serial },
        marks: {
            $0.flows[$1].marks.union($0.blindness("drops", "resets", "resets_received", "requests_egress", "requests_ingress"))
                .union($0.inferred($0.flows[$1].workload, $0.flows[$1].key))
        },
        history: { $0.flows.history.values(row: $1, last: $2) }, historyUnit: "bytes/s",
        trends: [Trend(words: Field.summaryWords, unit: "requests/s") { $0.requestHistory(ofFlow: $0.flows[$1].key, last: $2) }])

    private static let flowFields: [Field] = {
        let field = RowFields<FlowRow> { $0.flows[$1] }
        let conversation =
            Field.ownership { Booking(workload: $0.flows[$1].workload, container: $0.flows[$1].container) }
            + Field.conversation({ $0.flows[$1].workload }) { $0.flows[$1].key }
        let requests = Field.summary(.served) { $0.requestsOfFlow[$0.flows[$1].key] }
        let naming = Field.naming({ Booking(workload: $0.flows[$1].workload, container: $0.flows[$1].container) }) { $0.flows[$1].key }
        return conversation + [
            Field(
                word: "transport", key: "transport", kind: .text, explanation: "tcp or udp.", column: nil, marks: [],
                value: { .text($0.flows[$1].key.transport.name) }, code: { Int($0.flows[$1].key.transport.rawValue) }),
            Field.flag { $0.flags.isEmpty ? nil : $0.flags[.flow($0.flows[$1].key)] },
        ] + requests + field.traffic.map(\.ofConnections) + [
            field.number(
                "sentdatagrams", key: "sent_datagrams_total", .count, "UDP datagrams sent since podglass started."
            ) { row, _ in .datagrams(row, .sentDatagrams) },
            field.number(
                "receiveddatagrams", key: "received_datagrams_total", .count, "UDP datagrams received since podglass started."
            ) { row, _ in .datagrams(row, .receivedDatagrams) },
            field.number(
                "connect", key: "connect_time_mean_ns", .nanoseconds, column: .init("CONN-T", minimum: 6, importance: 8),
                "From SYN to ESTABLISHED, the mean of all outbound connections."
            ) { row, _ in
                row.key.transport == .udp
                    ? .missing(Reason.noConnections)
                    : row.totals[.connects] == 0
                        ? .missing(Reason.noAttempt) : .count(row.totals[.connectNanoseconds] / row.totals[.connects])
            },
            field.number(
                "handshake", key: "handshake_rtt_mean_ns", .nanoseconds,
                "The handshake's round trip as the server saw it, the mean of all inbound connections."
            ) { row, _ in
                row.key.transport == .udp
                    ? .missing(Reason.noConnections)
                    : row.totals[.handshakes] == 0
                        ? .missing(Reason.noHandshake) : .count(row.totals[.handshakeNanoseconds] / row.totals[.handshakes])
            },
        ] + naming
    }()
}

extension Field {
    /// What a UDP flow cannot have, because nothing connects.
    private static let wordsOfConnections: Set<String> = [
        "conns", "opened", "new", "closed", "failures", "timeouts", "retrans", "resets", "rtt", "rttmax", "zerowindows",
    ]

    /// The same field of flows, without a value for a UDP flow where it is about connections.
    fileprivate var ofConnections: Field {
        guard Field.wordsOfConnections.contains(word) else { return self }
        let value = value
        var field = Field(
            word: word, key: key, kind: kind, explanation: explanation, column: column, marks: marks,
            value: { $0.flows[$1].key.transport == .udp ? .missing(Reason.noConnections) : value($0, $1) }, code: code)
        field.shownIn = shownIn
        return field
    }
}

extension Value {
    fileprivate static func datagrams(_ row: FlowRow, _ counter: Counter) -> Value {
        row.key.transport == .tcp ? .missing(Reason.noDatagrams) : .count(row.totals[counter])
    }
}
