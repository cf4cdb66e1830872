// The catalogue of the probes table: each eBPF program and map, and what it costs.

extension Schema {
    package static let probes = Schema(
        name: "probes", type: "probe", summary: "Each eBPF program and map: attached or why not, and what it costs.",
        fields: probeFields, defaultSort: "",
        rows: { Array(0..<Int32($0.probes.count)) },
        identity: { tables, index in
            tables.probes[index].sample.name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        },
        marks: { tables, index in tables.probes[index].runsPerSecond == nil ? [] : .estimated },
        history: { _, _, _ in [] }, historyUnit: "")

    private static let probeFields: [Field] = {
        let field = RowFields<ProbeRow> { $0.probes[$1] }
        let sampled = "measured in one second of ten; not yet"
        return [
            field.text(
                "probe", column: .init("PROBE", minimum: 12, maximum: 24, importance: 1),
                "The eBPF program or map."
            ) { row, _ in .text(row.sample.name) },
            field.text(
                "hook", column: .init("HOOK", minimum: 12, maximum: 34, importance: 3),
                "What it hangs on, or the kind of map."
            ) { row, _ in .text(row.sample.hook) },
            field.text(
                "state", column: .init("STATE", minimum: 8, importance: 1),
                "attached, loaded (runs when called), refused, missing or off."
            ) { row, _ in .text(row.sample.state.name) },
            field.number(
                "runs", key: "runs_per_second", .perSecond, column: .init("RUNS/s", minimum: 7, importance: 2), marks: .estimated,
                "Runs a second, from sampled seconds."
            ) { row, _ in row.runsPerSecond.map { .number($0) } ?? .missing(sampled) },
            field.number(
                "nsperrun", key: "run_time_mean_ns", .nanoseconds, column: .init("ns/RUN", minimum: 6, importance: 2), marks: .estimated,
                "Nanoseconds a run, from sampled seconds."
            ) { row, _ in row.nanosecondsPerRun.map { .number($0) } ?? .missing(sampled) },
            field.number(
                "cpu", key: "cpu_ratio", .ratio, column: .init("CPU", minimum: 6, importance: 2), marks: .estimated,
                "Share of one processor, from sampled seconds."
            ) { row, _ in row.cpuRatio.map { .number($0) } ?? .missing(sampled) },
            field.number(
                "entries", .count, column: .init("ENTRIES", minimum: 7, importance: 3),
                "Entries of the map now."
            ) { row, _ in row.sample.entries.map { .count($0) } ?? .missing("not counted") },
            field.number(
                "limit", .count, column: .init("LIMIT", minimum: 7, importance: 4),
                "The most entries the map may hold."
            ) { row, _ in row.sample.limit.map { .count($0) } ?? .missing("no limit of its own") },
            field.number(
                "bytes", .bytes, column: .init("MEMORY", minimum: 6, importance: 3),
                "Kernel memory of the map."
            ) { row, _ in row.sample.bytes.map { .count($0) } ?? .missing("a program, not a map") },
            field.number(
                "lost", key: "lost_total", .count, column: .init("LOST", minimum: 6, importance: 1),
                "Records that could not be kept."
            ) { row, _ in .count(row.sample.lost) },
            field.text(
                "why", key: "reason", column: .init("SEES / WHY NOT", minimum: 20, maximum: 90, importance: 1),
                "What it sees; where it does not work, why not and the fix."
            ) { row, _ in
                .text(row.sample.reason ?? row.sample.signal)
            },
        ]
    }()
}
