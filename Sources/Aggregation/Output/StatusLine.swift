// The line that says how podglass itself does: the node, what it costs, which probes work, and everything that was lost.
// Every JSON stream carries one an interval, so that no reader can miss a loss.

package enum StatusLine {
    package static let type = "status"

    /// - Parameter linesDropped: whole lines that this stream's reader was too slow for, since the start.
    package static func bytes(_ tables: Tables, linesDropped: UInt64) -> [UInt8] {
        var line = JSONWriter()
        append(tables, linesDropped: linesDropped, to: &line)
        line.newline()
        return line.bytes
    }

    /// The status as an object without the newline.
    package static func append(_ tables: Tables, linesDropped: UInt64, to line: inout JSONWriter) {
        var reasons: [(key: String, sentence: String)] = []
        line.beginObject()
        JSONLine.header(type: type, time: tables.moment.wall, to: &line)
        line.key("node")
        line.string(tables.node.name)
        line.key("kernel")
        line.string(tables.node.kernel)
        line.key("uptime_ns")
        if let uptime = tables.uptime {
            line.integer(uptime)
        } else {
            line.null()
            reasons.append(("uptime_ns", Reason.firstInterval))
        }
        line.key("interval_ns")
        if tables.interval > 0 {
            line.integer(tables.interval)
        } else {
            line.null()
            reasons.append(("interval_ns", Reason.firstInterval))
        }
        appendLosses(tables, linesDropped: linesDropped, to: &line)
        appendCost(tables.status, reasons: &reasons, to: &line)
        appendProbes(tables.probes, to: &line)
        append(tables.model, reasons: &reasons, to: &line)
        JSONLine.footer(marks: marks(tables, linesDropped: linesDropped), reasons: reasons, to: &line)
        line.endObject()
    }

    /// Rows that found no place of their own, by the name of their table.
    static func refused(_ tables: Tables) -> [(table: String, count: UInt64)] {
        [
            ("pods", tables.workloads.refused), ("flows", tables.flows.refused), ("symptoms", tables.symptoms.refused),
            ("connections", tables.connections.refused), ("listeners", tables.listeners.refused),
            ("requests", tables.requests.refused), ("exchanges", tables.exchanges.refused),
            ("request_flows", tables.requestFlowsRefused), ("objects", tables.objectsRefused), ("backends", tables.backendsRefused),
            ("labels", tables.cardinality.refused), ("series", tables.seriesRefused), ("anomalies", tables.anomalies.refused),
            ("discords", tables.discordsRefused),
            ("novelties", tables.noveltiesRefused),
        ]
    }

    private static func marks(_ tables: Tables, linesDropped: UInt64) -> Marks {
        var marks: Marks = []
        if tables.status.probeCPURatio != nil { marks.insert(.estimated) }
        let rowsRefused = refused(tables).contains { $0.count > 0 }
        if tables.status.lostTotal > 0 || linesDropped > 0 || rowsRefused { marks.insert(.partial) }
        let isBlind = tables.probes.contains { row in
            switch row.sample.state {
            case .attached, .loaded: false
            case .refused, .missing, .off: true
            }
        }
        if isBlind { marks.insert(.unobservable) }
        return marks
    }

    private static func appendLosses(_ tables: Tables, linesDropped: UInt64, to line: inout JSONWriter) {
        line.key("lost_total")
        line.integer(tables.status.lostTotal)
        append(tables.status.losses, "lost", to: &line)
        append(tables.status.sampledOut, "sampled_out", to: &line)
        append(tables.status.notUnderstood, "not_understood", to: &line)
        line.key("rows_refused")
        line.beginObject()
        for (table, count) in refused(tables) {
            line.key(table)
            line.integer(count)
        }
        line.endObject()
        line.key("lines_dropped")
        line.integer(linesDropped)
    }

    private static func append(_ counts: [String: UInt64], _ key: String, to line: inout JSONWriter) {
        line.key(key)
        line.beginObject()
        for (cause, count) in counts.sorted(by: { $0.key < $1.key }) {
            line.key(cause)
            line.integer(count)
        }
        line.endObject()
    }

    private static func appendCost(
        _ status: Status, reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter
    ) {
        line.key("self")
        line.beginObject()
        line.key("cpu_ratio")
        if !line.number(status.cpuRatio) { reasons.append(("self.cpu_ratio", "not a finite number")) }
        line.key("rss_bytes")
        line.integer(status.residentBytes)
        line.key("map_bytes")
        line.integer(status.mapBytes)
        line.key("probe_cpu_ratio")
        if let ratio = status.probeCPURatio {
            if !line.number(ratio) { reasons.append(("self.probe_cpu_ratio", "not a finite number")) }
        } else {
            line.null()
            reasons.append(("self.probe_cpu_ratio", "measured in one second of ten; not yet"))
        }
        line.endObject()
    }

    private static func append(_ model: ModelHealth?, reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter) {
        guard let model else { return }
        line.key("model")
        line.beginObject()
        for (key, text) in [("state", model.state.rawValue), ("sentence", model.reason), ("name", model.name)] {
            line.key(key)
            line.string(text)
        }
        let counts = model.counts
        for (key, count) in [
            ("asked", counts.asked), ("answered", counts.answered), ("late", counts.late), ("lost", counts.lost),
            ("garbled", counts.garbled), ("refused", counts.refused), ("restarts", counts.restarts),
        ] {
            line.key(key + "_total")
            line.integer(count)
        }
        line.key("answer_time_median_ns")
        if let median = model.medianAnswer {
            line.integer(median)
        } else {
            line.null()
            reasons.append(("model.answer_time_median_ns", "nothing was answered yet"))
        }
        line.endObject()
    }

    private static func appendProbes(_ probes: [ProbeRow], to line: inout JSONWriter) {
        line.key("probes")
        line.beginArray()
        for probe in probes {
            line.beginObject()
            line.key("name")
            line.string(probe.sample.name)
            line.key("hook")
            line.string(probe.sample.hook)
            line.key("state")
            line.string(probe.sample.state.name)
            line.key("reason")
            if let reason = probe.sample.reason { line.string(reason) } else { line.null() }
            line.endObject()
        }
        line.endArray()
    }
}
