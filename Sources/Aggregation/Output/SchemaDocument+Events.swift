// The JSON Schema of what `podglass observe -o json` writes: an event, and what was lost.

extension SchemaDocument {
    static var eventLine: JSONValue {
        let text: JSONValue = ["type": "string"]
        let count: JSONValue = ["type": "integer", "minimum": .integer(0)]
        let known: JSONValue = ["type": ["integer", "null"]]
        let flag: JSONValue = ["type": "boolean"]
        let texts: JSONValue = ["type": "array", "items": text]
        let request = object(
            [.init("protocol", text), .init("method", text), .init("target", text), .init("encrypted", flag), .init("unanswered", flag)],
            optional: [
                .init("status", text), .init("latency_ns", known), .init("duration_ns", known), .init("answers", texts),
                .init("ttl_seconds", count),
            ],
            summary: "A request; in a response its status and times, in DNS its answers. The query string is cut off unless asked for.")
        let connection = object(
            [
                .init("age_ns", known), .init("sent_bytes", count), .init("received_bytes", count), .init("retransmits", count),
                .init("rtt_ns", known), .init("pid", known),
            ], summary: "A connection that closed, seen from this side.")
        let packet = object(
            [.init("segments", count), .init("tcp_flags", texts)], optional: [.init("cause", text)],
            summary: "A packet or an attempt: why, how many segments, its TCP flags where they are known.")
        return object(
            type: EventFormat.type, summary: "One event, as podglass observe shows it.",
            properties: [
                .init("node", text), .init("event", ["enum": .array(Observation.Kind.all.map { .string($0.name) })]),
                .init(
                    "verdict",
                    [
                        "enum": .array(Observation.Verdict.allCases.map { .string($0.rawValue) } + [.null]),
                        "description": "null of an anomaly, which judges no packet.",
                    ]), .init("summary", text),
                .init(
                    "side",
                    [
                        "type": ["string", "null"],
                        "description": "Whose socket saw it: client or server. Two pods of one node are seen twice.",
                    ]),
                .init("is_reply", flag.described("Whether it went from the server to the client.")),
                .init("transport", ["type": ["string", "null"]]),
                .init("source", endpoint), .init("destination", endpoint), .init("socket_cookie", known), .init("cgroup_id", known),
            ],
            optional: [.init("request", request), .init("connection", connection), .init("packet", packet), .init("anomaly", anomaly)])
    }

    static var lossLine: JSONValue {
        let count: JSONValue = ["type": "integer", "minimum": .integer(0)]
        return object(
            type: EventFormat.lossType, summary: "Events that this stream does not show.",
            properties: [
                .init("node", ["type": "string"]), .init("lost_count", count.described("Since the last such line.")),
                .init("lost", ["type": "object", "additionalProperties": count, "description": "The same by cause."]),
            ])
    }

    private static var anomaly: JSONValue {
        let text: JSONValue = ["type": "string"]
        let count: JSONValue = ["type": "integer", "minimum": .integer(0)]
        let value: JSONValue = ["type": ["number", "null"]]
        let time: JSONValue = ["type": ["string", "null"], "format": "date-time"]
        return object(
            [
                .init("id", count), .init("group", count), .init("companions", count), .init("origin", ["type": "boolean"]),
                .init("severity", ["enum": .array(Severity.allCases.map { .string($0.name) })]), .init("subject", text),
                .init("measure", text), .init("layers", ["type": "array", "items": text]), .init("since", time), .init("ended_at", time),
                .init("value", value), .init("expected", value), .init("expected_low", value), .init("expected_high", value),
                .init("unit", ["type": ["string", "null"]]),
            ], summary: "An anomaly as it was then: the keys of anomaly lines.")
    }

    private static var endpoint: JSONValue {
        let text: JSONValue = ["type": "string"]
        return object(
            [
                .init("address", ["type": ["string", "null"]]), .init("port", ["type": ["integer", "null"], "minimum": .integer(0)]),
                .init("workload", ["type": ["string", "null"]]),
            ],
            optional: [
                .init("kind", text), .init("namespace", text), .init("pod", text), .init("container", text),
                .init("name", text.described("What DNS called the address.")),
                .init("owner", text.described("What keeps the pod alive: its Deployment, Job …")), .init("owner_kind", text),
                .init("labels", ["type": "array", "items": text]),
            ], summary: "One end.")
    }
}
