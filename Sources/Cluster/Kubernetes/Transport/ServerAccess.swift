// How a server is reached, how it proves who it is, and whom it is told that we are. A value: what changes with time (tokens
// in files, what a plugin prints) is read by `Credentials`.

struct ServerAccess: Sendable, Hashable {
    /// Whom to believe that they are the server.
    enum Trust: Sendable, Hashable {
        /// What this machine trusts.
        case system
        case authorities(Material)
        /// Anybody: as asked for, or on the machine's own loopback.
        case anybody
    }

    /// PEM, or where it is. Files are read at each new connection: they are renewed in place.
    enum Material: Sendable, Hashable {
        case bytes([UInt8])
        case file(String)

        func read() throws(SmallFile.Failure) -> [UInt8] {
            switch self {
            case .bytes(let bytes): bytes
            case .file(let path): try SmallFile.read(path)
            }
        }
    }

    struct Certificate: Sendable, Hashable {
        var chain: Material
        var key: Material
    }

    enum Identity: Sendable, Hashable {
        case nobody
        case token(String)
        /// Read at each request: a service account's token is renewed every hour.
        case tokenFile(String)
        /// As a token file, where there is one; else nobody.
        case optionalTokenFile(String)
        case password(user: String, password: String)
        case plugin(ExecPlugin)
    }

    var url: ServerURL
    var trust = Trust.system
    /// What the server's certificate must name, if not the URL's host.
    var serverName: String?
    var identity = Identity.nobody
    var certificate: Certificate?
}

/// A command that prints credentials, as a kubeconfig's `exec` names it.
struct ExecPlugin: Sendable, Hashable {
    var command: String
    var arguments: [String]
    /// What is set besides the environment of podglass.
    var environment: [String: String]
    /// client.authentication.k8s.io/v1 or /v1beta1.
    var version: String
    var installHint: String?
    /// The cluster as the plugin is told of it, JSON; nil where it did not ask (`provideClusterInfo`).
    var cluster: String?
}
