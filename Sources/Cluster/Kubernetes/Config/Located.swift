// A value of a kubeconfig together with the file it is from, so that whatever is wrong with it can be told with its line.

struct Located: Sendable {
    var file: String
    var node: YAMLNode

    func error(_ what: String, _ remedy: String) -> NameSourceError {
        NameSourceError("\(file):\(node.line): \(what); \(remedy)")
    }

    subscript(key: String) -> Located? { node[key].map { Located(file: file, node: $0) } }

    /// A text, if the key is there.
    func text(_ key: String) throws(NameSourceError) -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.node.text else { throw value.error("\(key) is no text", "write it as \(key): VALUE") }
        return text.isEmpty ? nil : text
    }

    func truth(_ key: String) throws(NameSourceError) -> Bool {
        guard let value = self[key] else { return false }
        guard let truth = value.node.truth else { throw value.error("\(key) is neither true nor false", "write true or false") }
        return truth
    }

    func list(_ key: String) throws(NameSourceError) -> [Located] {
        guard let value = self[key] else { return [] }
        guard let list = value.node.list else { throw value.error("\(key) is no list", "write its entries with a dash each") }
        return list.map { Located(file: file, node: $0) }
    }

    /// The entry called `name` of a list of named things: clusters, contexts, users.
    func named(_ name: String, in key: String) throws(NameSourceError) -> Located? {
        for entry in try list(key) where try entry.text("name") == name { return entry }
        return nil
    }

    /// A path; a relative one is relative to the kubeconfig.
    func path(_ key: String) throws(NameSourceError) -> String? {
        guard let path = try text(key) else { return nil }
        return path.hasPrefix("/") ? path : directory + "/" + path
    }

    var directory: String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "" : String(file[..<slash])
    }
}
