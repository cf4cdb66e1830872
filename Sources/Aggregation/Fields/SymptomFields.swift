// What goes wrong: one kind of row, seen through one table a kind. The TCP screen shows them all together.

extension Schema {
    package static let symptoms = symptomTable(
        name: "symptoms", type: "symptom", summary: "Everything that goes wrong: retransmits, drops, resets, failures.", kind: nil)
    package static let retransmits = symptomTable(
        name: "retransmits", type: "retransmit",
        summary: "Segments sent again, by kind: fast, timeout, loss_probe, syn, synack.", kind: .retransmit)
    package static let drops = symptomTable(
        name: "drops", type: "drop", summary: "Packets this node's kernel dropped, by its own reason.", kind: .drop)
    package static let resets = symptomTable(
        name: "resets", type: "reset", summary: "Connections cut: resets sent and received.", kind: .reset)
    package static let failures = symptomTable(
        name: "failures", type: "failure",
        summary: "Connections that never came about: refused, timed out, failed; and full listen queues.", kind: .failure)

    private static func symptomTable(name: String, type: String, summary: String, kind: SymptomRow.Kind?) -> Schema {
        Schema(
            name: name, type: type, summary: summary, fields: symptomFields, defaultSort: "persecond",
            rows: { tables in
                (0..<Int32(tables.symptoms.count)).filter { index in
                    guard let kind else { return true }
                    let row = tables.symptoms[Int(index)].kind
                    return row == kind || kind == .failure && row == .listenDrop
                }
            },
            identity: { $0.symptoms[$1].serial },
            marks: { $0.symptoms[$1].marks.union($0.inferred($0.symptoms[$1].workload, $0.symptoms[$1].key)) },
            history: { $0.symptoms.history.values(row: $1, last: $2) }, historyUnit: "/s")
    }

    private static let symptomFields: [Field] = {
        let field = RowFields<SymptomRow> { $0.symptoms[$1] }
        let conversation =
            Field.ownership { Booking(workload: $0.symptoms[$1].workload, container: $0.symptoms[$1].container) }
            + Field.conversation({ $0.symptoms[$1].workload }) { $0.symptoms[$1].key }
        let naming = Field.naming({ Booking(workload: $0.symptoms[$1].workload, container: $0.symptoms[$1].container) }) {
            $0.symptoms[$1].key
        }
        return [
            field.text(
                "kind", column: .init("WHAT", minimum: 11, importance: 1),
                "retransmit, drop, reset, failure or listen_drop."
            ) { row, _ in .text(row.kind.name) },
            field.text(
                "cause", column: .init("CAUSE", minimum: 14, maximum: 28, importance: 1),
                "The kind of retransmit, the kernel's drop reason, the reset's direction, how the attempt failed."
            ) {
                row, tables in .optional(tables.name(row.cause), Reason.noSample)
            },
        ] + conversation + [
            field.number(
                "total", .count, column: .init("TOTAL", minimum: 6, importance: 1),
                "How often since podglass started; retransmits count segments, drops count packets."
            ) { row, _ in
                .count(row.total)
            },
            field.number(
                "persecond", key: "per_second", .perSecond, column: .init("RATE", minimum: 6, importance: 1),
                "How often a second, over the last interval."
            ) { row, tables in .rate(row.delta, tables) },
            field.time(
                "last", key: "last_seen", column: .init("LAST", minimum: 8, importance: 3),
                "When it last happened."
            ) { row, tables in .time(tables.moment.wall(at: row.lastSeen)) },
        ] + naming
    }()
}
