// Requests of a flow, or of one side of a workload, summed: the same fields in both tables.

extension Field {
    /// What a table calls the fields of one side.
    struct SummaryNames: Sendable {
        /// Before each word and each key.
        var word: String
        var key: String
        /// "requests_total" has a name of its own: "calls_total".
        var total: (word: String, key: String)
        var recent: (word: String, key: String)
        /// What the sentences call them.
        var noun: String
        /// Whether they stand as columns.
        var areColumns: Bool
        /// Why there is no latency where there was no request.
        var none: String

        static let served = SummaryNames(
            word: "", key: "", total: ("requests", "requests_total"), recent: ("recentrequests", "recent_requests"), noun: "Requests",
            areColumns: true,
            none: "no requests seen since podglass started")
        static let called = SummaryNames(
            word: "call", key: "calls_", total: ("calls", "calls_total"), recent: ("recentcalls", "recent_calls"),
            noun: "Requests that it made", areColumns: false,
            none: "it made no requests since podglass started")
    }

    static func summary(
        _ names: SummaryNames, _ summary: @escaping @Sendable (Tables, Int) -> RequestSummary?
    ) -> [Field] {
        func number(
            _ word: String, _ key: String, _ unit: Unit, column: Column? = nil, _ explanation: String,
            value: @escaping @Sendable (RequestSummary, Tables) -> Value
        ) -> Field {
            Field(
                word: word, key: key, kind: .number(unit), explanation: explanation, column: names.areColumns ? column : nil, marks: [],
                value: { tables, row in
                    tables.requestBlindness.map { .unobservable($0) } ?? value(summary(tables, row) ?? RequestSummary(), tables)
                }, code: { _, _ in nil })
        }
        func latency(_ word: String, _ key: String, _ quantile: Double, importance: Int? = nil) -> Field {
            let percent = Int((quantile * 100).rounded())
            return number(
                names.word + word, names.key + key, .nanoseconds,
                column: importance.map { Column(word.uppercased(), minimum: 6, importance: $0) },
                "\(names.noun): latency, from their first byte to the response's first byte: \(percent) % were faster. Within 3.1 %."
            ) { sum, _ in .quantile(sum.latency, quantile, sum.requests > 0 ? Reason.unanswered : names.none) }
        }
        func recentLatency(_ word: String, _ key: String, _ quantile: Double) -> Field {
            number(
                "recent" + names.word + word, "recent_" + names.key + key, .nanoseconds,
                "\(names.noun): latency over the last 10 to 20 s: \(Int((quantile * 100).rounded())) % were faster. Within 3.1 %."
            ) { sum, _ in
                sum.recent.latency(quantile).map { .count($0) } ?? .missing(sum.recent.requests > 0 ? Reason.unanswered : Reason.noneLately)
            }
        }
        func recent(_ word: String) -> String { "recent" + names.word + word }
        return [
            number(
                names.total.word, names.total.key, .count, column: .init("REQS", minimum: 5, importance: 6),
                "\(names.noun), since podglass started."
            ) { sum, _ in .count(sum.requests) }.inRules(names.recent.word),
            number(
                names.word + "rps", names.key + (names.key.isEmpty ? "requests_per_second" : "per_second"), .perSecond,
                column: .init("REQ/s", minimum: 5, importance: 2), "\(names.noun), a second."
            ) { sum, tables in .rate(sum.requestsDelta, tables) },
            latency("p50", "latency_p50_ns", 0.5, importance: 4).inRules(recent("p50")),
            latency("p90", "latency_p90_ns", 0.9).inRules(nil),
            latency("p95", "latency_p95_ns", 0.95, importance: 6).inRules(recent("p95")),
            latency("p99", "latency_p99_ns", 0.99, importance: 2).inRules(recent("p99")),
            number(
                names.word + "max", names.key + "latency_max_ns", .nanoseconds, "\(names.noun): the longest latency."
            ) { sum, _ in
                sum.latency.count > 0 ? .count(sum.latency.maximum) : .missing(sum.requests > 0 ? Reason.unanswered : names.none)
            }.inRules(nil),
            number(
                names.word + "errors", names.key + "errors_total", .count, column: .init("ERRS", minimum: 5, importance: 7),
                "\(names.noun) that failed: by their status, or because nobody answered."
            ) { sum, _ in .count(sum.errors) }.inRules(recent("errors")),
            number(
                names.word + "errorshare", names.key + "error_ratio", .ratio, column: .init("ERR%", minimum: 5, importance: 2),
                "\(names.noun): the share that failed, of the last interval, else of all."
            ) { sum, _ in sum.errorShare.map { .number($0) } ?? .missing(names.none) }.inRules(recent("errorshare")),
            number(
                names.word + "unanswered", names.key + "unanswered_total", .count, "\(names.noun) that nobody answered."
            ) { sum, _ in .count(sum.unanswered) },
            number(names.recent.word, names.recent.key, .count, "\(names.noun) over the last 10 to 20 s.") { sum, _ in
                .count(sum.recent.requests)
            },
            number(recent("errors"), "recent_\(names.key)errors", .count, "\(names.noun) over the last 10 to 20 s that failed.") { sum, _ in
                .count(sum.recent.errors)
            },
            number(
                recent("errorshare"), "recent_\(names.key)error_ratio", .ratio,
                "\(names.noun) over the last 10 to 20 s: the share that failed."
            ) { sum, _ in sum.recent.errorShare.map { .number($0) } ?? .missing(Reason.noneLately) },
            recentLatency("p50", "latency_p50_ns", 0.5),
            recentLatency("p95", "latency_p95_ns", 0.95),
            recentLatency("p99", "latency_p99_ns", 0.99),
        ]
    }

    /// Words of the fields of a summary: sorted by one of them, a sparkline shows requests.
    static let summaryWords = Set(summary(.served) { _, _ in nil }.map(\.word))
}

extension Reason {
    static let noneLately = "no requests in the last 10 to 20 seconds"
}
