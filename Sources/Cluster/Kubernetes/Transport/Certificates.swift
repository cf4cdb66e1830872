// PEM → what NIOSSL wants, and a look at it before it is needed, so that a kubeconfig's mistake is told with its line.

import NIOSSL

enum Certificates {
    static func parsed(_ pem: [UInt8]) throws -> [NIOSSLCertificate] {
        let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
        guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
        return certificates
    }

    static func key(_ pem: [UInt8]) throws -> NIOSSLPrivateKey { try NIOSSLPrivateKey(bytes: pem, format: .pem) }

    static func check(_ material: ServerAccess.Material, of place: Located, _ key: String) throws(NameSourceError) {
        try look(material, of: place, key, "no PEM certificate") { _ = try Certificates.parsed($0) }
    }

    static func checkKey(_ material: ServerAccess.Material, of place: Located, _ key: String) throws(NameSourceError) {
        try look(material, of: place, key, "no PEM key without a passphrase") { _ = try Certificates.key($0) }
    }

    private static func look(
        _ material: ServerAccess.Material, of place: Located, _ key: String, _ what: String, _ parse: ([UInt8]) throws -> Void
    ) throws(NameSourceError) {
        let value = place[key + "-data"] ?? place[key] ?? place
        let bytes: [UInt8]
        do throws(SmallFile.Failure) {
            bytes = try material.read()
        } catch {
            throw value.error("\(key) \(error.path): \(error.what)", "name a file that podglass can read")
        }
        do {
            try parse(bytes)
        } catch {
            throw value.error("\(key) holds \(what)", "take it anew from whoever gave you the kubeconfig")
        }
    }
}
