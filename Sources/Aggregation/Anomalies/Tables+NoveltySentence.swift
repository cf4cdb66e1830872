// What is new in one sentence: who did what for the first time, since when, how often by now.

extension Tables {
    func account(of row: AnomalyRow, _ novelty: Novelty) -> String {
        let whose =
            row.workload >= 0 && workloads.rows.indices.contains(Int(row.workload))
            ? workloads[Int(row.workload)].owner.displayName : "a workload"
        let end = row.flow.map { self.end(of: $0, for: row.workload) } ?? "?"
        let isDatagram = row.flow?.transport == .udp
        var sentence: String
        let things: (one: String, many: String)
        switch novelty {
        case .edge, .peer:
            sentence = "\(whose) talks to \(end) for the first time"
            things = isDatagram ? ("datagram", "datagrams") : ("connection", "connections")
        case .status(let application, let status, let direction):
            sentence = phrase(whose, end, Tables.describe(status, application), direction) + " for the first time"
            things = ("request", "requests")
        case .firstError(let application, let status, let direction):
            sentence = phrase(whose, end, "its first error, " + Tables.describe(status, application) + ",", direction)
            things = ("request", "requests")
        case .firstFailure:
            sentence = "\(whose) fails to connect for the first time, to \(end)"
            things = ("attempt", "attempts")
        }
        sentence += (sentence.hasSuffix(",") ? " since " : ", since ") + Rendering.text(.time(moment.wall(at: row.since)))
        sentence += "; \(row.samples) \(row.samples == 1 ? things.one : things.many)"
        if row.further > 0 { sentence += "; \(row.further) further \(row.further == 1 ? "novelty" : "novelties") of it" }
        return sentence
    }

    private func phrase(_ whose: String, _ end: String, _ what: String, _ direction: Direction) -> String {
        switch direction {
        case .inbound: "\(whose) answers \(what)"
        case .outbound: what.hasSuffix(",") ? "\(whose) gets \(what) from \(end)," : "\(whose) gets \(what) from \(end)"
        }
    }

    /// "503 (5xx)", "SERVFAIL", "no answer".
    private static func describe(_ status: UInt16, _ application: RequestProtocol) -> String {
        guard status != RequestKey.unanswered else { return "no answer" }
        return switch application {
        case .http1: "\(status) (\(status / 100)xx)"
        case .dns: application.statusName(status)
        }
    }

    /// "payments-db:5432", "[2001:db8::1]:443".
    func end(of key: FlowKey, for workload: WorkloadIndex) -> String {
        let peer = peerName(key, for: workload)
        return peer.contains(":") ? "[\(peer)]:\(key.port)" : "\(peer):\(key.port)"
    }
}
