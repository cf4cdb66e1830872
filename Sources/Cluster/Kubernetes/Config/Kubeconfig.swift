// A kubeconfig, or several as $KUBECONFIG lists them: current context → cluster and user → how to reach a server. What names
// a thing first counts, as for kubectl. What podglass does not do (proxies, acting as others) is refused, never passed over.

struct Kubeconfig: Sendable {
    /// Of a mebibyte each, at most.
    static let fileLimit = 64
    /// At least one.
    private var files: [Located] = []

    /// Of `paths`, those that are there; at least one has to be.
    init(paths: [String]) throws(NameSourceError) {
        guard paths.count <= Kubeconfig.fileLimit else {
            throw NameSourceError(
                "KUBECONFIG names \(paths.count) files, and no more than \(Kubeconfig.fileLimit) are read; name one, as in --kube=PATH")
        }
        for path in paths {
            guard let bytes = try Kubeconfig.read(path) else { continue }
            files.append(try Kubeconfig.parsed(bytes, path))
        }
        guard files.isEmpty else { return }
        let places = paths.isEmpty ? "no kubeconfig is named" : "\(paths.joined(separator: ", ")): no such file"
        throw NameSourceError("\(places); name a kubeconfig, as in --kube=PATH, or --kube=in-cluster inside of a pod")
    }

    /// Nil where there is none.
    private static func read(_ path: String) throws(NameSourceError) -> [UInt8]? {
        do throws(SmallFile.Failure) {
            return try SmallFile.read(path)
        } catch {
            if error.isMissing { return nil }
            throw NameSourceError("\(path): \(error.what); name a kubeconfig that can be read, as in --kube=PATH")
        }
    }

    private static func parsed(_ bytes: [UInt8], _ path: String) throws(NameSourceError) -> Located {
        do throws(YAMLError) {
            let nothing = YAMLNode(content: .mapping([]), line: 1)
            let root = Located(file: path, node: try YAMLNode.read(bytes) ?? nothing)
            if case .mapping = root.node.content { return root }
            throw YAMLError(line: root.node.line, what: "it is no mapping of keys to values")
        } catch {
            throw NameSourceError(
                "\(path):\(error.line): no kubeconfig: \(error.what); mend the line, or compare with kubectl config view")
        }
    }

    /// How the current context reaches its cluster.
    func access() throws(NameSourceError) -> ServerAccess {
        let name = try currentContext()
        let context = try member(try found(name, in: "contexts", wanted: files[0]), "context", name)
        guard let clusterName = try context.text("cluster") else {
            throw context.error("the context \(name) names no cluster", "set it with kubectl config set-context \(name) --cluster=NAME")
        }
        let cluster = try member(try found(clusterName, in: "clusters", wanted: context), "cluster", clusterName)
        var access = try KubeconfigCluster(cluster, name: clusterName).access()
        guard let userName = try context.text("user") else { return access }
        let user = try member(try found(userName, in: "users", wanted: context), "user", userName)
        try KubeconfigUser(user, name: userName, cluster: cluster).add(to: &access)
        return access
    }

    private func currentContext() throws(NameSourceError) -> String {
        for file in files {
            if let name = try file.text("current-context") { return name }
        }
        throw files[0].error("it has no current-context", "choose one with kubectl config use-context NAME")
    }

    private func found(_ name: String, in list: String, wanted: Located) throws(NameSourceError) -> Located {
        for file in files {
            if let entry = try file.named(name, in: list) { return entry }
        }
        var names: [String] = []
        for file in files {
            for entry in try file.list(list) { names += [try entry.text("name")].compactMap(\.self) }
        }
        let known = names.isEmpty ? "there are none" : "there are " + names.prefix(8).joined(separator: ", ")
        throw wanted.error("\(list) has no entry named \(name)", "\(known): choose one with kubectl config set-context or use-context")
    }

    /// What an entry of a list is about: the mapping beside its name.
    private func member(_ entry: Located, _ key: String, _ name: String) throws(NameSourceError) -> Located {
        guard let member = entry[key], case .mapping = member.node.content else {
            throw entry.error("the entry \(name) has no \(key)", "write its settings below \(key):")
        }
        return member
    }
}
