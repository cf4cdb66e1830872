// The JSON Schema (draft 2020-12) of every line that podglass writes, made from the catalogue of fields, so that the two
// cannot part. docs/schema/podglass-1.schema.json is this document, held by a test.
// Further keys are allowed under podglass/1: a reader must ignore what it does not know.

package enum SchemaDocument {
    /// Every table whose rows may stand in a JSON stream.
    package static var tables: [Schema] { Schema.all + [.symptoms] }

    package static var document: JSONValue {
        let types = tables.map(\.type) + [StatusLine.type, EventFormat.type, EventFormat.lossType]
        var definitions: [JSONValue.Member] = [
            .init("time", ["type": "string", "format": "date-time", "description": "UTC, RFC 3339 with nanoseconds."]),
            .init(
                "marks",
                [
                    "type": "array",
                    "description":
                        "What is not simply exact in this line: estimated from a sample, seen only in part, not observable here.",
                    "items": ["enum": .array(Marks([.estimated, .partial, .unobservable]).names.map { .string($0) })],
                ]),
            .init(
                "reasons",
                [
                    "type": "object", "description": "For each key whose value is null because it is not known: why.",
                    "additionalProperties": ["type": "string"],
                ]),
        ]
        definitions += tables.map { .init($0.type, line($0)) }
        definitions.append(.init(StatusLine.type, statusLine))
        definitions.append(.init(EventFormat.type, eventLine))
        definitions.append(.init(EventFormat.lossType, lossLine))
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:podglass:schema:1",
            "title": "A line of podglass's JSON",
            "description":
                "podglass writes one such object a line. What is not observable is null, never 0. New keys may appear: ignore what you do not know.",
            "oneOf": .array(types.map { reference($0) }),
            "$defs": .object(definitions),
        ]
    }

    /// The document as the file holds it.
    package static var text: String { document.pretty() + "\n" }

    /// The JSON types a field's value may take. Counts, bytes and bare numbers are whole; rates, ratios and times need not be.
    package static func jsonTypes(of kind: Field.Kind) -> [String] {
        switch kind {
        case .text, .code, .time: ["string", "null"]
        case .boolean: ["boolean", "null"]
        case .list: ["array", "null"]
        case .number(.none), .number(.count), .number(.bytes): ["integer", "null"]
        case .number(.scalar), .number(.bytesPerSecond), .number(.perSecond), .number(.nanoseconds), .number(.ratio): ["number", "null"]
        }
    }

    private static func line(_ schema: Schema) -> JSONValue {
        let properties = schema.fields.map { field in
            var members: [JSONValue.Member] = [
                .init("type", .array(jsonTypes(of: field.kind).map { .string($0) })),
                .init("description", .string(field.explanation)),
            ]
            switch field.kind {
            case .list: members.append(.init("items", ["type": "string"]))
            case .time: members.append(.init("format", "date-time"))
            case .text, .code, .boolean, .number: break
            }
            return JSONValue.Member(field.key, .object(members))
        }
        return object(type: schema.type, summary: schema.summary, properties: properties)
    }

    private static var statusLine: JSONValue {
        let count: JSONValue = ["type": "integer", "minimum": .integer(0)]
        let counts: JSONValue = ["type": "object", "additionalProperties": count]
        let cost: [JSONValue.Member] = [
            .init("cpu_ratio", ["type": ["number", "null"]]), .init("rss_bytes", count), .init("map_bytes", count),
            .init("probe_cpu_ratio", ["type": ["number", "null"]]),
        ]
        let states = ProbeSample.State.allCases.map { JSONValue.string($0.name) }
        let probe: [JSONValue.Member] = [
            .init("name", ["type": "string"]), .init("hook", ["type": "string"]),
            .init("state", ["enum": .array(states)]),
            .init("reason", ["type": ["string", "null"], "description": "Why it does not work; null where it works."]),
        ]
        return object(
            type: StatusLine.type, summary: "What podglass costs, what it sees through, and what was lost.",
            properties: [
                .init("node", ["type": "string"]), .init("kernel", ["type": "string"]),
                .init("uptime_ns", ["type": ["integer", "null"], "description": "Since the node booted."]),
                .init("interval_ns", ["type": ["integer", "null"], "description": "Length of the last interval."]),
                .init(
                    "lost_total",
                    ["type": "integer", "minimum": .integer(0), "description": "Records lost since podglass started."]),
                .init("lost", counts.described("The same by cause; a cause appears when it first loses.")),
                .init(
                    "sampled_out",
                    counts.described(
                        "Details left out under a budget; nothing that is counted is missing for it. For requests: their routes are estimates."
                    )),
                .init(
                    "not_understood",
                    counts.described("Messages that were not understood, by protocol and cause; they are in no count of requests.")),
                .init("rows_refused", counts.described("Rows that found no place at a table's limit and are summed in ~other.")),
                .init("lines_dropped", count.described("Lines of this stream that its reader was too slow for.")),
                .init("self", object(cost, summary: "What podglass costs this node; ratios are shares of one processor.")),
                .init("probes", ["type": "array", "items": object(probe, summary: "An eBPF program or map.")]),
            ], optional: [.init("model", model)])
    }

    private static var model: JSONValue {
        let count: JSONValue = ["type": "integer", "minimum": .integer(0)]
        let counts = ["asked", "answered", "late", "lost", "garbled", "refused", "restarts"]
        return object(
            [
                .init("state", ["enum": .array(ModelHealth.State.allCases.map { .string($0.rawValue) })]),
                .init("sentence", ["type": "string"]), .init("name", ["type": "string"]),
            ] + counts.map { .init($0 + "_total", count) } + [.init("answer_time_median_ns", ["type": ["integer", "null"]])],
            summary: "The external model that the configuration names; absent without one.")
    }

    static func object(
        type: String, summary: String, properties: [JSONValue.Member], optional: [JSONValue.Member] = []
    ) -> JSONValue {
        let head: [JSONValue.Member] = [
            .init("schema", ["const": .string(JSONLine.version)]), .init("type", ["const": .string(type)]),
            .init("time", reference("time")),
        ]
        return object(
            head + properties + [.init("marks", reference("marks")), .init("reasons", reference("reasons"))], optional: optional,
            summary: summary)
    }

    static func object(_ properties: [JSONValue.Member], optional: [JSONValue.Member] = [], summary: String) -> JSONValue {
        [
            "type": "object", "description": .string(summary), "properties": .object(properties + optional),
            "required": .array(properties.map { .string($0.key) }),
        ]
    }

    private static func reference(_ definition: String) -> JSONValue { ["$ref": .string("#/$defs/" + definition)] }
}

extension JSONValue {
    func described(_ sentence: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [Member("description", .string(sentence))])
    }
}
