// What is counted for a flow and, summed, for a workload: the same fields in both tables.

protocol Counted: Sendable {
    var totals: Counters { get }
    var delta: Counters { get }
    var drops: UInt64 { get }
    var gauges: Gauges { get }
    var lastActive: UInt64 { get }
}

extension FlowRow: Counted {}
extension WorkloadRow: Counted {}

extension RowFields where Row: Counted {
    var traffic: [Field] {
        [
            number(
                "conns", key: "connections", .count, column: .init("CONNS", minimum: 5, importance: 1),
                "Established connections now, half-closed ones included."
            ) { row, _ in .count(row.totals.connections) },
            number(
                "opened", key: "connections_opened_total", .count, column: .init("OPENED", minimum: 6, importance: 7),
                "Connections that reached ESTABLISHED since podglass started."
            ) { row, _ in .count(row.totals[.opened]) },
            number(
                "new", key: "connections_opened_per_second", .perSecond, column: .init("NEW/s", minimum: 5, importance: 3),
                "Connections that reached ESTABLISHED, a second."
            ) { row, tables in .rate(row.delta[.opened], tables) },
            number(
                "closed", key: "connections_closed_total", .count,
                "Connections that ended after they were established."
            ) { row, _ in .count(row.totals[.closed]) },
            number(
                "failures", key: "connections_failed_total", .count, column: .init("FAIL", minimum: 5, importance: 5),
                "Attempts that never reached ESTABLISHED: refused, timed out or failed otherwise."
            ) { row, _ in
                .count(row.totals[.refused] &+ row.totals[.timedOut] &+ row.totals[.failed])
            },
            number(
                "timeouts", key: "connect_timeouts_total", .count,
                "Attempts that nobody answered (ETIMEDOUT)."
            ) { row, _ in .count(row.totals[.timedOut]) },
            number(
                "sent", key: "sent_bytes_total", .bytes, column: .init("SENT", minimum: 6, importance: 4), marks: .partial,
                "Payload bytes sent since podglass started, each counted once."
            ) { row, _ in .count(row.totals[.sentBytes]) },
            number(
                "received", key: "received_bytes_total", .bytes, column: .init("RECV", minimum: 6, importance: 4), marks: .partial,
                "Payload bytes received in order since podglass started."
            ) { row, _ in .signed(row.totals[.receivedBytes]) },
            number(
                "tx", key: "sent_bytes_per_second", .bytesPerSecond, column: .init("TX/s", minimum: 6, importance: 1),
                "Payload bytes sent, a second."
            ) { row, tables in .rate(row.delta[.sentBytes], tables) },
            number(
                "rx", key: "received_bytes_per_second", .bytesPerSecond, column: .init("RX/s", minimum: 6, importance: 1),
                "Payload bytes received, a second."
            ) { row, tables in .rate(row.delta[.receivedBytes], tables) },
            number(
                "rate", key: "bytes_per_second", .bytesPerSecond, shownIn: ["tx", "rx"],
                "Payload bytes both ways, a second."
            ) { row, tables in
                .rate(row.delta[.sentBytes] &+ row.delta[.receivedBytes], tables)
            },
            number(
                "retrans", key: "retransmits_total", .count, column: .init("RETR", minimum: 5, importance: 2),
                "Segments sent again since podglass started: the kernel's own count, SYN and SYN-ACK included."
            ) { row, _ in
                .count(row.totals[.retransmits])
            },
            number(
                "drops", key: "drops_total", .count, column: .init("DROPS", minimum: 5, importance: 2),
                "Packets that this node's kernel dropped."
            ) { row, tables in
                tables.observable("drops", value: .count(row.drops))
            },
            number(
                "resets", key: "resets_total", .count, column: .init("RST", minimum: 5, importance: 3),
                "Resets sent and received."
            ) { row, tables in
                tables.observable("resets", "resets_received", value: .count(row.totals[.resetsSent] &+ row.totals[.resetsReceived]))
            },
            number(
                "rtt", key: "rtt_ns", .nanoseconds, column: .init("RTT", minimum: 6, importance: 2),
                "Smoothed round-trip time: the mean of its connections, those included that closed in the interval."
            ) { row, _ in .roundTrip(row.gauges, row.delta) },
            number(
                "rttmax", key: "rtt_max_ns", .nanoseconds,
                "The largest smoothed round-trip time among its live connections."
            ) { row, _ in
                row.gauges.rttCount == 0 ? .missing(Reason.noConnection) : .count(UInt64(row.gauges.rttMax) * 1000)
            },
            number(
                "zerowindows", key: "zero_window_connections", .count,
                "Connections whose peer advertises no window while data waits."
            ) { row, _ in .count(row.gauges.zeroWindows) },
            time("active", key: "last_active", "When it last changed.") { row, tables in
                row.lastActive > 0 ? .time(tables.moment.wall(at: row.lastActive)) : .missing(Reason.noTraffic)
            },
        ]
    }
}

extension Value {
    /// A counter that a correction may leave a step below zero for a moment.
    static func signed(_ value: UInt64) -> Value { .integer(max(0, Int64(bitPattern: value))) }

    /// The mean round-trip time of live connections and of those that closed in the interval.
    static func roundTrip(_ gauges: Gauges, _ delta: Counters) -> Value {
        let count = UInt64(gauges.rttCount) &+ delta[.closedRTTs]
        guard count > 0 else { return .missing(Reason.noConnection) }
        return .count((gauges.rttSum &+ delta[.closedRTTMicroseconds]) &* 1000 / count)
    }

    /// A counter's growth over the last interval, a second.
    static func rate(_ delta: UInt64, _ tables: Tables) -> Value {
        guard tables.interval > 0 else { return .missing(Reason.firstInterval) }
        return .number(Double(max(0, Int64(bitPattern: delta))) / tables.seconds)
    }
}

extension Tables {
    /// `value` where the probes behind it are attached, else why not.
    package func observable(_ probes: String..., value: Value) -> Value { observable(probes, value: value) }

    func observable(_ probes: [String], value: Value) -> Value { why(probes).map { .unobservable($0) } ?? value }

    /// Why no requests can be seen, or only a half of each connection; nil where they can.
    package var requestBlindness: String? { why(Tables.requestProbes) }

    private static let requestProbes = ["requests_egress", "requests_ingress"]

    /// What every row's marks must say where one of `probes` does not work.
    func blindness(_ probes: String...) -> Marks { why(probes) == nil ? [] : .unobservable }

    /// Why one of these probes is known not to work; nil where all do. The state is asked first: most nodes are not blind at all.
    private func why(_ names: [String]) -> String? {
        probes.first { row in
            switch row.sample.state {
            case .attached, .loaded: false
            case .refused, .missing, .off: names.contains(row.sample.name)
            }
        }.map { row in
            // Whoever switched it off is not sent to the doctor, nor whose kernel lacks what it takes.
            row.sample.state != .refused ? row.sample.reason ?? Reason.probeMissing(row.sample.name) : Reason.probeMissing(row.sample.name)
        }
    }
}
