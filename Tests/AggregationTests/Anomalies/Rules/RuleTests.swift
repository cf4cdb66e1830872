import Testing

@testable import Aggregation

/// Reading rules: conditions, durations, and what is said of mistakes.
@Suite struct RuleTests {
    private func error(_ when: String, table: String = "pods", until: String? = nil, name: String = "slow") -> RuleError? {
        do {
            _ = try Rule(name: name, table: table, when: when, until: until)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "A condition is a query, and the duration stands behind the word for",
        arguments: [
            ("p99>500ms for 30s", "p99>500ms", 30), ("cpu_ratio>95% for 5m", "cpu_ratio>95%", 300), ("errorshare>5%", "errorshare>5%", 0),
            ("p99>1s requests>=20 for 1m30s", "p99>1s requests>=20", 90), ("  p99>1s   for   2m ", "p99>1s", 120),
            ("workload=\"wait for 30s\"", "workload=\"wait for 30s\"", 0), ("workload~for p99>1s", "workload~\"for\" p99>1s", 0),
            ("\"for\" 30s", "\"for\" 30s", 0), ("(p99>1s or errorshare>10%) for 1h", "p99>1s or errorshare>10%", 3_600),
            ("p99>1s for 0", "p99>1s", 0),
        ])
    func conditions(text: String, query: String, seconds: UInt64) throws {
        let rule = try Rule(name: "slow", table: "pods", when: text)
        #expect(rule.duration == seconds * EngineEvents.second)
        let expected = try Query.parse(query, schema: rule.table).description
        #expect(rule.when.description == expected)
        #expect(rule.whenText == text && rule.clearAfter == Rule.clearAfter && rule.severity == .warning)
    }

    @Test("What is wrong has the rule's name, the place, and what was expected")
    func mistakes() {
        let cases: [(when: String, offset: Int, expected: String)] = [
            ("p99>500 for 30s", 7, "ns, us, ms, s, m, h or d"), ("p99>500ms for", 13, "one behind for, like 30s"),
            ("p99>500ms for 30", 16, "ns, us, ms, s, m, h or d"), ("p99>500ms for soon", 14, "a duration like 200ms or 3m20s"),
            ("p99>500ms for 2d", 14, "at most 24h"), ("for 30s", 0, "one, like p99>500ms for 30s"),
            ("", 0, "one, like p99>500ms for 30s"), ("p90>500ms", 0, "p50, p95 or p99"), ("(p99>1s for 30s", 9, ""),
        ]
        for (when, offset, expected) in cases {
            let error = error(when)
            #expect(error?.rule == "slow" && error?.part == .when, "\(when)")
            if expected.isEmpty { continue }
            #expect(error?.error.offset == offset && error?.error.expected == expected, "\(when): \(error?.sentence ?? "fine")")
        }
        #expect(error("p99>1s", table: "exchanges")?.part == .table)
        #expect(
            error("p99>1s", table: "nodes")?.sentence.hasPrefix("rule slow, table: there is no table “nodes” for rules; expected pods,")
                == true)
        #expect(error("p99>1s", until: "p99<")?.part == .until)
        #expect(error("p99>1s", name: "")?.part == .name)
        #expect(error("p99>1s", name: String(repeating: "n", count: 65))?.part == .name)
        #expect(error("p99>500 for 30s")?.caret() == ["p99>500 for 30s", "       ^"])
    }

    @Test("Hostile text in a mistake is written out")
    func hostile() {
        let sentence = error("wor\u{1b}kload\u{202e}=1", name: "a\u{7}b")?.sentence ?? ""
        #expect(sentence.contains("a\\x07b") && sentence.contains("\\x1b") && sentence == sentence.printable)
        #expect(error("wor\u{1b}kload\u{202e}=1")?.caret().allSatisfy { $0 == $0.printable } == true)
    }

    @Test("A breach shows the first number that is compared")
    func measures() throws {
        func measure(_ when: String) throws -> String? {
            let measure = try Rule(name: "slow", table: "pods", when: when).measure
            return measure.map { $0.sentence(nil) }
        }
        #expect(try measure("p99>500ms requests>=20 for 30s") == "p99 > 500ms")
        #expect(try measure("kind=pod silent>2m") == "silent > 2m")
        #expect(try measure("not cpu<95% throttled>=10%") == "throttled >= 10%")
        #expect(try measure("kind=pod") == nil)
        let rule = try Rule(name: "slow", table: "pods", when: "p99>500ms")
        #expect(rule.measure?.sentence(1.8e9) == "p99 1.8s > 500ms" && rule.measure?.value == 5e8)
    }

    @Test("In rules a plain word is the recent value under the same word, where there is one")
    func recentWords() throws {
        for schema in Rule.tables {
            let original = try #require(Schema.named(schema.name))
            for field in original.fields {
                let inRules = schema.field(field.word)
                if let recent = field.recent {
                    let counterpart = try #require(original.field(recent), "\(schema.name).\(field.word)")
                    #expect(counterpart.kind == field.kind && inRules?.key == field.key)
                    for row in schema.rows(Shop.tables) {
                        #expect(inRules?.value(Shop.tables, Int(row)) == counterpart.value(Shop.tables, Int(row)))
                    }
                } else {
                    #expect((inRules == nil) == field.isOfAllTime, "\(schema.name).\(field.word)")
                }
            }
        }
        #expect(Schema.requests.inRules.field("p99")?.explanation.contains("last 10 to 20 s") == true)
        #expect(Schema.pods.inRules.field("callp99")?.explanation.contains("last 10 to 20 s") == true)
        #expect(Schema.pods.inRules.field("connectp99") == nil)
    }

    @Test("Severities have names and an order")
    func severities() {
        #expect(Severity.allCases.map(\.name) == ["notice", "warning", "critical"])
        #expect(Severity.notice < .warning && Severity.warning < .critical)
        #expect(Severity.named("critical") == .critical && Severity.named("urgent") == nil)
    }
}
