// The strip of the TCP screen: how much of each kind since podglass started, and what waits right now.

import Aggregation

enum SymptomSummary {
    static let pieces: Screen.Summary = { tables in
        var totals = [UInt64](repeating: 0, count: SymptomRow.Kind.allCases.count)
        var deltas = totals
        for row in tables.symptoms.rows {
            guard let place = SymptomRow.Kind.allCases.firstIndex(of: row.kind) else { continue }
            totals[place] &+= row.total
            deltas[place] &+= UInt64(max(0, Int64(bitPattern: row.delta)))
        }
        var pieces = zip(SymptomRow.Kind.allCases, zip(totals, deltas)).map { kind, counts in
            let importance = kind == .listenDrop ? 3 : 1
            if let probe = probe(kind), case .unobservable = tables.observable(probe, value: .count(counts.0)) {
                return Piece(label(kind), "?", .bad, importance: importance)
            }
            let rate = Rendering.text(.number(Double(counts.1) / tables.seconds), unit: .perSecond)
            let total = Rendering.text(.count(counts.0), unit: .count)
            return Piece(
                label(kind), counts.1 > 0 && tables.interval > 0 ? "\(total) \(rate)/s" : total, counts.0 > 0 ? .warning : .text,
                importance: importance)
        }
        let zeroWindows = tables.flows.rows.reduce(UInt64(0)) { $0 + UInt64($1.gauges.zeroWindows) }
        pieces.append(
            Piece(
                "zero windows", Rendering.text(.count(zeroWindows), unit: .count), zeroWindows > 0 ? .warning : .text, importance: 2))
        let waiting = tables.listeners.rows.reduce(UInt64(0)) { $0 + UInt64($1.sample.queue) }
        let full = tables.listeners.rows.contains { $0.sample.queueLimit > 0 && $0.sample.queue >= $0.sample.queueLimit }
        pieces.append(
            Piece(
                "accept queues", Rendering.text(.count(waiting), unit: .count) + (full ? " FULL" : ""), full ? .bad : .text,
                importance: 2))
        return pieces
    }

    private static func label(_ kind: SymptomRow.Kind) -> String {
        switch kind {
        case .retransmit: "retransmits"
        case .drop: "drops"
        case .reset: "resets"
        case .failure: "failures"
        case .listenDrop: "listen drops"
        }
    }

    /// The probe without which a kind cannot be seen; nil where several see it.
    private static func probe(_ kind: SymptomRow.Kind) -> String? {
        switch kind {
        case .drop: "drops"
        case .reset: "resets"
        case .retransmit, .failure, .listenDrop: nil
        }
    }
}
