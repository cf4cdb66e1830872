import Aggregation
import Glibc
import Testing

@testable import Console

@Suite("What a configuration file says") struct ConfigurationTests {
    private func read(_ text: String) -> Configuration { Configuration(Array(text.utf8)) }

    /// Each mistake on one line, as it is told.
    private func mistakes(_ text: String) -> [String] { read(text).mistakes.map { $0.lines(in: "f")[0] } }

    private static let own = """
        [[rule]]
        name = "mine"
        table = "pods"
        when = "p99>1s requests>=20 for 30s"
        until = "p99<500ms"
        clear_after = "1m"
        severity = "critical"
        says = "{workload} is slow"

        """

    @Test("rules come behind the shipped ones, replace them by name, or switch them off")
    func rules() throws {
        let shipped = ShippedRules.rules.map(\.name)
        #expect(read("").rules.map(\.name) == shipped && read("").mistakes.isEmpty)
        let configuration = read(Self.own + "[[rule]]\nname = \"slow\"\nenabled = false\n" + Self.own.replacing("mine", with: "errors"))
        #expect(configuration.mistakes.isEmpty && configuration.ownRules == 2 && configuration.changed == ["slow", "errors"])
        #expect(configuration.rules.map(\.name) == shipped.filter { $0 != "slow" && $0 != "errors" } + ["mine", "errors"])
        let rule = try #require(configuration.rules.first { $0.name == "mine" })
        #expect(rule.duration == 30_000_000_000 && rule.clearAfter == 60_000_000_000 && rule.severity == .critical)
        #expect(rule.table.name == "pods" && rule.untilText == "p99<500ms" && rule.sentence == "{workload} is slow")
    }

