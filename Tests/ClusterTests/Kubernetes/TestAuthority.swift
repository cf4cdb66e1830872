// A certificate authority of the tests' own, and what it signed: a server's certificate for 127.0.0.1 and kube.test, another
// authority that signed nothing, a client's certificate. Made once a run, by openssl.

import Foundation

struct TestAuthority: Sendable {
    struct Identity: Sendable {
        var certificate: String
        var key: String
        /// Whom clients' certificates must be signed by; nil: none is asked for.
        var clientAuthority: String?
    }

    let directory: String

    /// Nil without openssl.
    static let shared: TestAuthority? = try? TestAuthority()

    var authority: String { directory + "/ca.crt" }
    var stranger: String { directory + "/stranger.crt" }
    /// Names 127.0.0.1 and kube.test.
    var server: Identity { Identity(certificate: directory + "/server.crt", key: directory + "/server.key") }
    /// Names elsewhere.test only.
    var elsewhere: Identity { Identity(certificate: directory + "/elsewhere.crt", key: directory + "/elsewhere.key") }
    var client: Identity { Identity(certificate: directory + "/client.crt", key: directory + "/client.key") }

    private init() throws {
        directory = NSTemporaryDirectory() + "podglass-authority-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for name in ["ca", "stranger"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
                "-keyout", "\(name).key", "-out", "\(name).crt")
        }
        let names = ["server": "IP:127.0.0.1,DNS:kube.test", "elsewhere": "DNS:elsewhere.test", "client": "DNS:client.test"]
        for (name, alternatives) in names {
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
                "-keyout", "\(name).key", "-out", "\(name).csr")
            try "subjectAltName=\(alternatives)".write(toFile: "\(directory)/\(name).ext", atomically: true, encoding: .utf8)
            try openssl(
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "\(name).ext", "-out", "\(name).crt")
        }
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
