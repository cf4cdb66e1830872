// Events as Hubble's GetFlowsResponse in protobuf's JSON (`-o jsonpb`), so that the Hubble CLI reads and filters them:
// names of fields as in the .proto, enums by name, 64-bit integers as strings, zero fields left out but for `is_reply`, which draws
// the arrow. What Hubble has no field for rides in `extensions` as a google.protobuf.Struct. Its reader ends at a line of 64 KiB, so
// texts are cut.

package struct HubbleFormat: ObservationFormat {
    /// Hubble's CLI reads no longer line (bufio.Scanner).
    package static let lineLimit = 65_536
    /// Bytes of JSON that one text may take, and addresses of an answer: some twenty texts stay far below the limit.
    static let textLimit = 1_536
    static let answerLimit = 64
    /// Bytes of JSON that one end's labels may take; those beyond are left out.
    static let labelsLimit = 12_288

    package var keepsQuery: Bool

    package init(keepsQuery: Bool = false) { self.keepsQuery = keepsQuery }

    package func line(_ observation: Observation) -> [UInt8] {
        var line = JSONWriter()
        line.beginObject()
        line.key("flow")
        appendFlow(observation, to: &line)
        HubbleFormat.appendPlace(observation.time, observation.node, to: &line)
        line.endObject()
        line.newline()
        return line.bytes
    }

    package func lines(_ loss: EventLoss) -> [UInt8] {
        /// What the kernel could not hand over, and what podglass itself had no room for.
        let inside: Set<String> = [EventLoss.stream, "inbox_full"]
        var kernel: UInt64 = 0
        var queue: UInt64 = 0
        for cause in loss.causes { if inside.contains(cause.name) { queue &+= cause.count } else { kernel &+= cause.count } }
        var bytes: [UInt8] = []
        for (source, count) in [("PERF_EVENT_RING_BUFFER", kernel), ("OBSERVER_EVENTS_QUEUE", queue)] where count > 0 {
            var line = JSONWriter()
            line.beginObject()
            line.key("lost_events")
            line.beginObject()
            line.key("source")
            line.string(source)
            line.key("num_events_lost")
            line.string(String(count))
            line.endObject()
            HubbleFormat.appendPlace(loss.time, loss.node, to: &line)
            line.endObject()
            line.newline()
            bytes += line.bytes
        }
        return bytes
    }

    private static func appendPlace(_ time: UInt64, _ node: String, to line: inout JSONWriter) {
        append("node_name", node, to: &line)
        line.key("time")
        line.time(time)
    }

    private func appendFlow(_ observation: Observation, to line: inout JSONWriter) {
        typealias Format = HubbleFormat
        line.beginObject()
        line.key("time")
        line.time(observation.time)
        Format.append("verdict", observation.verdict?.rawValue ?? "", to: &line)
        let reason = observation.dropCause.map { HubbleDropReason($0) }
        // Deprecated for the name, and still what older CLIs read.
        if let reason { Format.append("drop_reason", UInt64(reason.number), to: &line) }
        Format.appendAddresses(observation, to: &line)
        Format.appendPorts(observation, to: &line)
        Format.append("source", observation.source, to: &line)
        Format.append("destination", observation.destination, to: &line)
        switch observation.hubbleType {
        case .l7: Format.append("Type", "L7", to: &line)
        case .drop, .trace: Format.append("Type", "L3_L4", to: &line)
        case .unknown: break
        }
        Format.append("node_name", observation.node, to: &line)
        Format.appendNames("source_names", observation.source, to: &line)
        Format.appendNames("destination_names", observation.destination, to: &line)
        Format.appendService("source_service", observation.source, to: &line)
        Format.appendService("destination_service", observation.destination, to: &line)
        if let message = observation.message { append(message, to: &line) }
        Format.appendType(observation.hubbleType, reason, to: &line)
        switch observation.seenBy {
        case .inbound: Format.append("traffic_direction", "INGRESS", to: &line)
        case .outbound: Format.append("traffic_direction", "EGRESS", to: &line)
        case nil: break
        }
        if case .trace(let point) = observation.hubbleType { Format.append("trace_observation_point", point.name, to: &line) }
        if let reason { Format.append("drop_reason_desc", reason.name, to: &line) }
        line.key("is_reply")
        line.bool(observation.isReply)
        Format.appendLong("socket_cookie", observation.cookie, to: &line)
        Format.appendLong("cgroup_id", observation.cgroup, to: &line)
        let cause = observation.dropCause.map { $0 + "; " } ?? ""
        Format.append("Summary", cause + observation.summary(keepsQuery: keepsQuery), to: &line)
        Format.appendExtensions(observation, to: &line)
        line.endObject()
    }

    private func append(_ message: Observation.Message, to line: inout JSONWriter) {
        typealias Format = HubbleFormat
        let target = Redaction.target(message, keepsQuery: keepsQuery)
        line.key("l7")
        line.beginObject()
        Format.append("type", message.status == nil ? "REQUEST" : "RESPONSE", to: &line)
        if message.status != nil { Format.appendLong("latency_ns", message.latency ?? 0, to: &line) }
        switch message.application {
        case .http1:
            line.key("http")
            line.beginObject()
            Format.append("code", UInt64(message.status ?? 0), to: &line)
            Format.append("method", message.operationName, to: &line)
            Format.append("url", target, to: &line)
            Format.append("protocol", "HTTP/1.1", to: &line)
            line.endObject()
        case .dns:
            line.key("dns")
            line.beginObject()
            Format.append("query", target, to: &line)
            if !message.answers.isEmpty {
                line.key("ips")
                line.strings(message.answers.prefix(Format.answerLimit).map(\.description))
            }
            Format.append("ttl", UInt64(message.timeToLive), to: &line)
            Format.append("observation_source", "podglass", to: &line)
            Format.append("rcode", UInt64(message.status ?? 0), to: &line)
            line.key("qtypes")
            line.strings([message.operationName])
            line.endObject()
        }
        line.endObject()
    }
}
