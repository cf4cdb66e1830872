// How a value stands out by what it means: trouble above zero, zeros and gaps faint. The value itself always says it too.

import Aggregation

enum Emphasis {
    /// Query words of counters that should be zero.
    private static let troubles: Set<String> = [
        "retrans", "drops", "resets", "failures", "timeouts", "listendrops", "zerowindows", "lost",
        "errors", "errorshare", "unanswered", "failed",
    ]

    /// Whether a row has nothing to say: every number that measures something is zero or missing.
    static func isIdle(_ values: [(field: Field, value: Value)]) -> Bool {
        let measured = values.filter { $0.field.isNumber && $0.field.unit != .none }
        return !measured.isEmpty && measured.allSatisfy { style(of: $0.field, value: $0.value) == .dim }
    }

    /// In a faint row trouble still stands out.
    static func style(of field: Field, value: Value, isFaint: Bool) -> Style {
        let style = style(of: field, value: value)
        return isFaint && style != .warning && style != .bad ? .dim : style
    }

    static func style(of field: Field, value: Value) -> Style {
        switch value {
        // Nobody answered.
        case .missing: return field.kind == .code ? .warning : .dim
        case .unobservable: return .accent
        case .integer(0): return .dim
        case .integer, .number:
            if value.number == 0 { return .dim }
            return troubles.contains(field.word) ? .warning : .text
        case .boolean(let holds): return !holds ? .dim : troubles.contains(field.word) ? .warning : .text
        case .text(let text) where field.kind == .code: return codeStyle(text)
        case .text(let text): return field.word == "state" ? stateStyle(text) : field.word == "namespace" ? .dim : .text
        case .list, .time: return .text
        }
    }

    /// HTTP's statuses and DNS's response codes; a name that does not exist is an answer.
    private static func codeStyle(_ code: String) -> Style {
        if let status = Int(code) { return status >= 500 ? .bad : status >= 400 ? .warning : .good }
        return code == "NOERROR" ? .good : code == "NXDOMAIN" ? .text : .bad
    }

    private static func stateStyle(_ state: String) -> Style {
        switch state {
        case "attached", "loaded", "ESTABLISHED": .good
        case "refused", "missing": .bad
        case "off": .warning
        default: .text
        }
    }
}
