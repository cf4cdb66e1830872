// Queries nobody would write: random ones that are right, and soups of tokens and bytes that mostly are not.

enum QuerySoup {
    static let tokens = [
        "namespace", "port", "rtt", "rtt_ns", "sent", "tx", "marks", "peer", "pod", "active", "nope", "=", "!=", "<", "<=", ">", ">=", "~",
        "!~", "!", "(", ")", "(", ")", "and", "or", "not", "AND", "null", ",", "|", "||", "\"", "'", "\\", "\\\"", "shop", "5432", "200ms",
        "1m30s", "5%", "10MB/s", "5k", "99999999999999999999", "0", "1.5", "^front", "[a-z", "]", "{2,3}", "{", "*", "+", "?", "a|b",
        "(?i)",
        "(?=", "\\d", "\\1", "é", "日本", "👩‍👩‍👧", "\u{1b}[31m", "\u{202e}", "\r\n", "\0", " ", " ", " ", " ",
    ]

    static func soup(_ random: inout SplitMix, length: Int) -> String {
        (0..<length).map { _ in tokens[Int.random(in: 0..<tokens.count, using: &random)] }.joined()
    }

    static func bytes(_ random: inout SplitMix, length: Int) -> String {
        String(decoding: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }, as: UTF8.self)
    }

    /// A query over flows that parses.
    static func query(_ random: inout SplitMix, depth: Int) -> String {
        func pick(_ choices: [String]) -> String { choices[Int.random(in: 0..<choices.count, using: &random)] }
        func inner() -> String { query(&random, depth: depth - 1) }
        switch depth > 0 ? Int.random(in: 0..<9, using: &random) : 5 {
        case 0: return "not (" + inner() + ")"
        case 1: return "(" + inner() + ")"
        case 2: return "(" + inner() + ") and " + inner()
        case 3: return inner() + " or " + inner()
        case 4: return inner() + " " + inner()
        default:
            return pick([
                "front", "\"or\"", "\"a \\\" b\\\\\"", "'ssh'", "namespace=shop", "namespace!=shop,null", "pod~^fr(o|x)nt", "pod!~\"a b\"",
                "peer~'shop\"|10'", "rtt>2ms", "rtt<=1m30s", "rtt=null", "port=22,80", "sent>=5MiB", "tx>0.5MB/s", "marks=partial",
                "active<1000d", "active!=null", "workload=\"null\"", "workload=\"\"", "peer_port!=53", "rtt_ns>40000", "not 10.0", "日本",
            ])
        }
    }
}
