// An anomaly in the house's JSON of events: the keys of the table's rows, as it was when it was told.

extension EventFormat {
    static func append(
        _ anomaly: Observation.Anomaly, reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter
    ) {
        line.key("anomaly")
        line.beginObject()
        for (key, number) in [("id", anomaly.id), ("group", anomaly.group), ("companions", UInt64(anomaly.companions))] {
            line.key(key)
            line.integer(number)
        }
        line.key("origin")
        line.bool(anomaly.isOrigin)
        for (key, text) in [("severity", anomaly.severity.name), ("subject", anomaly.subject), ("measure", anomaly.measure)] {
            line.key(key)
            line.string(text)
        }
        line.key("layers")
        line.strings(anomaly.layers)
        line.key("since")
        line.time(anomaly.since)
        line.key("ended_at")
        if let ended = anomaly.ended {
            line.time(ended)
        } else {
            line.null()
            reasons.append(("anomaly.ended_at", "it goes on"))
        }
        let values = [
            ("value", anomaly.value), ("expected", anomaly.expected), ("expected_low", anomaly.low), ("expected_high", anomaly.high),
        ]
        for (key, value) in values {
            line.key(key)
            if !line.number(value) { reasons.append(("anomaly." + key, "a rule without a baseline")) }
        }
        append("unit", anomaly.unit, of: "anomaly", else: "a rule without a value", reasons: &reasons, to: &line)
        line.endObject()
    }

    static func append(
        _ key: String, _ text: String?, of object: String, else sentence: String = "none is known",
        reasons: inout [(key: String, sentence: String)], to line: inout JSONWriter
    ) {
        line.key(key)
        if let text {
            line.string(text)
        } else {
            line.null()
            reasons.append((object + "." + key, sentence))
        }
    }
}
