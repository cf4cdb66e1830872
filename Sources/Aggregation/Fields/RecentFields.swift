// What a workload did within the last 10 to 20 seconds, and for how long it has done nothing: what rules ask about, because what is
// counted since podglass started can neither rise fast nor fall. What rules say with the plain words stands here, too.

extension Field {
    static let recentTraffic: [Field] = {
        func number(_ word: String, _ key: String, _ unit: Unit, _ explanation: String, value: @escaping @Sendable (Tables, Int) -> Value)
            -> Field
        {
            Field(
                word: word, key: key, kind: .number(unit), explanation: explanation, column: nil, marks: [], value: value,
                code: { _, _ in nil })
        }
        func rate(_ word: String, _ key: String, _ explanation: String, _ counter: @escaping @Sendable (RecentTraffic) -> UInt64) -> Field {
            number(word, key, .perSecond, explanation + ", a second over the last 10 to 20 s.") { tables, row in
                guard let seconds = tables.recent.seconds(at: tables.moment.monotonic) else { return .missing(Reason.firstInterval) }
                return .number(Double(counter(tables.workloads[row].traffic)) / seconds)
            }
        }
        func observed(_ field: Field, by probes: [String]) -> Field {
            let value = field.value
            return number(field.word, field.key, field.unit, field.explanation) { tables, row in
                tables.observable(probes, value: value(tables, row))
            }
        }
        return [
            rate("recentretrans", "recent_retransmits_per_second", "Segments sent again") { $0.count(\.retransmits) },
            number(
                "recentretransshare", "recent_retransmit_ratio", .ratio,
                "Segments sent again over the last 10 to 20 s, of full ones (1,448 bytes) that its TCP payload makes: more where they are small."
            ) { tables, row in
                let traffic = tables.workloads[row].traffic
                let segments = traffic.count(\.sentBytes) / 1_448 &+ traffic.count(\.retransmits)
                return segments == 0 ? .missing(Reason.nothingSentLately) : .number(Double(traffic.count(\.retransmits)) / Double(segments))
            },
            number("recentconnects", "recent_connects", .count, "Connections that it tried to open over the last 10 to 20 s.") {
                .count($0.workloads[$1].traffic.count(\.attempts))
            },
            number(
                "recentconnectfailures", "recent_connect_failure_ratio", .ratio,
                "Of the connections that it tried to open over the last 10 to 20 s, the share that failed, for whatever reason."
            ) { tables, row in
                let traffic = tables.workloads[row].traffic
                let attempts = traffic.count(\.attempts)
                return attempts == 0 ? .missing(Reason.noAttemptLately) : .number(Double(traffic.count(\.failures)) / Double(attempts))
            },
            number(
                "recenttimeouts", "recent_connect_timeouts", .count,
                "Connections that nobody answered (ETIMEDOUT), over the last 10 to 20 s."
            ) { .count($0.workloads[$1].traffic.count(\.timeouts)) },
            observed(
                rate("recentresets", "recent_resets_per_second", "Resets sent and received") { $0.count(\.resets) },
                by: ["resets", "resets_received"]),
            observed(
                rate("recentdrops", "recent_drops_per_second", "Packets that this node's kernel dropped") { $0.count(\.drops) },
                by: ["drops"]),
            rate("recentlistendrops", "recent_listen_drops_per_second", "What its listening sockets dropped") { $0.count(\.listenDrops) },
            number(
                "silent", "silent_ns", .nanoseconds,
                "Since its last traffic, where it had some every 10 s for five minutes before, and its cgroup is still there."
            ) { tables, row in tables.silence(ofWorkload: row) },
        ]
    }()
}

extension Tables {
    /// Only of a workload that goes on: one that has ended is no silent one.
    fileprivate func silence(ofWorkload row: Int) -> Value {
        guard let silence = workloads[row].traffic.silence(at: moment.monotonic) else { return .missing(Reason.notSilent) }
        if object(of: WorkloadIndex(row))?.hasEnded ?? false { return .missing(Reason.cgroupEnded) }
        guard let usage = workloads[row].usage else { return .missing(Reason.notRead) }
        guard isCurrent(usage), usage != UsageSample(cgroup: usage.cgroup, read: usage.read) else { return .missing(Reason.cgroupEnded) }
        return .count(silence)
    }
}

extension Schema {
    /// The same table as rules read it: a word of which there is a recent value means that, and what only grows since podglass
    /// started is left out where it is a histogram.
    package var inRules: Schema {
        var schema = self
        schema.fields = fields.filter { !$0.isOfAllTime }.map { field in
            guard let recent = field.recent.flatMap({ self.field($0) }) else { return field }
            return Field(
                word: field.word, key: field.key, kind: recent.kind, explanation: recent.explanation, column: field.column,
                marks: recent.marks, value: recent.value, code: recent.code)
        }
        return schema
    }
}

extension Reason {
    static let nothingSentLately = "it sent nothing in the last 10 to 20 seconds"
    static let noAttemptLately = "it tried to open no connection in the last 10 to 20 seconds"
    static let notSilent = "it has traffic, or never had it regularly"
}
