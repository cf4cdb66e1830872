// The catalogue of the anomalies table, and the flag that other tables carry.

extension Schema {
    package static let anomalies = Schema(
        name: "anomalies", type: "anomaly", summary: "What is unusual or beyond a rule: since when, how far from usual, where it began.",
        fields: anomalyFields, defaultSort: "urgency",
        rows: { Array(0..<Int32($0.anomalies.count)) },
        identity: { $0.anomalies[$1].serial },
        marks: { tables, row in
            tables.anomalies[row].layers.contains(.model) ? .estimated : []
        },
        history: { $0.anomalies.history.values(row: $1, last: $2) }, historyUnit: "its measure")

    private static let anomalyFields: [Field] = {
        let field = RowFields<AnomalyRow> { $0.anomalies[$1] }
        let ownership = Field.ownership { Booking(workload: $0.anomalies[$1].workload, container: $0.anomalies[$1].container) }
            .map(\.withoutColumn)
        return [
            field.text(
                "severity", column: .init("SEVERITY", minimum: 8, importance: 1),
                "notice: unusual, and no harm in itself; warning: to be looked at; critical: to be woken for."
            ) { row, _ in .text(row.severity.name) },
            field.text(
                "state", column: .init("STATE", minimum: 5, importance: 4), "open, or over."
            ) { row, _ in .text(row.isOpen ? "open" : "over") },
            field.time(
                "since", column: .init("SINCE", minimum: 8, importance: 2), "When the first odd sample was counted."
            ) { row, tables in .time(tables.moment.wall(at: row.since)) },
            field.text(
                "where", key: "subject",
                "What it is about: a workload, its calls to a peer, a route."
            ) { row, tables in .text(tables.subjectName(of: row)) },
            field.text(
                "sentence", column: .init("WHAT", minimum: 40, maximum: 180, importance: 1), "All of it in a sentence."
            ) { row, tables in .text(tables.sentence(of: row)) },
            field.text(
                "measure", "What is unusual: request_rate, error_share, latency_p50 …; new_edge, new_peer …; of a rule its name."
            ) { row, tables in .text(tables.measureName(of: row)) },
            field.list(
                "layer", key: "layers", column: .init("LAYER", minimum: 8, maximum: 14, importance: 8),
                "Who found it: rule (a threshold), baseline (its own past), model (its own past, by a model)."
            ) { row, _ in .list(row.layers.names) },
            field.boolean(
                "origin", column: .init("ORIGIN", minimum: 6, importance: 7), "Whether the others of its group follow from it."
            ) { row, _ in .boolean(row.isOrigin) },
            field.number("id", .none, "Its number: the same in each interval.") { row, _ in .count(row.serial) },
            field.number("group", .none, "Anomalies that belong together have the same number.") { row, _ in .count(row.group) },
            field.number("companions", .count, "How many others belong to it.") { row, _ in .count(row.companions) },
        ] + ownership + [
            field.number(
                "value", .scalar, "The value furthest from usual, in the unit that `unit` names."
            ) { row, _ in .measured(row.value) },
            field.number("expected", .scalar, "What was usual before it began.") { row, _ in .measured(row.expected) },
            field.number("low", key: "expected_low", .scalar, "The lowest of what is usual.") { row, _ in .measured(row.low) },
            field.number("high", key: "expected_high", .scalar, "The highest of what is usual.") { row, _ in .measured(row.high) },
            field.text("unit", "Of these four: ns, bytes, ratio, per_second, count.") { row, _ in
                .optional(row.unit.name, "a rule without a value")
            },
            field.number(
                "score", .scalar, column: .init("SCORE", minimum: 6, importance: 7),
                "How far beyond usual, comparable among all series: from 2 on it is flagged; docs/anomalies.md."
            ) { row, _ in row.unscored ?? .number((row.score * 10).rounded() / 10) },
            field.number(
                "confidence", .scalar, column: .init("CONF", minimum: 5, importance: 8),
                "0 to 1, from the score and the number of samples: to sort by, no probability."
            ) { row, _ in row.unscored ?? .number((row.confidence * 100).rounded() / 100) },
            field.number("samples", .count, "What the furthest value was computed from.") { row, _ in .count(row.samples) },
            field.number("points", .count, "Points that the baseline had learnt from when it began.") { row, _ in .count(row.points) },
            field.text("shape", "spike, level_shift, drop, drift or season, as far as it can be told.") { row, _ in
                .optional(row.shape.name, "not told")
            },
            field.time("last", key: "last_seen", "When its value was last unusual.") { row, tables in
                .time(tables.moment.wall(at: row.last))
            },
            field.time("ended", key: "ended_at", "When all was as usual again.") { row, tables in
                row.isOpen ? .missing("it goes on") : .time(tables.moment.wall(at: row.ended))
            },
            field.number(
                "age", key: "age_ns", .nanoseconds, column: .init("FOR", minimum: 6, importance: 3), "How long it has lasted, or lasted."
            ) {
                row, tables in
                .count((row.isOpen ? tables.moment.monotonic : row.ended) &- row.since)
            },
            field.number(
                "urgency", .scalar, shownIn: ["severity"], "What stands first: open before over, grave before slight, groups together."
            ) { row, _ in
                .number(row.urgency)
            },
        ]
    }()
}

extension Field {
    /// The gravest open anomaly of what a row is about.
    static func flag(_ flag: @escaping @Sendable (Tables, Int) -> Severity?) -> Field {
        Field(
            word: "flag", key: "anomaly", kind: .text,
            explanation: "The gravest anomaly that is open: notice, warning or critical; the Anomalies screen says what it is.",
            column: .init("FLAG", minimum: 8, importance: 4), marks: [],
            value: { tables, row in .optional(flag(tables, row)?.name, Reason.noAnomaly) }, code: { _, _ in nil })
    }

    fileprivate var withoutColumn: Field {
        var field = self
        field.column = nil
        return field
    }
}

extension Reason {
    static let noAnomaly = "nothing unusual"
}

extension AnomalyRow {
    /// Why it has no score; nil where it has one.
    fileprivate var unscored: Value? {
        switch what {
        case .novelty: return .missing("what is new has no score")
        case .drift: return .missing("a drift has no score")
        case .measure, .rule: break
        }
        return layers == .rule ? .missing("a rule has no score") : nil
    }
}

extension Value {
    fileprivate static func measured(_ value: Double) -> Value { value.isFinite ? .number(value) : .missing("a rule without a baseline") }
}

extension Field.Unit {
    /// As JSON names it; nil where there is none.
    var name: String? {
        switch self {
        case .none, .scalar: nil
        case .count: "count"
        case .bytes: "bytes"
        case .bytesPerSecond: "bytes_per_second"
        case .perSecond: "per_second"
        case .nanoseconds: "ns"
        case .ratio: "ratio"
        }
    }
}

extension Tables {
    func measureName(of row: AnomalyRow) -> String {
        switch row.what {
        case .measure(let measure), .drift(let measure): measure.name
        case .rule(let name): self.name(name) ?? "rule"
        case .novelty(let novelty): novelty.name
        }
    }
}
