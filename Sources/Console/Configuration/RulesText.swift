// Rules, and classes of cardinality, as the configuration file has them, to start one's own.

import Aggregation

enum RulesText {
    static func toml(_ rules: [Rule]) -> String {
        rules.map { rule in
            var lines = [
                "[[rule]]", "name = \(quoted(rule.name))", "table = \(quoted(rule.table.name))", "when = \(quoted(rule.whenText))",
            ]
            if let until = rule.untilText { lines.append("until = \(quoted(until))") }
            if rule.clearAfter != Rule.clearAfter { lines.append("clear_after = \(quoted("\(rule.clearAfter)ns"))") }
            lines.append("severity = \(quoted(rule.severity.name))")
            if let sentence = rule.sentence { lines.append("says = \(quoted(sentence))") }
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    static func toml(_ classes: [CardinalityClass]) -> String {
        classes.map { found in
            var lines = ["[classes.\(quoted(found.name))]", "series = \(found.series)"]
            if !found.namespaces.isEmpty { lines.append("namespaces = [\(found.namespaces.map(quoted).joined(separator: ", "))]") }
            if !found.labels.isEmpty { lines.append("labels = [\(found.labels.map(quoted).joined(separator: ", "))]") }
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// A basic string; nothing in it could mislead a terminal.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                guard String(scalar) != String(scalar).printable else {
                    result.unicodeScalars.append(scalar)
                    continue
                }
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let width = scalar.value > 0xffff ? 8 : 4
                result += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return result + "\""
    }
}
