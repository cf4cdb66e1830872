// A selector of labels as Kubernetes and Hubble write it: "app=web,tier!=db,env in (test,stage),!canary,k8s:app". All parts must
// hold. Hubble's prefixes k8s: and any: say where a label came from; here all come from Kubernetes.

struct LabelSelector: Sendable, Hashable {
    private enum Test: Hashable {
        case present, absent
        case among([String]), notAmong([String])
    }

    private struct Requirement: Hashable {
        var key: String
        var test: Test
    }

    private var requirements: [Requirement] = []

    /// nil for what is no selector.
    init?(_ text: String) {
        guard let parts = LabelSelector.split(text), !parts.isEmpty else { return nil }
        for part in parts {
            guard let requirement = LabelSelector.requirement(part) else { return nil }
            requirements.append(requirement)
        }
    }

    func matches(_ labels: Labels) -> Bool {
        requirements.allSatisfy { requirement in
            let value = labels[requirement.key].map { String($0) }
            switch requirement.test {
            case .present: return value != nil
            case .absent: return value == nil
            case .among(let values): return value.map { values.contains($0) } ?? false
            // What has no such label has not that value either.
            case .notAmong(let values): return value.map { !values.contains($0) } ?? true
            }
        }
    }

    /// At commas outside of parentheses; nil where these do not pair.
    private static func split(_ text: String) -> [Substring]? {
        var parts: [Substring] = []
        var start = text.startIndex
        var isInside = false
        for index in text.indices {
            switch text[index] {
            case "(" where !isInside: isInside = true
            case ")" where isInside: isInside = false
            case "(", ")": return nil
            case "," where !isInside:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        return isInside ? nil : parts + [text[start...]]
    }

    private static func requirement(_ text: Substring) -> Requirement? {
        let text = trimmed(text)
        if text.hasPrefix("!") { return key(text.dropFirst()).map { Requirement(key: $0, test: .absent) } }
        for (operation, isNegated) in [("!=", true), ("==", false), ("=", false)] {
            guard let place = text.firstRange(of: operation) else { continue }
            let value = trimmed(text[place.upperBound...])
            guard let key = key(text[..<place.lowerBound]), value.allSatisfy({ $0 != "=" && !$0.isWhitespace }) else { return nil }
            return Requirement(key: key, test: isNegated ? .notAmong([String(value)]) : .among([String(value)]))
        }
        guard let open = text.firstIndex(of: "(") else { return key(text).map { Requirement(key: $0, test: .present) } }
        guard text.last == ")" else { return nil }
        let words = text[..<open].split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let key = key(words[0]) else { return nil }
        let values = text[text.index(after: open)...].dropLast().split(separator: ",").map { String(trimmed($0)) }
        guard !values.isEmpty else { return nil }
        switch words[1] {
        case "in": return Requirement(key: key, test: .among(values))
        case "notin": return Requirement(key: key, test: .notAmong(values))
        default: return nil
        }
    }

    private static func key(_ text: Substring) -> String? {
        var key = trimmed(text)
        for source in ["k8s:", "any:"] where key.hasPrefix(source) {
            key = key.dropFirst(source.count)
            break
        }
        guard !key.isEmpty, key.allSatisfy({ !$0.isWhitespace && !"()!=,".contains($0) }) else { return nil }
        return String(key)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace ?? false { text.removeFirst() }
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}

extension Substring {
    /// Where `other` stands first.
    fileprivate func firstRange(of other: String) -> Range<Index>? {
        for index in indices where self[index...].hasPrefix(other) {
            return index..<self.index(index, offsetBy: other.count)
        }
        return nil
    }
}
