// The screen of anomalies: the gravest group first, in it the origin; a sentence and the series of the selected one below.

import Aggregation

extension Screen {
    static let anomalies = Screen(
        name: "anomalies", title: "Anomalies", shortTitle: "Anom", schema: .anomalies,
        empty: "Nothing unusual. A baseline needs about a minute of traffic; rules look from the start: podglass rules lists them.",
        workload: { $0.anomalies[$1].workload }, flowKey: nil, opens: "requests",
        drill: { tables, row in
            let anomaly = tables.anomalies[row]
            if let key = anomaly.flow { return .flow(key, name: tables.subjectName(of: anomaly)) }
            guard tables.workloads.rows.indices.contains(Int(anomaly.workload)) else { return nil }
            let workload = tables.workloads[Int(anomaly.workload)]
            return .workload(serial: workload.serial, name: workload.owner.displayName)
        }, summary: nil,
        isFaint: { tables, row in !tables.anomalies[row].isOpen },
        note: { tables, row in
            let anomaly = tables.anomalies[row]
            return (anomaly.severity.name, tables.sentence(of: anomaly) + ".")
        },
        strip: { tables, row, glyphs, grid, lines in
            let anomaly = tables.anomalies[row]
            AnomalyStrip(
                row: anomaly, title: tables.subjectName(of: anomaly).printable,
                values: tables.anomalies.history.values(row: row, last: History.seconds), glyphs: glyphs
            ).draw(on: &grid, lines: lines)
        })
}
