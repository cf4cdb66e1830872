// Reads the keys of one table of a configuration, each of its kind, and says of each that nobody asked for what there is instead.

import Aggregation

struct TableReading {
    /// As mistakes call it.
    var name: String
    private let ownLine: Int
    private let members: [TOMLNode.Member]
    private var asked: [String] = []
    private var mistakes: [ConfigurationMistake] = []

    init(_ members: [TOMLNode.Member], name: String, line: Int) {
        self.members = members
        self.name = name
        ownLine = line
    }

    /// Where a key stands; where the table does, without it.
    func line(of key: String) -> Int { members.first { $0.key == key }?.line ?? ownLine }

    mutating func takeMistakes() -> [ConfigurationMistake] {
        defer { mistakes = [] }
        return mistakes
    }

    /// What is wrong, unknown keys included.
    mutating func finish() -> [ConfigurationMistake] {
        for member in members where !asked.contains(member.key) {
            add(member.line, "\(name) has no “\(member.key)”", "write \(alternatives(asked)), or remove it")
        }
        return takeMistakes()
    }

    /// The rest is not looked at.
    mutating func skip() { asked += members.map(\.key) }

    mutating func text(_ key: String, isNeeded: Bool = false) -> String? {
        guard let node = value(key, isNeeded: isNeeded, "a text in quotes") else { return nil }
        guard case .text(let text) = node.value else { return wrong(key, node, "a text in quotes") }
        return text
    }

    mutating func boolean(_ key: String) -> Bool? {
        guard let node = value(key, isNeeded: false, "true or false") else { return nil }
        guard case .boolean(let value) = node.value else { return wrong(key, node, "true or false") }
        return value
    }

    mutating func integer(_ key: String, isNeeded: Bool) -> Int64? {
        guard let node = value(key, isNeeded: isNeeded, "a whole number") else { return nil }
        guard case .integer(let value) = node.value else { return wrong(key, node, "a whole number") }
        return value
    }

    mutating func texts(_ key: String, atMost limit: Int, isNeeded: Bool = false) -> [String]? {
        let example = "a list of texts, like [\"a\", \"b\"]"
        guard let node = value(key, isNeeded: isNeeded, example) else { return nil }
        guard case .array(let nodes) = node.value else { return wrong(key, node, example) }
        guard nodes.count <= limit else {
            add(line(of: key), "\(name), \(key): there are \(nodes.count)", "write at most \(limit)")
            return nil
        }
        var texts: [String] = []
        for node in nodes {
            guard case .text(let text) = node.value else { return wrong(key, node, example) }
            texts.append(text)
        }
        return texts
    }

    mutating func list(_ key: String) -> [TOMLNode]? {
        guard let node = value(key, isNeeded: false, "") else { return nil }
        guard case .array(let nodes) = node.value else { return wrong(key, node, "[[\(key)]] above each") }
        return nodes
    }

    mutating func table(_ key: String) -> [TOMLNode.Member]? {
        guard let node = value(key, isNeeded: false, "") else { return nil }
        guard case .table(let members) = node.value else { return wrong(key, node, "[\(key)] above its keys") }
        return members
    }

    private mutating func value(_ key: String, isNeeded: Bool, _ example: String) -> TOMLNode? {
        asked.append(key)
        if let member = members.first(where: { $0.key == key }) { return member.node }
        if isNeeded { add(ownLine, "\(name) has no \(key)", "write \(key) = and \(example)") }
        return nil
    }

    private mutating func wrong<Value>(_ key: String, _ node: TOMLNode, _ expected: String) -> Value? {
        add(node.line, "\(name), \(key): this is \(node.value.name)", "write \(expected)")
        return nil
    }

    private mutating func add(_ line: Int, _ sentence: String, _ remedy: String) {
        mistakes.append(ConfigurationMistake(line: line, sentence: sentence.printable, remedy: remedy.printable))
    }
}
