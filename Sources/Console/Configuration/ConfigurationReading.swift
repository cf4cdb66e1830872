// From a tree of TOML to the values of a configuration: which keys there are, of what kind, within which limits. Collects what is
// wrong and leaves out what it is in.

import Aggregation

struct ConfigurationReading {
    private var root: TableReading
    private var mistakes: [ConfigurationMistake]
    private(set) var ownRules = 0
    private(set) var changed: [String] = []

    init(members: [TOMLNode.Member], mistakes: [ConfigurationMistake]) {
        root = TableReading(members, name: "the file", line: 0)
        self.mistakes = mistakes
    }

    /// Nothing more is asked for: what was not is unknown. All mistakes, in the order of their lines.
    mutating func finish() -> [ConfigurationMistake] {
        mistakes += root.finish()
        return mistakes.sorted { $0.line < $1.line }
    }

    private mutating func take(_ table: inout TableReading) { mistakes += table.finish() }

    private mutating func add(_ line: Int, _ sentence: String, _ remedy: String, caret: [String] = []) {
        mistakes.append(ConfigurationMistake(line: line, sentence: sentence.printable, remedy: remedy.printable, caret: caret))
    }

    // MARK: - Rules

    /// The rules in force. One that is broken changes nothing: the shipped one of its name stays.
    mutating func rules(over shipped: [Rule]) -> [Rule] {
        var own: [Rule] = []
        var named: Set<String> = []
        for node in root.list("rule") ?? [] {
            guard case .table(let members) = node.value else {
                add(node.line, "a rule is \(node.value.name)", "write [[rule]] above its keys")
                continue
            }
            var table = TableReading(members, name: "a rule", line: node.line)
            defer { take(&table) }
            guard let name = table.text("name", isNeeded: true) else {
                table.skip()
                continue
            }
            table.name = "rule \(name)"
            guard named.insert(name).inserted else {
                table.skip()
                add(node.line, "there are two rules “\(name)”", "give this one another name")
                continue
            }
            let isShipped = shipped.contains { $0.name == name }
            guard table.boolean("enabled") ?? true else {
                table.skip()
                if isShipped { changed.append(name) }
                continue
            }
            guard let rule = rule(name, &table) else {
                if isShipped, let last = mistakes.indices.last { mistakes[last].remedy += "; the shipped rule stays" }
                continue
            }
            guard shipped.count + own.count < Limits.rules else {
                add(node.line, "there are more than \(Limits.rules) rules, shipped ones included", "remove some")
                break
            }
            if isShipped { changed.append(name) }
            own.append(rule)
        }
        ownRules = own.count
        let left = Set(changed)
        return shipped.filter { !left.contains($0.name) } + own
    }

    private mutating func rule(_ name: String, _ table: inout TableReading) -> Rule? {
        let before = mistakes.count
        let of = table.text("table", isNeeded: true)
        let when = table.text("when", isNeeded: true)
        let until = table.text("until")
        let clearAfter = duration("clear_after", &table, 0...Rule.Bounds.duration) ?? Rule.clearAfter
        let says = table.text("says")
        var severity = Severity.warning
        if let word = table.text("severity") {
            guard let known = Severity.named(word) else {
                add(
                    table.line(of: "severity"), "\(table.name): “\(word)” is no severity",
                    "write \(alternatives(Severity.allCases.map(\.name)))")
                return nil
            }
            severity = known
        }
        mistakes += table.takeMistakes()
        guard mistakes.count == before, let of, let when else { return nil }
        do {
            return try Rule(
                name: name, table: of, when: when, until: until, clearAfter: clearAfter, severity: severity, sentence: says)
        } catch {
            let caret =
                switch error.part {
                case .when, .until: error.caret()
                case .name, .table, .sentence: [String]()
                }
            add(
                table.line(of: error.part.rawValue), "rule \(name), \(error.part.rawValue): \(error.error.message)",
                "expected \(error.error.expected)", caret: caret)
            return nil
        }
    }

    private mutating func duration(_ key: String, _ table: inout TableReading, _ bounds: ClosedRange<UInt64>) -> UInt64? {
        guard let text = table.text(key) else { return nil }
        do {
            let duration = try Rule.duration(text)
            if bounds.contains(duration) { return duration }
            let (least, most) = (Rendering.duration(Double(bounds.lowerBound)), Rendering.duration(Double(bounds.upperBound)))
            add(table.line(of: key), "\(table.name), \(key): “\(text)” is out of bounds", "write a duration from \(least) to \(most)")
        } catch {
            add(table.line(of: key), "\(table.name), \(key): \(error.message)", "expected \(error.expected)")
        }
        return nil
    }

    // MARK: - Classes and the model

    /// The shipped classes, changed by the file's of the same name, and behind them its own.
    mutating func classes(over shipped: [CardinalityClass]) -> [CardinalityClass] {
        var classes = shipped
        for member in root.table("classes") ?? [] {
            guard case .table(let members) = member.node.value, !member.key.isEmpty,
                member.key.count <= CardinalityClass.Bounds.name
            else {
                add(member.line, "the class “\(member.key)” is \(member.node.value.name)", "write [classes.NAME] above its keys")
                continue
            }
            var table = TableReading(members, name: "class \(member.key)", line: member.line)
            let place = classes.firstIndex { $0.name == member.key }
            var changed = place.map { classes[$0] } ?? CardinalityClass(name: member.key, series: 0)
            let before = mistakes.count
            if let series = table.integer("series", isNeeded: place == nil) {
                changed.series = Int(clamping: series)
                if !CardinalityClass.Bounds.series.contains(changed.series) {
                    let most = CardinalityClass.Bounds.series.upperBound
                    add(table.line(of: "series"), "\(table.name): \(series) series are out of bounds", "write a number from 1 to \(most)")
                }
            }
            changed.namespaces += table.texts("namespaces", atMost: CardinalityClass.Bounds.selectors) ?? []
            let labels = table.texts("labels", atMost: CardinalityClass.Bounds.selectors) ?? []
            for label in labels where label.first == "=" || !label.contains("=") {
                add(table.line(of: "labels"), "\(table.name): the label “\(label)” has no key and value", "write key=value")
            }
            changed.labels += labels
            take(&table)
            guard mistakes.count == before else { continue }
            if let place {
                classes[place] = changed
            } else if classes.count < CardinalityClass.Bounds.classes {
                classes.append(changed)
            } else {
                add(member.line, "there are more than \(CardinalityClass.Bounds.classes) classes", "remove some")
            }
        }
        return classes
    }

    mutating func model() -> Configuration.Model? {
        guard let members = root.table("model") else { return nil }
        var table = TableReading(members, name: "model", line: root.line(of: "model"))
        let before = mistakes.count
        let command = table.texts("command", atMost: Configuration.Model.words, isNeeded: true) ?? []
        let timeout = duration("timeout", &table, Configuration.Model.timeouts)
        take(&table)
        guard mistakes.count == before else { return nil }
        guard let program = command.first, !program.isEmpty else {
            add(
                table.line(of: "command"), "model: the command is empty", "write the program and its arguments: [\"python3\", \"model.py\"]"
            )
            return nil
        }
        var model = Configuration.Model(command: command)
        if let timeout { model.timeout = timeout }
        return model
    }
}

/// A list for a sentence: "a, b or c".
func alternatives(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " or " + last
}
