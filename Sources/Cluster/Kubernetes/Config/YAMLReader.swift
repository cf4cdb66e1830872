// Reads YAML by libyaml's events. Bounded: an alias is a copy that shares memory and counts with all of its nodes, so a bomb
// of aliases ends at the limit of nodes; libyaml itself ends at a depth of 1,000, this at 32.

import CYAML

extension YAMLNode {
    /// The first document of `text`; nil where there is none.
    static func read(_ text: [UInt8]) throws(YAMLError) -> YAMLNode? {
        guard text.count <= YAMLLimits.bytes else {
            throw YAMLError(line: 1, what: "it is longer than \(YAMLLimits.bytes >> 20) MiB")
        }
        var reader = try YAMLReader(text)
        return try reader.document()
    }
}

private struct YAMLReader: ~Copyable {
    private struct Anchored {
        var node: YAMLNode
        var count: Int
    }

    private let reader: YAMLHandle
    private var anchors: [String: Anchored] = [:]
    private var count = 0

    init(_ text: [UInt8]) throws(YAMLError) {
        guard let reader = YAMLHandle(text) else { throw YAMLError(line: 1, what: "there is no memory to read it") }
        self.reader = reader
    }

    mutating func document() throws(YAMLError) -> YAMLNode? {
        while true {
            switch try next() {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT: continue
            case YAML_STREAM_END_EVENT, YAML_DOCUMENT_END_EVENT: return nil
            case let kind: return try node(kind, depth: 0)
            }
        }
    }

    private func next() throws(YAMLError) -> yaml_event_type_t {
        guard reader.next() else { throw reader.error }
        return reader.kind
    }

    /// The node that begins with the current event.
    private mutating func node(_ kind: yaml_event_type_t, depth: Int) throws(YAMLError) -> YAMLNode {
        let line = reader.line
        guard depth < YAMLLimits.depth else { throw YAMLError(line: line, what: "it nests deeper than \(YAMLLimits.depth)") }
        let before = count
        try add(1, line)
        let anchor = reader.anchor
        let node: YAMLNode
        switch kind {
        case YAML_SCALAR_EVENT: node = try scalar(line)
        case YAML_SEQUENCE_START_EVENT: node = try sequence(line, depth)
        case YAML_MAPPING_START_EVENT: node = try mapping(line, depth)
        case YAML_ALIAS_EVENT: return try alias(line)
        default: throw YAMLError(line: line, what: "a value is missing")
        }
        if let anchor { anchors[anchor] = Anchored(node: node, count: count - before) }
        return node
    }

    private func scalar(_ line: Int) throws(YAMLError) -> YAMLNode {
        guard let text = reader.text else { throw YAMLError(line: line, what: "a text has a NUL in it") }
        return YAMLNode(content: .text(text, isPlain: reader.isPlain), line: line)
    }

    private mutating func sequence(_ line: Int, _ depth: Int) throws(YAMLError) -> YAMLNode {
        var nodes: [YAMLNode] = []
        while true {
            let kind = try next()
            if kind == YAML_SEQUENCE_END_EVENT { return YAMLNode(content: .list(nodes), line: line) }
            nodes.append(try node(kind, depth: depth + 1))
        }
    }

    private mutating func mapping(_ line: Int, _ depth: Int) throws(YAMLError) -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        while true {
            let kind = try next()
            if kind == YAML_MAPPING_END_EVENT { return YAMLNode(content: .mapping(entries), line: line) }
            let key = try node(kind, depth: depth + 1)
            guard let name = key.text else { throw YAMLError(line: key.line, what: "a key is no text") }
            entries.append(YAMLNode.Entry(key: name, value: try node(try next(), depth: depth + 1)))
        }
    }

    private mutating func alias(_ line: Int) throws(YAMLError) -> YAMLNode {
        guard let name = reader.anchor, let anchored = anchors[name] else {
            throw YAMLError(line: line, what: "an alias stands for nothing before it")
        }
        try add(anchored.count, line)
        return anchored.node
    }

    private mutating func add(_ nodes: Int, _ line: Int) throws(YAMLError) {
        count += nodes
        guard count <= YAMLLimits.nodes else { throw YAMLError(line: line, what: "it has more than \(YAMLLimits.nodes) values") }
    }
}

/// Owns libyaml's parser and the event it read last.
private final class YAMLHandle {
    private let reader: yaml_reader_reference

    init?(_ text: [UInt8]) {
        guard let reader = yaml_reader_open(text, text.count) else { return nil }
        self.reader = reader
    }

    deinit { yaml_reader_close(reader) }

    func next() -> Bool { yaml_reader_next(reader) != 0 }

    var kind: yaml_event_type_t { reader.pointee.event.type }
    var line: Int { reader.pointee.event.start_mark.line + 1 }

    var error: YAMLError {
        let parser = reader.pointee.parser
        let line = max(parser.problem_mark.line, parser.context_mark.line) + 1
        return YAMLError(line: line, what: parser.problem.map { String(cString: $0) } ?? "it is no YAML")
    }

    /// The name that the current event gives, or for an alias the name it means.
    var anchor: String? {
        let data = reader.pointee.event.data
        let name =
            switch kind {
            case YAML_ALIAS_EVENT: data.alias.anchor
            case YAML_SCALAR_EVENT: data.scalar.anchor
            case YAML_SEQUENCE_START_EVENT: data.sequence_start.anchor
            case YAML_MAPPING_START_EVENT: data.mapping_start.anchor
            default: nil as yaml_text_reference?
            }
        return name.map { String(cString: $0) }
    }

    /// Of a scalar; nil where a NUL would cut it.
    var text: String? {
        let scalar = reader.pointee.event.data.scalar
        guard let value = scalar.value else { return nil }
        let text = String(cString: value)
        return text.utf8.count == scalar.length ? text : nil
    }

    var isPlain: Bool { reader.pointee.event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE }
}
