// The catalogue of the connections table: the drill-down of a flow.

extension Schema {
    package static let connections = Schema(
        name: "connections", type: "connection", summary: "Single connections: live ones, and the latest that closed.",
        fields: connectionFields, defaultSort: "rate",
        rows: { Array(0..<Int32($0.connections.count)) },
        identity: { $0.connections[$1].sample.cookie },
        marks: { $0.connections[$1].marks.union($0.inferred($0.connections[$1].workload, $0.connections[$1].sample.key)) },
        history: { _, _, _ in [] }, historyUnit: "",
        // Live ones before those that closed, and of these the newest first.
        precedence: { tables, row in
            let sample = tables.connections[row].sample
            return sample.state == .closed ? ~(sample.cookie & .max >> 1) : sample.cookie
        })

    private static let connectionFields: [Field] = {
        let field = RowFields<ConnectionRow> { $0.connections[$1] }
        let conversation =
            Field.ownership { Booking(workload: $0.connections[$1].workload, container: $0.connections[$1].container) }
            + Field.conversation({ $0.connections[$1].workload }) { $0.connections[$1].sample.key }
        let naming = Field.naming({ Booking(workload: $0.connections[$1].workload, container: $0.connections[$1].container) }) {
            $0.connections[$1].sample.key
        }
        return conversation.map { $0.narrowed(to: 12) } + [
            field.text(
                "localaddress", key: "local_address", column: .init("LOCAL", minimum: 9, maximum: 24, importance: 7),
                "This end's address."
            ) { row, _ in .text(row.sample.local.description) },
            field.number(
                "localport", key: "local_port", .none, column: .init("LPORT", minimum: 5, importance: 8),
                "This end's port."
            ) { row, _ in .count(row.sample.localPort) },
            field.number(
                "remoteport", key: "remote_port", .none, column: .init("RPORT", minimum: 5, importance: 8),
                "The other end's port."
            ) { row, _ in .count(row.sample.peerPort) },
            field.number(
                "clientport", key: "client_port", .none, column: .init("CPORT", minimum: 5, importance: 1),
                "The client's port, which tells the connections of a flow apart."
            ) { row, _ in .count(row.sample.key.direction == .outbound ? row.sample.localPort : row.sample.peerPort) },
            field.text(
                "state", column: .init("STATE", minimum: 11, importance: 1),
                "The TCP state."
            ) { row, _ in .text(row.sample.state.name) },
            field.number(
                "age", key: "age_ns", .nanoseconds, column: .init("AGE", minimum: 6, importance: 1),
                "Since it was established."
            ) { row, _ in
                row.sample.established == 0
                    ? .missing(Reason.olderThanPodglass) : .count(row.sample.seen &- row.sample.established)
            },
            field.number("conns", key: "connections", .count, "1 while it is open, 0 once it has closed.") { row, _ in
                .count(row.isOpen ? 1 : 0)
            },
            field.number(
                "opened", key: "connections_opened_total", .count, "1 where it was established since podglass started, else 0."
            ) { row, _ in .count(row.sample.partial ? 0 : 1) },
            field.number("closed", key: "connections_closed_total", .count, "1 once it has closed, else 0.") { row, _ in
                .count(row.isOpen ? 0 : 1)
            },
            field.number("drops", key: "drops_total", .count, "Drops are counted a flow, not a connection.") { _, _ in
                .missing(Reason.countedByFlow)
            },
            field.number("resets", key: "resets_total", .count, "Resets are counted a flow, not a connection.") { _, _ in
                .missing(Reason.countedByFlow)
            },
            field.number(
                "sent", key: "sent_bytes_total", .bytes, column: .init("SENT", minimum: 6, importance: 3), marks: .partial,
                "Payload bytes sent since podglass started, each counted once."
            ) { row, _ in .count(row.sample.sentBytes) },
            field.number(
                "received", key: "received_bytes_total", .bytes, column: .init("RECV", minimum: 6, importance: 3), marks: .partial,
                "Payload bytes received in order since podglass started."
            ) { row, _ in .signed(row.sample.receivedBytes) },
            field.number(
                "tx", key: "sent_bytes_per_second", .bytesPerSecond, column: .init("TX/s", minimum: 6, importance: 1),
                "Payload bytes sent, a second."
            ) { row, tables in
                row.rate(row.sentPerSecond, tables)
            },
            field.number(
                "rx", key: "received_bytes_per_second", .bytesPerSecond, column: .init("RX/s", minimum: 6, importance: 1),
                "Payload bytes received, a second."
            ) { row, tables in
                row.rate(row.receivedPerSecond, tables)
            },
            field.number(
                "rate", key: "bytes_per_second", .bytesPerSecond, shownIn: ["tx", "rx"],
                "Payload bytes both ways, a second."
            ) { row, tables in
                row.rate(row.sentPerSecond + row.receivedPerSecond, tables)
            },
            field.number(
                "retrans", key: "retransmits_total", .count, column: .init("RETR", minimum: 5, importance: 2),
                "Segments sent again since podglass started."
            ) { row, _ in .count(row.sample.retransmits) },
            field.number(
                "rtt", key: "rtt_ns", .nanoseconds, column: .init("RTT", minimum: 6, importance: 1),
                "Smoothed round-trip time."
            ) { row, _ in
                row.sample.rtt == 0 ? .missing(Reason.noSample) : .count(UInt64(row.sample.rtt) * 1000)
            },
            field.number(
                "cwnd", key: "congestion_window_segments", .count, column: .init("CWND", minimum: 5, importance: 5),
                "Congestion window, in segments."
            ) { row, _ in .count(row.sample.congestionWindow) },
            field.number(
                "window", key: "send_window_bytes", .bytes, column: .init("WINDOW", minimum: 6, importance: 6),
                "The window the peer advertises."
            ) { row, _ in .count(row.sample.sendWindow) },
            field.number(
                "pid", .none, column: .init("PID", minimum: 7, importance: 4),
                "The process that opened the connection, or that listens for it."
            ) { row, _ in
                row.sample.pid == 0 ? .missing(Reason.noOwner) : .count(row.sample.pid)
            },
            field.number(
                "cgroup", key: "cgroup_id", .none,
                "The id of the socket's cgroup."
            ) { row, _ in .count(row.sample.key.cgroup) },
            field.number(
                "cookie", key: "socket_cookie", .none,
                "The kernel's socket cookie."
            ) { row, _ in .count(row.sample.cookie) },
        ] + naming
    }()
}

extension ConnectionRow {
    fileprivate var isOpen: Bool { sample.state != .closed }

    /// A closed connection has no rate any more, and so stands behind the open ones when sorted by it.
    fileprivate func rate(_ perSecond: Double, _ tables: Tables) -> Value {
        guard isOpen else { return .missing("the connection has closed") }
        return tables.interval == 0 ? .missing(Reason.firstInterval) : .number(perSecond)
    }
}
