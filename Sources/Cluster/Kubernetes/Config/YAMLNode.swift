// A YAML document as a tree of values that remember their lines. What kubeconfigs need: texts, lists, mappings with texts
// as keys; tags are ignored, and of several documents the first is read.

struct YAMLNode: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        /// `isPlain`: written without quotes, so that `true` and `null` may mean what they say.
        case text(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([Entry])
    }

    struct Entry: Sendable, Hashable {
        var key: String
        var value: YAMLNode
    }

    var content: Content
    /// Where it begins, from 1.
    var line: Int

    /// Of a mapping; where a key stands twice, the last counts, as it does for kubectl. Nil for `null` too.
    subscript(key: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        guard let value = entries.last(where: { $0.key == key })?.value, !value.isNull else { return nil }
        return value
    }

    var isNull: Bool {
        guard case .text(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    var text: String? {
        guard case .text(let text, _) = content else { return nil }
        return text
    }

    var list: [YAMLNode]? {
        guard case .list(let nodes) = content else { return nil }
        return nodes
    }

    /// As YAML 1.1 writes it for Go: true, yes, on.
    var truth: Bool? {
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
        default: nil
        }
    }
}

/// Why a text is no YAML, or none that is read here: a sentence's part, without a full stop.
struct YAMLError: Error, Sendable, Hashable {
    var line: Int
    var what: String
}

enum YAMLLimits {
    /// A kubeconfig with inline certificates of a hundred clusters has some 500 KiB.
    static let bytes = 1 << 20
    static let depth = 32
    /// Aliases count as often as what they stand for has nodes.
    static let nodes = 50_000
}
