// The screen of labels: what multiplies most stands first, and the selected one is told in a sentence.

import Aggregation

extension Screen {
    static let cardinality = Screen(
        name: "cardinality", title: "Cardinality", shortTitle: "Card", entrance: .name, schema: .cardinality,
        empty: "Nothing to count yet: it comes with the first flow or request of a workload.",
        workload: { $0.cardinality[$1].workload }, flowKey: nil, opens: "flows",
        drill: { tables, row in
            let index = Int(tables.cardinality[row].workload)
            guard tables.workloads.rows.indices.contains(index) else { return nil }
            let workload = tables.workloads[index]
            return .workload(serial: workload.serial, name: workload.owner.displayName)
        }, summary: nil,
        isFaint: { tables, row in tables.cardinality[row].treatment == .stripped },
        note: { tables, row in
            let label = tables.cardinality[row]
            return (label.treatment.name, tables.sentence(of: label) + ".")
        })
}
