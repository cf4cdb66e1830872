// TLS: who is believed, by which name, and who we are by certificate.

import Aggregation
import Foundation
import Testing

@testable import Cluster

@Suite(.enabled(if: TestAuthority.shared != nil, "needs openssl")) struct EncryptionTests {
    /// What is reported after a list was answered, or refused.
    private func outcome(_ identity: TestAuthority.Identity, _ change: (inout ServerAccess) -> Void) async throws -> (
        reason: String, hosts: Set<String>
    ) {
        let server = try await FakeServer.start(identity) { request, answer in
            if request.isWatch { return await answer.hang() }
            await answer.reply(200, #"{"metadata":{"resourceVersion":"5"},"items":[]}"#)
        }
        var access = ServerAccess(url: ServerURL(isEncrypted: true, host: "127.0.0.1", port: server.port))
        change(&access)
        let source = APIServerSource(access: access, environment: [:], pace: APIServerTests.pace)
        let table = await run(source) { table in
            guard let sample = table.sources["API server"] else { return false }
            return sample.state != .degraded
        }
        await server.stop()
        return (table.sources["API server"]?.reason ?? "", Set(server.requests.compactMap(\.host)))
    }

    @Test("the right authority, by address; any, where nobody is asked")
    func trusted() async throws {
        let authority = try #require(TestAuthority.shared)
        #expect(try await outcome(authority.server) { $0.trust = .authorities(.file(authority.authority)) }.reason == "")
        #expect(try await outcome(authority.elsewhere) { $0.trust = .anybody }.reason == "")
    }

    @Test("a wrong authority is refused before a token is sent")
    func wrongAuthority() async throws {
        let authority = try #require(TestAuthority.shared)
        for trust: ServerAccess.Trust in [.authorities(.file(authority.stranger)), .system] {
            let (reason, hosts) = try await outcome(authority.server) {
                $0.trust = trust
                $0.identity = .token("secret")
            }
            #expect(
                reason.contains("the API server's certificate is not trusted: no authority that is believed has signed it"), "\(reason)")
            #expect(hosts.isEmpty)
        }
    }

    @Test("a certificate of another name is refused, and tls-server-name names it")
    func names() async throws {
        let authority = try #require(TestAuthority.shared)
        let trust = ServerAccess.Trust.authorities(.file(authority.authority))
        let (reason, hosts) = try await outcome(authority.elsewhere) { $0.trust = trust }
        #expect(reason.contains("certificate is not trusted: it does not name 127.0.0.1; set tls-server-name"), "\(reason)")
        #expect(hosts.isEmpty)
        let named = try await outcome(authority.elsewhere) {
            $0.trust = trust
            $0.serverName = "elsewhere.test"
        }
        #expect(named.reason == "")
        #expect(named.hosts.allSatisfy { $0.hasPrefix("127.0.0.1:") } && !named.hosts.isEmpty)
    }

    @Test("a client certificate is shown where it is asked for; without one the server ends the talk")
    func clients() async throws {
        let authority = try #require(TestAuthority.shared)
        var asking = authority.server
        asking.clientAuthority = authority.authority
        let trust = ServerAccess.Trust.authorities(.file(authority.authority))
        #expect(
            try await outcome(asking) {
                $0.trust = trust
                $0.certificate = .init(chain: .file(authority.client.certificate), key: .file(authority.client.key))
            }.reason == "")
        #expect(try await outcome(asking) { $0.trust = trust }.reason.contains("API server"))
    }

    @Test("an authority's file that went away is said by its path")
    func missing() async throws {
        let authority = try #require(TestAuthority.shared)
        let reason = try await outcome(authority.server) {
            $0.trust = .authorities(.file("/none/ca.crt"))
            $0.identity = .token("secret")
        }.reason
        #expect(reason.contains("/none/ca.crt: No such file or directory"), "\(reason)")
    }
}
