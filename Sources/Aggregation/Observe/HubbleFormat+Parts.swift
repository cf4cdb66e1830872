// The parts of Hubble's Flow message, each left out where it is zero or empty.

extension HubbleFormat {
    static func append(_ key: String, _ text: String, to line: inout JSONWriter) {
        guard !text.isEmpty else { return }
        line.key(key)
        line.string(cut(text))
    }

    static func append(_ key: String, _ number: UInt64, to line: inout JSONWriter) {
        guard number > 0 else { return }
        line.key(key)
        line.integer(number)
    }

    /// 64-bit integers are strings in protobuf's JSON.
    static func appendLong(_ key: String, _ number: UInt64, to line: inout JSONWriter) {
        guard number > 0 else { return }
        line.key(key)
        line.string(String(number))
    }

    static func appendAddresses(_ observation: Observation, to line: inout JSONWriter) {
        let known = [observation.source, observation.destination].filter { observation.anomaly == nil || $0.hasAddress }
        guard let first = known.first else { return }
        func text(_ endpoint: Observation.Endpoint) -> String {
            observation.anomaly == nil || endpoint.hasAddress ? endpoint.address.description : ""
        }
        line.key("IP")
        line.beginObject()
        append("source", text(observation.source), to: &line)
        append("destination", text(observation.destination), to: &line)
        append("ipVersion", first.address.isIPv4 ? "IPv4" : "IPv6", to: &line)
        line.endObject()
    }

    static func appendPorts(_ observation: Observation, to line: inout JSONWriter) {
        guard let transport = observation.transport else { return }
        line.key("l4")
        line.beginObject()
        line.key(transport.name.uppercased())
        line.beginObject()
        append("source_port", UInt64(observation.source.port), to: &line)
        append("destination_port", UInt64(observation.destination.port), to: &line)
        if !observation.tcpFlags.isEmpty {
            line.key("flags")
            line.beginObject()
            for name in observation.tcpFlags.names {
                line.key(name)
                line.bool(true)
            }
            line.endObject()
        }
        line.endObject()
        line.endObject()
    }

    static func append(_ key: String, _ endpoint: Observation.Endpoint, to line: inout JSONWriter) {
        guard let workload = endpoint.workload else { return }
        line.key(key)
        line.beginObject()
        append("namespace", endpoint.namespace ?? "", to: &line)
        appendLabels(endpoint.labels.pairs, to: &line)
        append("pod_name", endpoint.pod ?? "", to: &line)
        line.key("workloads")
        line.beginArray()
        line.beginObject()
        append("name", workload.name, to: &line)
        append("kind", workload.kind, to: &line)
        line.endObject()
        line.endArray()
        line.endObject()
    }

    /// As Cilium writes the labels of pods: "k8s:app=web". A value that had to be cut would be another: it is left out whole.
    private static func appendLabels(_ labels: [String], to line: inout JSONWriter) {
        var room = labelsLimit
        var kept: [String] = []
        for label in labels where cut(label) == label {
            room -= 6 * label.utf8.count + 8
            guard room >= 0 else { break }
            kept.append("k8s:" + label)
        }
        guard !kept.isEmpty else { return }
        line.key("labels")
        line.strings(kept)
    }

    static func appendService(_ key: String, _ endpoint: Observation.Endpoint, to line: inout JSONWriter) {
        guard let service = endpoint.service else { return }
        line.key(key)
        line.beginObject()
        append("name", service.name, to: &line)
        append("namespace", service.namespace ?? "", to: &line)
        line.endObject()
    }

    static func appendNames(_ key: String, _ endpoint: Observation.Endpoint, to line: inout JSONWriter) {
        guard let name = endpoint.name else { return }
        line.key(key)
        line.strings([cut(Wildcard.normal(name))])
    }

    static func appendType(_ type: Observation.HubbleType, _ reason: HubbleDropReason?, to line: inout JSONWriter) {
        guard type != .unknown else { return }
        line.key("event_type")
        line.beginObject()
        append("type", UInt64(type.number), to: &line)
        if case .trace(let point) = type { append("sub_type", UInt64(point.number), to: &line) }
        if let reason { append("sub_type", UInt64(reason.number), to: &line) }
        line.endObject()
    }

    static func appendExtensions(_ observation: Observation, to line: inout JSONWriter) {
        line.key("extensions")
        line.beginObject()
        append("@type", "type.googleapis.com/google.protobuf.Struct", to: &line)
        line.key("value")
        line.beginObject()
        append("event", observation.kind.name, to: &line)
        append("source_container", observation.source.owner?.container ?? "", to: &line)
        append("destination_container", observation.destination.owner?.container ?? "", to: &line)
        if !observation.marks.names.isEmpty {
            line.key("marks")
            line.strings(observation.marks.names)
        }
        switch observation.details {
        case .message(let message):
            append("protocol", message.application.name, to: &line)
            append("latency_ns", message.latency ?? 0, to: &line)
            append("duration_ns", message.duration ?? 0, to: &line)
            if message.isEncrypted {
                line.key("encrypted")
                line.bool(true)
            }
            if message.isUnanswered {
                line.key("unanswered")
                line.bool(true)
            }
        case .ending(let ending):
            append("age_ns", ending.age ?? 0, to: &line)
            line.key("sent_bytes")
            line.integer(ending.sentBytes)
            line.key("received_bytes")
            line.integer(ending.receivedBytes)
            line.key("retransmits")
            line.integer(ending.retransmits)
            append("rtt_ns", ending.roundTripTime ?? 0, to: &line)
            append("pid", UInt64(ending.pid), to: &line)
        case .packet(let cause, let count, _):
            append("cause", cause, to: &line)
            if observation.kind == .retransmit { append("segments", UInt64(count), to: &line) }
        case .anomaly(let anomaly):
            append("severity", anomaly.severity.name, to: &line)
            append("measure", anomaly.measure, to: &line)
            append("subject", anomaly.subject, to: &line)
            for (key, number) in [("id", anomaly.id), ("group", anomaly.group), ("companions", UInt64(anomaly.companions))] {
                line.key(key)
                line.integer(number)
            }
            line.key("origin")
            line.bool(anomaly.isOrigin)
            line.key("layers")
            line.strings(anomaly.layers)
            line.key("since")
            line.time(anomaly.since)
            if let ended = anomaly.ended {
                line.key("ended_at")
                line.time(ended)
            }
            for (key, value) in [("value", anomaly.value), ("expected", anomaly.expected)] where value.isFinite {
                line.key(key)
                _ = line.number(value)
            }
            append("unit", anomaly.unit ?? "", to: &line)
        }
        line.endObject()
        line.endObject()
    }

    /// A text that takes at most `textLimit` bytes of JSON; what was cut is shown as "…".
    static func cut(_ text: String) -> String {
        // Six bytes at most for each of UTF-8's: "\u001b".
        guard text.utf8.count > textLimit / 6 else { return text }
        var room = textLimit
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            room -= scalar.misleadsTerminal ? (scalar.value > 0xffff ? 12 : 6) : max(2, String(scalar).utf8.count)
            guard room >= 0 else { return String(kept) + "…" }
            kept.append(scalar)
        }
        return text
    }
}
