// The cluster's half of a kubeconfig: where the server is, and whom to believe that they are it.

import FoundationEssentials

struct KubeconfigCluster: Sendable {
    var place: Located
    var name: String

    init(_ place: Located, name: String) {
        self.place = place
        self.name = name
    }

    func access() throws(NameSourceError) -> ServerAccess {
        guard let server = try place.text("server") else {
            throw place.error("the cluster \(name) has no server", "write it as server: https://HOST:PORT")
        }
        guard let url = ServerURL(server) else {
            // Not quoted: it may have a password in it.
            throw (place["server"] ?? place).error("server is no URL of a server", "write it as https://HOST:PORT, without a user")
        }
        if let proxy = place["proxy-url"] {
            throw proxy.error("proxies are not supported", "use a kubeconfig without proxy-url, for example through kubectl proxy")
        }
        var access = ServerAccess(url: url)
        access.serverName = try place.text("tls-server-name")
        access.trust = try trust()
        return access
    }

    private func trust() throws(NameSourceError) -> ServerAccess.Trust {
        if try place.truth("insecure-skip-tls-verify") {
            guard try material("certificate-authority") == nil else {
                throw place.error("it gives an authority and insecure-skip-tls-verify", "keep one of the two")
            }
            return .anybody
        }
        guard let authority = try material("certificate-authority") else { return .system }
        try Certificates.check(authority, of: place, "certificate-authority")
        return .authorities(authority)
    }

    private func material(_ key: String) throws(NameSourceError) -> ServerAccess.Material? { try place.material(key) }
}

extension Located {
    /// PEM that is here as base64 below KEY-data, which goes before the file that KEY names.
    func material(_ key: String) throws(NameSourceError) -> ServerAccess.Material? {
        if let text = try text(key + "-data"), let value = self[key + "-data"] {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters), !data.isEmpty else {
                throw value.error("\(key)-data is no base64", "write the PEM file as base64 -w0 prints it")
            }
            return .bytes([UInt8](data))
        }
        return try path(key).map { .file($0) }
    }
}