    @Test("a broken rule has its line, a caret and what was expected; the others work")
    func brokenRule() {
        let text =
            Self.own + "[[rule]]\nname = \"broken\"\ntable = \"pods\"\nwhen = \"p90>1s\"\n" + Self.own.replacing("mine", with: "third")
        let configuration = read(text)
        #expect(configuration.rules.suffix(2).map(\.name) == ["mine", "third"])
        #expect(
            configuration.mistakes.flatMap { $0.lines(in: "f.toml") } == [
                "f.toml:12: rule broken, when: pods have no field “p90”; expected p50, p95 or p99", "    p90>1s", "    ^",
            ])
        #expect(mistakes("[[rule]]\nname = \"slow\"\ntable = \"pods\"\nwhen = \"p99>\"\n")[0].hasSuffix("; the shipped rule stays"))
    }

    @Test(
        "each mistake has a line, a sentence and a remedy",
        arguments: [
            ("rules = 3", "f:1: the file has no “rules”; write rule, classes or model, or remove it"),
            ("rule = 3", "f:1: the file, rule: this is a number; write [[rule]] above each"),
            ("\n[[rule]]\nwhen = \"p99>1s\"", "f:2: a rule has no name; write name = and a text in quotes"),
            ("[[rule]]\nname = \"a\"\ntable = \"pods\"", "f:1: rule a has no when; write when = and a text in quotes"),
            (
                "[[rule]]\nname = \"a\"\ntable = \"pods\"\nwhen = \"p99>1s\"\nseverity = \"bad\"",
                "f:5: rule a: “bad” is no severity; write notice, warning or critical"
            ),
            (
                "[[rule]]\nname = \"a\"\ntable = \"pod\"\nwhen = \"p99>1s\"",
                "f:3: rule a, table: there is no table “pod” for rules; expected "
            ),
            (
                "[[rule]]\nname = \"a\"\ntable = \"pods\"\nwhen = \"p99>1s\"\nclear_after = \"10\"",
                "f:5: rule a, clear_after: “10” needs a unit right behind it; expected ns, us, ms, s, m, h or d"
            ),
            ("[[rule]]\nname = \"a\"\ntable = \"pods\"\nwhen = 5", "f:4: rule a, when: this is a number; write a text in quotes"),
            ("[model]\ncommand = [3]", "f:2: model, command: this is a number; write a list of texts, like [\"a\", \"b\"]"),
            ("[model]\ncommand = []", "f:2: model: the command is empty; write the program and its arguments"),
            (
                "[model]\ncommand = [\"a\"]\ntimeout = \"1h\"",
                "f:3: model, timeout: “1h” is out of bounds; write a duration from 10ms to 1m0s"
            ),
            ("[classes]\ncritical = 3", "f:2: the class “critical” is a number; write [classes.NAME] above its keys"),
            ("[classes.mine]\nlabels = [\"a=b\"]", "f:1: class mine has no series; write series = and a whole number"),
            ("[classes.batch]\nseries = 0", "f:2: class batch: 0 series are out of bounds; write a number from 1 to 1000000"),
            ("[classes.batch]\nlabels = [\"tier\"]", "f:2: class batch: the label “tier” has no key and value; write key=value"),
            ("[classes.batch]\nserious = 5", "f:2: class batch has no “serious”; write series, namespaces or labels, or remove it"),
        ])
    func mistakes(text: String, told: String) {
        let found = mistakes(text)
        #expect(found.count == 1 && found.first?.hasPrefix(told) == true, "\(found)")
        // Whatever it was, the shipped rules and classes are there.
        #expect(read(text).rules.map(\.name).starts(with: ShippedRules.rules.map(\.name)))
        #expect(read(text).classes == CardinalityClass.shipped && read(text).model == nil)
    }

    @Test("where it is no TOML the line is told, its section is left out, and the others are used")
    func broken() {
        let configuration = read(
            "[[rule]]\nname = \"bad\n\n" + Self.own + "[model]\ncommand = [\"a\"\n[classes.batch]\nseries = 7\n[classes.mine]\nseries\n")
        #expect(configuration.rules.last?.name == "mine" && configuration.model == nil)
        #expect(configuration.classes.first { $0.name == "batch" }?.series == 7)
        #expect(
            configuration.mistakes.map { $0.lines(in: "f")[0] } == [
                "f:2: a text has no end; write a quote behind it; its section is left out",
                "f:13: a list has no end; write a comma or ] behind each value; its section is left out",
                "f:17: a key has no value; write key = value; its section is left out",
            ])
        #expect(!configuration.classes.contains { $0.name == "mine" })
    }

    @Test("a file of nothing but mistakes ends, and is not used")
    func nothing() {
        let configuration = read((0..<100).map { "[a\($0)]\n= 1\n" }.joined())
        #expect(configuration.mistakes.count == TOMLReader.mistakes)
        #expect(configuration.mistakes.last?.remedy.hasSuffix("its section is left out, and all that follows") == true)
        #expect(configuration.rules.count == ShippedRules.rules.count)
        #expect(!read("\u{0}\u{1}").mistakes.isEmpty && !read(String(repeating: "[", count: 100_000)).mistakes.isEmpty)
        #expect(!Configuration([0xff, 0xfe, 0x00]).mistakes.isEmpty)
        #expect(!read("a = " + String(repeating: "[", count: 50_000)).mistakes.isEmpty)
    }

    @Test("hostile text of a file is written out")
    func hostile() {
        let texts = [
            "[[rule]]\nname = \"\\u001b[2J\"\ntable = \"\\u202e\"\nwhen = \"x\"", "\"\\u001b\" = 1",
            "[[rule]]\nname = \"a\"\ntable = \"pods\"\nwhen = \"wor\\u001bk=1\"", "a = \u{1b}",
            "[classes.\"\\u202e\"]\nseries = \"\\u0007\"",
            "[classes.batch]\nlabels = [\"\\u001b\"]",
        ]
        for text in texts {
            let lines = read(text).mistakes.flatMap { $0.lines(in: "f\u{1b}") }
            #expect(!lines.isEmpty && lines.allSatisfy { $0 == $0.printable }, "\(lines)")
        }
    }

    @Test("classes of cardinality change the shipped ones, and choose by namespace or label")
    func classes() {
        let configuration = read(
            """
            [classes.critical]
            namespaces = ["kube-*", "pay?"]
            [classes.batch]
            series = 77
            labels = ["tier=batch"]
            [classes.mine]
            series = 5
            namespaces = ["*-mine"]
            """)
        #expect(configuration.mistakes.isEmpty && configuration.classes.map(\.series) == [100_000, 25_000, 77, 5_000, 5])
        func name(_ namespace: String?, _ labels: [String] = []) -> String {
            CardinalityClass.of(namespace: namespace, labels: labels, in: configuration.classes).name
        }
        #expect(name("kube-system") == "critical" && name("payx") == "critical" && name("pay") == "standard")
        #expect(name("shop") == "standard" && name("shop", ["tier=batch"]) == "batch" && name(nil) == "standard")
        #expect(name("this-mine") == "mine" && name("kube-mine") == "critical")
        for (text, pattern, holds) in [
            ("", "*", true), ("abc", "a*c", true), ("abc", "a*b", false), ("abcbc", "a*bc", true), ("ab", "a?", true), ("a", "a?", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "*a*a*a*a*a*a*a*b", false), ("", "", true), ("a", "", false),
        ] { #expect(CardinalityClass.matches(text, pattern) == holds, "\(text) \(pattern)") }
    }

    @Test("a model is a command and a time")
    func model() {
        let model = read("[model]\ncommand = [\"python3\", \"m.py\"]\ntimeout = \"500ms\"\n").model
        #expect(model == Configuration.Model(command: ["python3", "m.py"], timeout: 500_000_000))
        #expect(read("[model]\ncommand = [\"m\"]\n").model?.timeout == 2_000_000_000)
    }

    @Test("rules that are written out are read as the same rules")
    func writing() throws {
        let rule = try Rule(
            name: "a\"b\\c", table: "pods", when: "workload=\"x\u{1b}\" p99>1s for 1m30s", until: "p99<1s", clearAfter: 5,
            severity: .notice,
            sentence: "a\nb\t\u{202e}é")
        let rules = ShippedRules.rules + [rule]
        let text = RulesText.toml(rules)
        #expect(text.split(separator: "\n").allSatisfy { String($0) == String($0).printable })
        let again = read(text)
        #expect(again.mistakes.isEmpty && again.rules.count == rules.count)
        for (left, right) in zip(again.rules, rules) {
            #expect(left.name == right.name && left.whenText == right.whenText && left.untilText == right.untilText)
            #expect(left.clearAfter == right.clearAfter && left.severity == right.severity && left.sentence == right.sentence)
        }
    }

    @Test("classes that are written out are read as the same classes")
    func writingClasses() {
        var classes = CardinalityClass.shipped
        classes[0].namespaces = ["kube-*", "pay\"s"]
        classes[0].labels = ["tier=critical"]
        classes.append(CardinalityClass(name: "a b", series: 7))
        let again = read(RulesText.toml(classes))
        #expect(again.mistakes.isEmpty && again.classes == classes)
    }

    @Test("more rules than are judged are refused, and said so")
    func many() {
        let text = (0..<300).map { Self.own.replacing("mine", with: "mine\($0)") }.joined()
        #expect(read(text).rules.count == Limits.rules && read(text).mistakes.count == 1)
    }
}
