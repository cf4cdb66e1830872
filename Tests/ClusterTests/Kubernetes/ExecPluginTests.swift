// Credential plugins: ones that work, hang, fail, and print garbage.

import Foundation
import Glibc
import Testing

@testable import Cluster

struct ExecPluginTests {
    private static let version = ExecCredential.versions[0]

    private func plugin(_ script: String, environment: [String: String] = [:]) -> ExecPlugin {
        ExecPlugin(command: "/bin/sh", arguments: ["-c", script], environment: environment, version: Self.version)
    }

    private func credentials(_ script: String, limit: Duration = .seconds(5), environment: [String: String] = [:]) -> Credentials {
        var access = ServerAccess(url: ServerURL(isEncrypted: true, host: "a", port: 1))
        access.identity = .plugin(plugin(script, environment: environment))
        return Credentials(access, environment: ["PATH": "/usr/bin:/bin"], pluginLimit: limit)
    }

    private func reply(_ status: String) -> String {
        #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":\#(status)}"#
    }

    private func why(_ script: String, limit: Duration = .seconds(5)) async -> String {
        do throws(APIFailure) {
            return try await credentials(script, limit: limit).present().authorization ?? ""
        } catch {
            return error.sentence("API server")
        }
    }

    @Test("what it prints is used until it expires or is refused, and one run serves all")
    func works() async throws {
        let folder = try KubeconfigTests.Folder()
        let count = "echo x >> \(folder.path)/runs; n=$(wc -l < \(folder.path)/runs); "
        let credentials = credentials(count + "sleep 0.1; echo '" + reply(#"{"token":"t'$n'"}"#) + "'")
        let all = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<5 { group.addTask { try await credentials.present().authorization } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all == Array(repeating: "Bearer t1", count: 5))
        let old = try await credentials.present()
        #expect(await credentials.renew(old))
        #expect(try await credentials.present().authorization == "Bearer t2")
        // Who was refused with the old one does not make the new one be fetched again.
        #expect(await credentials.renew(old))
        #expect(try await credentials.present().authorization == "Bearer t2")
    }

    @Test("one that expires is fetched again")
    func expires() async throws {
        let folder = try KubeconfigTests.Folder()
        let count = "echo x >> \(folder.path)/runs; n=$(wc -l < \(folder.path)/runs); "
        let past = credentials(count + "echo '" + reply(#"{"token":"t'$n'","expirationTimestamp":"2020-01-01T00:00:00.5Z"}"#) + "'")
        #expect(try await past.present().authorization == "Bearer t1")
        #expect(try await past.present().authorization == "Bearer t2")
        let future = credentials(count + "echo '" + reply(#"{"token":"t'$n'","expirationTimestamp":"2999-01-01T00:00:00Z"}"#) + "'")
        #expect(try await future.present().authorization == "Bearer t3")
        #expect(try await future.present().authorization == "Bearer t3")
    }

    @Test("it is told what it needs: its variables, ours, and the request; it has no terminal and no files of ours")
    func told() async throws {
        let script =
            #"test "$REALM" = shop && test -n "$PATH" && case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 1;; esac; "#
            + "test ! -t 0 && test ! -e /proc/self/fd/9 && echo '" + reply(#"{"token":"ok"}"#) + "'"
        let descriptor = dup2(1, 9)
        defer { close(descriptor) }
        let credentials = credentials(script, environment: ["REALM": "shop"])
        #expect(try await credentials.present().authorization == "Bearer ok")
    }

    @Test("one that hangs is ended with all it started")
    func hangs() async throws {
        let folder = try KubeconfigTests.Folder()
        let start = ContinuousClock.now
        let said = await why("(sleep 4; echo alive > \(folder.path)/alive) & wait", limit: .milliseconds(300))
        #expect(said == "the plugin /bin/sh did not end within 0 s: run it by hand to see why")
        #expect(start.duration(to: .now) < .seconds(4))
        try await Task.sleep(for: .seconds(5))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/alive"))
    }

    @Test("one that fails, that is not there, that prints garbage or too much")
    func fails() async {
        #expect(await why("echo first >&2; echo 'not logged in' >&2; exit 3") == "the plugin /bin/sh failed with status 3: not logged in")
        #expect(await why("kill -9 $$") == "the plugin /bin/sh failed with status 137")
        #expect(await why("echo hello") == "/bin/sh printed no ExecCredential")
        #expect(await why("echo '{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}'") == "/bin/sh printed no ExecCredential")
        #expect(await why("echo '" + reply("{}") + "'") == "/bin/sh printed neither a token nor a certificate")
        #expect(
            await why("echo '" + reply(#"{"clientCertificateData":"x"}"#) + "'")
                == "/bin/sh printed a certificate without its key, or a key alone")
        #expect(await why("printf %s '" + reply(#"{"token":"a\r\nX-Evil: 1"}"#) + "'").hasSuffix("holds no token"))
        #expect(await why("echo '" + reply(#"{"token":"t","expirationTimestamp":"soon"}"#) + "'").hasSuffix("that is no time"))
        #expect(await why("yes") == "the plugin /bin/sh printed more than 256 KiB")
        #expect(await why("yes >&2", limit: .milliseconds(200)).hasPrefix("the plugin /bin/sh did not end"))
        var access = ServerAccess(url: ServerURL(isEncrypted: true, host: "a", port: 1))
        var absent = plugin("")
        (absent.command, absent.installHint) = ("/none/login", "install it from the shop")
        access.identity = .plugin(absent)
        await #expect(
            throws: APIFailure.credentials("the plugin /none/login cannot be run: No such file or directory: install it from the shop")
        ) {
            try await Credentials(access, environment: [:]).present()
        }
    }
}
