// The user's half of a kubeconfig: whom the server is told that we are. Of several ways, kubectl's order: client certificate
// besides any of token, password, plugin; a token file goes before a token.

struct KubeconfigUser: Sendable {
    var place: Located
    var name: String
    var cluster: Located

    init(_ place: Located, name: String, cluster: Located) {
        self.place = place
        self.name = name
        self.cluster = cluster
    }

    func add(to access: inout ServerAccess) throws(NameSourceError) {
        for key in ["as", "as-uid", "as-groups", "as-user-extra"] {
            guard let value = place[key] else { continue }
            throw value.error("acting as another user (\(key)) is not supported", "use a context whose user needs no \(key)")
        }
        if let provider = place["auth-provider"] {
            throw provider.error("auth-provider is not supported, nor by kubectl since 1.26", "use its successor, an exec plugin")
        }
        access.certificate = try certificate()
        access.identity = try identity(access)
    }

    private func certificate() throws(NameSourceError) -> ServerAccess.Certificate? {
        let (chain, key) = (try place.material("client-certificate"), try place.material("client-key"))
        guard let chain else {
            guard key == nil else {
                throw place.error("the user \(name) has a client-key without its certificate", "add client-certificate")
            }
            return nil
        }
        guard let key else { throw place.error("the user \(name) has a client-certificate without its key", "add client-key") }
        try Certificates.check(chain, of: place, "client-certificate")
        try Certificates.checkKey(key, of: place, "client-key")
        return ServerAccess.Certificate(chain: chain, key: key)
    }

    private func identity(_ access: ServerAccess) throws(NameSourceError) -> ServerAccess.Identity {
        if let path = try place.path("tokenFile") { return .tokenFile(path) }
        if let token = try place.text("token") { return .token(token) }
        if let user = try place.text("username") { return .password(user: user, password: try place.text("password") ?? "") }
        guard let exec = place["exec"] else { return .nobody }
        return .plugin(try plugin(exec, access))
    }

    private func plugin(_ exec: Located, _ access: ServerAccess) throws(NameSourceError) -> ExecPlugin {
        guard let command = try exec.text("command") else {
            throw exec.error("exec names no command", "write it as command: PROGRAM")
        }
        guard let version = try exec.text("apiVersion"), ExecCredential.versions.contains(version) else {
            throw (exec["apiVersion"] ?? exec).error(
                "exec asks for a version that is not known", "write apiVersion: \(ExecCredential.versions[0])")
        }
        if try exec.text("interactiveMode") == "Always" {
            throw (exec["interactiveMode"] ?? exec).error(
                "the plugin \(command) wants to ask questions, and podglass's screen has no place for them",
                "log in with kubectl first and set interactiveMode: IfAvailable, or use a token")
        }
        var environment: [String: String] = [:]
        for variable in try exec.list("env") {
            guard let name = try variable.text("name"), !name.contains("=") else {
                throw variable.error("a variable of env has no name", "write it as {name: NAME, value: VALUE}")
            }
            environment[name] = try variable.text("value") ?? ""
        }
        var arguments: [String] = []
        for argument in try exec.list("args") {
            guard let text = argument.node.text else { throw argument.error("an argument is no text", "put it in quotes") }
            arguments.append(text)
        }
        // A path with a slash is relative to the kubeconfig; a bare name is looked for in PATH.
        let isRelative = command.contains("/") && !command.hasPrefix("/")
        return ExecPlugin(
            command: isRelative ? exec.directory + "/" + command : command, arguments: arguments, environment: environment,
            version: version, installHint: try exec.text("installHint"),
            cluster: try exec.truth("provideClusterInfo") ? ExecCredential.cluster(access) : nil)
    }
}
