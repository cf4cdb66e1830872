// The catalogue of the sources table: who tells names, and how each fares.

extension Schema {
    package static let sources = Schema(
        name: "sources", type: "source", summary: "Each source of names: whether it works, what it gave, or why not.",
        fields: sourceFields, defaultSort: "",
        rows: { Array(0..<Int32($0.sources.count)) },
        identity: { tables, index in
            tables.sources[index].name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        },
        marks: { _, _ in [] },
        history: { _, _, _ in [] }, historyUnit: "")

    private static let sourceFields: [Field] = {
        let field = RowFields<SourceSample> { $0.sources[$1] }
        return [
            field.text(
                "source", column: .init("SOURCE", minimum: 12, maximum: 24, importance: 1),
                "What is asked: cgroup path, pod logs, container runtime, kubelet, API server, connection tracking."
            ) { row, _ in .text(row.name) },
            field.text(
                "state", column: .init("STATE", minimum: 8, importance: 1),
                "works, degraded or off."
            ) { row, _ in .text(row.state.name) },
            field.text(
                "place", column: .init("PLACE", minimum: 12, maximum: 40, importance: 3),
                "Where it was looked for or found: a directory, a socket, a URL."
            ) { row, _ in row.place.isEmpty ? .missing("it was not looked for") : .text(row.place) },
            field.text(
                "gave", column: .init("GAVE", minimum: 12, maximum: 40, importance: 2),
                "What it gave so far."
            ) { row, _ in row.gave.isEmpty ? .missing("nothing yet") : .text(row.gave) },
            field.text(
                "why", key: "reason", column: .init("WHY NOT", minimum: 20, maximum: 90, importance: 1),
                "Why it does not work, and what helps."
            ) { row, _ in row.reason.map { .text($0) } ?? .missing("it works") },
        ]
    }()
}
