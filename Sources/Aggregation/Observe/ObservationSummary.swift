// What an event says in one phrase, as Hubble phrases it: "HTTP/1.1 GET /", "DNS Query api.example.com. A", "TCP Flags: SYN".
// Not escaped: it quotes the network.

extension Observation {
    package func summary(keepsQuery: Bool) -> String {
        switch details {
        case .message(let message): Observation.summary(message, keepsQuery: keepsQuery)
        case .ending(let ending): Observation.summary(ending)
        case .anomaly(let anomaly): anomaly.sentence
        case .packet(let cause, let count, let flags):
            switch kind {
            case .opened: "TCP"
            case .failed: "TCP " + cause
            case .retransmit: "TCP " + cause + (count > 1 ? ", \(count) segments" : "")
            // The cause of a drop is said beside it.
            case .drop: flags.isEmpty ? "TCP" : "TCP Flags: " + flags.names.joined(separator: ", ")
            case .request, .response, .closed, .resetSent, .resetReceived, .anomaly: "TCP Flags: " + flags.names.joined(separator: ", ")
            }
        }
    }

    private static func summary(_ message: Message, keepsQuery: Bool) -> String {
        let target = Redaction.target(message, keepsQuery: keepsQuery)
        let operation = message.operationName
        let unanswered = message.isUnanswered ? ", unanswered" : ""
        switch message.application {
        case .http1:
            guard let status = message.status else { return "HTTP/1.1 \(operation) \(target)" + unanswered }
            return "HTTP/1.1 \(status) \((message.latency ?? 0) / 1_000_000)ms (\(operation) \(target))"
        case .dns:
            guard let status = message.status else { return "DNS Query \(target) \(operation)" + unanswered }
            var answer: [String] = []
            if status != 0 { answer.append("RCode: " + message.application.statusName(status)) }
            if !message.answers.isEmpty { answer.append("\"" + message.answers.map(\.description).joined(separator: ",") + "\"") }
            if status == 0 { answer.append("TTL: \(message.timeToLive)") }
            return "DNS Answer " + answer.joined(separator: " ") + " (Query \(target) \(operation))"
        }
    }

    private static func summary(_ ending: Ending) -> String {
        var parts = [ending.age.map { "TCP " + Rendering.duration(Double($0)) } ?? "TCP"]
        parts.append("sent \(ending.sentBytes), received \(ending.receivedBytes) bytes")
        if ending.retransmits > 0 { parts.append("\(ending.retransmits) retransmits") }
        return parts.joined(separator: ", ")
    }
}
