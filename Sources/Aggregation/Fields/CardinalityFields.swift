// The catalogue of the labels table: which label of which workload multiplies, and what is done about it.

extension Schema {
    package static let cardinality = Schema(
        name: "cardinality", type: "label", summary: "Which label of which workload multiplies, how fast, and what becomes of its values.",
        fields: cardinalityFields, defaultSort: "distinct",
        rows: { Array(0..<Int32($0.cardinality.count)) },
        identity: { $0.cardinality[$1].serial },
        marks: { tables, row in
            tables.cardinality[row].marks.union(tables.inferred(tables.cardinality[row].workload))
        },
        history: { _, _, _ in [] }, historyUnit: "", isDrillDown: true)

    private static let cardinalityFields: [Field] = {
        let field = RowFields<CardinalityRow> { $0.cardinality[$1] }
        let whose = Field.ownership { Booking(workload: $0.cardinality[$1].workload, container: -1) }.filter { $0.word != "container" }
        return whose + [
            field.text(
                "class", column: .init("CLASS", minimum: 8, maximum: 16, importance: 4),
                "How many series the workload may have: its class, by namespace or label in the configuration."
            ) { row, tables in
                tables.classes.indices.contains(row.classIndex)
                    ? .text(tables.classes[row.classIndex].name) : .missing("its class was not asked for yet")
            },
            field.text(
                "labelname", key: "label_name", column: .init("LABEL", minimum: 11, importance: 1),
                "peer and port multiply flows; operation and status rows of requests; path and dns_name routes; client_port and query nothing."
            ) { row, _ in .text(row.label.name) },
            field.number(
                "distinct", key: "distinct_values", .count, column: .init("DISTINCT", minimum: 8, importance: 1),
                marks: [.estimated, .partial],
                "Different values in an hour: the one that runs or the one before, whichever had more. Exact up to 32, then within some 2 %; where requests are sampled, at least so many."
            ) { row, _ in .count(row.distinct) },
            field.number(
                "growth", key: "new_values_last_minute", .count, column: .init("NEW/min", minimum: 7, importance: 2),
                marks: [.estimated, .partial], "Values of the last minute that were not seen before."
            ) { row, _ in .count(row.growth) },
            field.number(
                "kept", key: "rows_kept", .count, column: .init("KEPT", minimum: 6, importance: 3),
                "Rows that it multiplies, as they stand: flows, rows of requests, or routes of the workload."
            ) { row, _ in row.label.table == .none ? .missing(Reason.inNoRow) : .count(row.kept) },
            field.number(
                "folded", key: "rows_folded_total", .count, column: .init("FOLDED", minimum: 6, importance: 3),
                "How many more of these found no place because of a limit; what they counted is in ~other."
            ) { row, _ in row.label.table == .none ? .missing(Reason.inNoRow) : .count(row.folded) },
            field.number(
                "series", .count, column: .init("SERIES", minimum: 6, importance: 5),
                "All rows that podglass keeps on behalf of the workload: of flows, requests and symptoms."
            ) { row, _ in .count(row.series) },
            field.number(
                "limit", key: "series_limit", .count, column: .init("LIMIT", minimum: 7, importance: 5), "The most that its class allows."
            ) { row, tables in
                tables.classes.indices.contains(row.classIndex)
                    ? .count(tables.classes[row.classIndex].series) : .missing("its class was not asked for yet")
            },
            field.text(
                "treatment", column: .init("TREATMENT", minimum: 9, importance: 2),
                "kept: each value has its row; templated: a template stands for many; stripped: in no row; folded: those beyond a limit are in ~other."
            ) { row, _ in .text(row.treatment.name) },
            field.text("sentence", column: .init("WHAT", minimum: 30, maximum: 140, importance: 9), "All of it in a sentence.") {
                row, tables in .text(tables.sentence(of: row))
            },
            field.time("since", "When its first value was seen.") { row, tables in .time(tables.moment.wall(at: row.since)) },
            .flag { tables, row in
                let cardinality = tables.cardinality[row]
                guard let workload = tables.workloads.rows.indices.contains(Int(cardinality.workload)) ? cardinality.workload : nil
                else { return nil }
                return tables.flags[.label(LabelKey(workload: tables.workloads[Int(workload)].serial, label: cardinality.label))]
            },
        ] + Field.affiliation { $0.cardinality[$1].workload }
    }()
}

extension Reason {
    fileprivate static let inNoRow = "it is part of no row"
}

extension Tables {
    /// "path of shop/cart has ~1.0M values, 900 new in the last minute; templated to 14 routes". Its names are hostile text.
    package func sentence(of row: CardinalityRow) -> String {
        func text(_ count: UInt64) -> String { Rendering.text(.count(count), unit: .count) }
        let whose = workloads.rows.indices.contains(Int(row.workload)) ? workloads[Int(row.workload)].owner.displayName : "a workload"
        let least = row.marks.contains(.partial) ? "at least " : ""
        let about = row.marks.contains(.estimated) ? "~" : ""
        let values = row.distinct == 1 ? "value" : "values"
        let size = "\(row.label.name) of \(whose) has \(least)\(about)\(text(row.distinct)) \(values)"
        return size + ", \(text(row.growth)) new in the last minute; " + outcome(of: row, text)
    }

    private func outcome(of row: CardinalityRow, _ text: (UInt64) -> String) -> String {
        func counted(_ count: UInt64, _ noun: String) -> String { text(count) + " " + noun + (count == 1 ? "" : "s") }
        let noun: String
        switch row.label.table {
        case .flows: noun = "flow"
        case .requests: noun = "row"
        case .routes: noun = "route"
        case .none: return "stripped, so that no row has it"
        }
        let kept = counted(UInt64(row.kept), noun)
        var limit = ""
        if classes.indices.contains(row.classIndex) {
            limit = " (\(classes[row.classIndex].name): \(text(UInt64(classes[row.classIndex].series))) series)"
        }
        switch row.treatment {
        case .kept: return "kept in " + kept
        case .templated: return "templated to " + kept + (row.folded > 0 ? ", the rest in ~other" : "")
        case .stripped: return "stripped, so that no row has it"
        case .folded: return "kept in \(kept), \(text(row.folded)) beyond the limit\(limit) are in ~other"
        }
    }
}
