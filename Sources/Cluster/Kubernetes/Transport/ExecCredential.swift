// What a credential plugin is told and what it prints: ExecCredential of client.authentication.k8s.io, as JSON.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

import FoundationEssentials

struct ExecCredential: Sendable, Hashable {
    static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    var token: String?
    /// PEM; both or neither.
    var certificate: [UInt8]?
    var key: [UInt8]?
    /// Seconds since 1970; nil: until the server refuses it.
    var expiration: Double?

    private struct Reply: Decodable {
        var apiVersion: String
        var kind: String
        var status: Status?

        struct Status: Decodable {
            var token: String?
            var clientCertificateData: String?
            var clientKeyData: String?
            var expirationTimestamp: String?
        }
    }

    /// Reads what `plugin` printed; throws a sentence's part.
    init(_ output: [UInt8], of plugin: ExecPlugin) throws(APIFailure) {
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(output)), reply.kind == "ExecCredential" else {
            throw .credentials("\(plugin.command) printed no ExecCredential")
        }
        guard reply.apiVersion == plugin.version else {
            throw .credentials("\(plugin.command) printed \(reply.apiVersion) where the kubeconfig says \(plugin.version)")
        }
        guard let status = reply.status, status.token != nil || status.clientCertificateData != nil else {
            throw .credentials("\(plugin.command) printed neither a token nor a certificate")
        }
        guard (status.clientCertificateData == nil) == (status.clientKeyData == nil) else {
            throw .credentials("\(plugin.command) printed a certificate without its key, or a key alone")
        }
        token = status.token
        certificate = status.clientCertificateData.map { Array($0.utf8) }
        key = status.clientKeyData.map { Array($0.utf8) }
        if let text = status.expirationTimestamp {
            guard let date = ExecCredential.date(text) else {
                throw .credentials("\(plugin.command) printed an expirationTimestamp that is no time")
            }
            expiration = date
        }
    }

    /// RFC 3339, with or without a fraction of a second, which is dropped: sooner is safe.
    private static func date(_ text: String) -> Double? {
        var text = text
        if let dot = text.firstIndex(of: ".") {
            let end = text[text.index(after: dot)...].firstIndex { !$0.isNumber } ?? text.endIndex
            text.removeSubrange(dot..<end)
        }
        return (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
    }

    /// What KUBERNETES_EXEC_INFO says to a plugin.
    static func request(to plugin: ExecPlugin) -> String {
        let cluster = plugin.cluster.map { #","cluster":\#($0)"# } ?? ""
        return #"{"apiVersion":"\#(plugin.version)","kind":"ExecCredential","spec":{"interactive":false\#(cluster)}}"#
    }

    private struct Cluster: Encodable {
        var server: String
        var tlsServerName: String?
        var insecureSkipTLSVerify: Bool?
        var certificateAuthorityData: Data?

        enum CodingKeys: String, CodingKey {
            case server
            case tlsServerName = "tls-server-name"
            case insecureSkipTLSVerify = "insecure-skip-tls-verify"
            case certificateAuthorityData = "certificate-authority-data"
        }
    }

    /// The cluster as a plugin is told of it; nil without what cannot be read any more.
    static func cluster(_ access: ServerAccess) -> String? {
        var cluster = Cluster(server: access.url.description, tlsServerName: access.serverName)
        switch access.trust {
        case .system: break
        case .anybody: cluster.insecureSkipTLSVerify = true
        case .authorities(let material): cluster.certificateAuthorityData = (try? material.read()).map { Data($0) }
        }
        guard let data = try? JSONEncoder().encode(cluster) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
