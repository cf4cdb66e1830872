// Events as the house's JSON (`-o json`): `"type":"event"`, because `request`, `drop` and the others are rows of tables, which count;
// what happened stands in `event`. What was lost is `"type":"lost"`. docs/json.md and the JSON Schema say every key.

package struct EventFormat: ObservationFormat {
    package static let type = "event"
    package static let lossType = "lost"

    package var keepsQuery: Bool

    package init(keepsQuery: Bool = false) { self.keepsQuery = keepsQuery }

    package func line(_ observation: Observation) -> [UInt8] {
        var line = JSONWriter()
        var reasons: [(key: String, sentence: String)] = []
        let noSocket =
            observation.anomaly == nil ? "the kernel knew no socket, only the packet's addresses" : "an anomaly is about no single socket"
        line.beginObject()
        JSONLine.header(type: EventFormat.type, time: observation.time, to: &line)
        line.key("node")
        line.string(observation.node)
        line.key("event")
        line.string(observation.kind.name)
        line.key("verdict")
        if let verdict = observation.verdict {
            line.string(verdict.rawValue)
        } else {
            line.null()
            reasons.append(("verdict", "an anomaly judges no packet"))
        }
        line.key("summary")
        line.string(observation.summary(keepsQuery: keepsQuery))
        line.key("side")
        if let seenBy = observation.seenBy {
            line.string(seenBy.side)
        } else {
            line.null()
            reasons.append(("side", noSocket))
        }
        line.key("is_reply")
        line.bool(observation.isReply)
        line.key("transport")
        if let transport = observation.transport {
            line.string(transport.name)
        } else {
            line.null()
            reasons.append(("transport", "it is about no single flow"))
        }
        EventFormat.append("source", observation.source, reasons: &reasons, to: &line)
        EventFormat.append("destination", observation.destination, reasons: &reasons, to: &line)
        EventFormat.append(
            "socket_cookie", observation.cookie, else: observation.anomaly == nil ? "the kernel gave none" : noSocket, reasons: &reasons,
            to: &line)
        EventFormat.append("cgroup_id", observation.cgroup, else: noSocket, reasons: &reasons, to: &line)
        append(observation.details, reasons: &reasons, to: &line)
        let isInferred = [observation.source, observation.destination].contains { $0.object?.controller?.isEstimated ?? false }
        JSONLine.footer(marks: isInferred ? observation.marks.union(.inferredOwner) : observation.marks, reasons: reasons, to: &line)
        line.endObject()
        line.newline()
        return line.bytes
    }

    package func lines(_ loss: EventLoss) -> [UInt8] {
        var line = JSONWriter()
        line.beginObject()
        JSONLine.header(type: EventFormat.lossType, time: loss.time, to: &line)
        line.key("node")
        line.string(loss.node)
        line.key("lost_count")
        line.integer(loss.total)
        line.key("lost")
        line.beginObject()
        for cause in loss.causes {
            line.key(cause.name)
            line.integer(cause.count)
        }
        line.endObject()
        JSONLine.footer(marks: .partial, reasons: [], to: &line)
        line.endObject()
        line.newline()
        return line.bytes
    }

    private func append(_ details: Observation.Details, reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter) {
        switch details {
        case .message(let message):
            line.key("request")
            line.beginObject()
            line.key("protocol")
            line.string(message.application.name)
            line.key("method")
            line.string(message.operationName)
            line.key("target")
            line.string(Redaction.target(message, keepsQuery: keepsQuery))
            line.key("encrypted")
            line.bool(message.isEncrypted)
            line.key("unanswered")
            line.bool(message.isUnanswered)
            if let status = message.status {
                line.key("status")
                line.string(message.application.statusName(status))
                EventFormat.append("latency_ns", message.latency, in: "request", else: "not measured", reasons: &reasons, to: &line)
                EventFormat.append("duration_ns", message.duration, in: "request", else: "not measured", reasons: &reasons, to: &line)
                if message.application == .dns {
                    line.key("answers")
                    line.strings(message.answers.map(\.description))
                    line.key("ttl_seconds")
                    line.integer(message.timeToLive)
                }
            }
            line.endObject()
        case .ending(let ending):
            line.key("connection")
            line.beginObject()
            EventFormat.append("age_ns", ending.age, in: "connection", else: "it is older than podglass", reasons: &reasons, to: &line)
            line.key("sent_bytes")
            line.integer(ending.sentBytes)
            line.key("received_bytes")
            line.integer(ending.receivedBytes)
            line.key("retransmits")
            line.integer(ending.retransmits)
            EventFormat.append("rtt_ns", ending.roundTripTime, in: "connection", else: "no sample", reasons: &reasons, to: &line)
            EventFormat.append(
                "pid", ending.pid > 0 ? UInt64(ending.pid) : nil, in: "connection", else: "nothing told who holds it", reasons: &reasons,
                to: &line)
            line.endObject()
        case .packet(let cause, let count, let flags):
            line.key("packet")
            line.beginObject()
            if !cause.isEmpty {
                line.key("cause")
                line.string(cause)
            }
            line.key("segments")
            line.integer(count)
            line.key("tcp_flags")
            line.strings(flags.names)
            line.endObject()
        case .anomaly(let anomaly): EventFormat.append(anomaly, reasons: &reasons, to: &line)
        }
    }

    private static func append(
        _ key: String, _ endpoint: Observation.Endpoint, reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter
    ) {
        line.key(key)
        line.beginObject()
        append("address", endpoint.hasAddress ? endpoint.address.description : nil, of: key, reasons: &reasons, to: &line)
        line.key("port")
        if endpoint.port > 0 {
            line.integer(endpoint.port)
        } else {
            line.null()
            reasons.append((key + ".port", "none is known"))
        }
        line.key("workload")
        if let owner = endpoint.owner {
            line.string(owner.workload)
            line.key("kind")
            line.string(owner.kind.name)
            for (key, text) in [("namespace", owner.namespace), ("pod", owner.pod), ("container", owner.container)] {
                guard let text else { continue }
                line.key(key)
                line.string(text)
            }
        } else if let object = endpoint.object {
            line.string(object.name)
            line.key("kind")
            line.string(object.kind.name)
            for (key, text) in [("namespace", object.namespace), ("pod", endpoint.pod)] {
                guard let text else { continue }
                line.key(key)
                line.string(text)
            }
        } else {
            line.null()
            reasons.append((key + ".workload", "nobody is known by this address"))
        }
        if let object = endpoint.object {
            if let controller = object.controller {
                line.key("owner")
                line.string(controller.name)
                line.key("owner_kind")
                line.string(controller.kind)
                if let reason = Marks.inferredOwner.reason, controller.isEstimated { reasons.append((key + ".owner", reason)) }
            }
            line.key("labels")
            line.strings(object.labels.pairs)
        }
        if let name = endpoint.name {
            line.key("name")
            line.string(name)
        }
        line.endObject()
    }

    private static func append(
        _ key: String, _ number: UInt64?, in object: String, else sentence: String, reasons: inout [(key: String, sentence: String)],
        to line: inout JSONWriter
    ) {
        line.key(key)
        if let number {
            line.integer(number)
        } else {
            line.null()
            reasons.append((object + "." + key, sentence))
        }
    }

    /// A number that is never 0 where it is known.
    private static func append(
        _ key: String, _ number: UInt64, else sentence: String, reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter
    ) {
        line.key(key)
        if number > 0 {
            line.integer(number)
        } else {
            line.null()
            reasons.append((key, sentence))
        }
    }
}
