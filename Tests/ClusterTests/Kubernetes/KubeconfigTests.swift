// Kubeconfigs: real ones, every kind of user, and mistakes with their lines.

import Foundation
import Testing

@testable import Cluster

struct KubeconfigTests {
    /// A folder that is gone after the test.
    final class Folder {
        let path = NSTemporaryDirectory() + "podglass-kubeconfig-" + UUID().uuidString

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ text: String) throws -> String {
            try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
            return path + "/" + name
        }
    }

    private func config(cluster: String = "server: https://10.0.0.1:6443", user: String = "token: t") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        contexts:
        - name: here
          context: {cluster: c, user: u}
        clusters:
        - name: c
          cluster:
            \(cluster)
        users:
        - name: u
          user:
            \(user)
        """
    }

    private func access(_ text: String) throws -> ServerAccess {
        let folder = try Folder()
        return try Kubeconfig(paths: [try folder.write("config", text)]).access()
    }

    /// What is said, without the folder.
    private func sentence(_ text: String) throws -> String {
        let folder = try Folder()
        let path = try folder.write("config", text)
        do throws(NameSourceError) {
            _ = try Kubeconfig(paths: [path]).access()
            return ""
        } catch {
            return error.sentence.replacingOccurrences(of: folder.path + "/", with: "")
        }
    }

    @Test("the recorded kubeconfig with a token", .enabled(if: Recordings.areThere)) func recordedToken() throws {
        let access = try Kubeconfig(paths: [Recordings.path("kubeconfig-token.yaml")]).access()
        #expect(access.url.description == "https://127.0.0.1:6443")
        #expect(access.identity == .token("FAKE.TOKEN.NOT-A-SECRET"))
        guard case .authorities(.bytes) = access.trust else {
            Issue.record("no inline authority: \(access.trust)")
            return
        }
    }

    @Test("the recorded kubeconfig with a certificate: its key is none, which is said with its line", .enabled(if: Recordings.areThere))
    func recordedCertificate() throws {
        let path = Recordings.path("kubeconfig-client-cert.yaml")
        let error = #expect(throws: NameSourceError.self) { try Kubeconfig(paths: [path]).access() }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").firstIndex { $0.contains("client-key-data") }) + 1
        #expect(error?.sentence.contains("kubeconfig-client-cert.yaml:\(line): client-key holds no PEM key") == true)
    }

    @Test("tokens, passwords, plugins, the server's name, and whom to believe")
    func users() throws {
        #expect(try access(config()).identity == .token("t"))
        #expect(try access(config(user: "{token: t, tokenFile: /run/token}")).identity == .tokenFile("/run/token"))
        #expect(try access(config(user: "{username: me, password: \"p: w\"}")).identity == .password(user: "me", password: "p: w"))
        #expect(try access(config(user: "{}")).identity == .nobody)
        let elsewhere = try access(
            config(cluster: "{server: 'https://[fd00::1]/k8s/c/', tls-server-name: kube.test, insecure-skip-tls-verify: true}"))
        #expect(elsewhere.url == ServerURL(isEncrypted: true, host: "fd00::1", port: 443, prefix: "/k8s/c"))
        #expect(elsewhere.serverName == "kube.test")
        #expect(elsewhere.trust == .anybody)
        let exec = try access(
            config(
                user: """
                    exec:
                          apiVersion: client.authentication.k8s.io/v1
                          command: ./login
                          args: [--for, "10"]
                          env:
                          - {name: REALM, value: shop}
                          interactiveMode: IfAvailable
                          provideClusterInfo: true
                    """))
        guard case .plugin(let plugin) = exec.identity else {
            Issue.record("no plugin: \(exec.identity)")
            return
        }
        #expect(plugin.command.hasSuffix("/./login"))
        #expect(plugin.arguments == ["--for", "10"])
        #expect(plugin.environment == ["REALM": "shop"])
        #expect(plugin.cluster?.contains("10.0.0.1") == true)
    }

    @Test("paths are relative to the kubeconfig; inline data goes before files", .enabled(if: TestAuthority.shared != nil))
    func paths() throws {
        let authority = try #require(TestAuthority.shared)
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: authority.authority, toPath: folder.path + "/ca.crt")
        let path = try folder.write("config", config(cluster: "{server: 'https://a', certificate-authority: ca.crt}"))
        #expect(try Kubeconfig(paths: [path]).access().trust == .authorities(.file(folder.path + "/ca.crt")))
        let pem = try Data(contentsOf: URL(fileURLWithPath: authority.authority))
        let inline = "{server: 'https://a', certificate-authority: nowhere, certificate-authority-data: \(pem.base64EncodedString())}"
        #expect(try access(config(cluster: inline)).trust == .authorities(.bytes([UInt8](pem))))
    }

    @Test("of several files the first that names a thing counts; missing ones are passed over")
    func several() throws {
        let folder = try Folder()
        let first = try folder.write("first", "current-context: here\nusers:\n- {name: u, user: {token: first}}\n")
        let second = try folder.write("second", config(user: "token: second"))
        let access = try Kubeconfig(paths: [folder.path + "/none", first, second]).access()
        #expect(access.identity == .token("first"))
        #expect(access.url.host == "10.0.0.1")
    }

    @Test(
        "mistakes are told with file, line and remedy",
        arguments: [
            ("current-context: x\n\tusers: []\n", "config:2: no kubeconfig: "),
            ("[]", "config:1: no kubeconfig: it is no mapping of keys to values; "),
            ("", "config:1: it has no current-context; choose one with kubectl config use-context NAME"),
            ("current-context: gone\ncontexts: []\n", "config:1: contexts has no entry named gone; there are none: "),
            ("current-context: a\ncontexts:\n- {name: b, context: {}}\n", "config:1: contexts has no entry named a; there are b: "),
            ("current-context: a\ncontexts:\n- name: a\n", "config:3: the entry a has no context; "),
            ("current-context: a\ncontexts:\n- {name: a, context: {}}\n", "config:3: the context a names no cluster; "),
            ("current-context: a\ncontexts:\n- {name: a, context: {cluster: c}}\n", "config:3: clusters has no entry named c; "),
            ("current-context: [a]\n", "config:1: current-context is no text; "),
            ("current-context: a\ncontexts: {}\n", "config:2: contexts is no list; "),
        ])
    func mistakes(text: String, beginning: String) throws {
        let said = try sentence(text)
        #expect(said.hasPrefix(beginning), "\(said)")
    }

    @Test(
        "a cluster's mistakes",
        arguments: [
            ("server:", "config:10: the cluster c has no server; "),
            ("server: ftp://x", "config:10: server is no URL of a server; "),
            ("server: https://user:password@host", "config:10: server is no URL of a server; "),
            ("{server: 'https://a', proxy-url: 'http://p'}", "config:10: proxies are not supported; "),
            ("{server: 'https://a', certificate-authority: /none}", "config:10: certificate-authority /none: No such file"),
            ("{server: 'https://a', certificate-authority-data: '!'}", "config:10: certificate-authority-data is no base64; "),
            ("{server: 'https://a', certificate-authority-data: aGk=}", "config:10: certificate-authority holds no PEM certificate; "),
            ("{server: 'https://a', insecure-skip-tls-verify: maybe}", "config:10: insecure-skip-tls-verify is neither true nor false; "),
            ("{server: 'https://a', insecure-skip-tls-verify: true, certificate-authority: x}", "config:10: it gives an authority and "),
        ])
    func clusterMistakes(cluster: String, beginning: String) throws {
        let said = try sentence(config(cluster: cluster))
        #expect(said.hasPrefix(beginning), "\(said)")
    }

    @Test(
        "a user's mistakes",
        arguments: [
            ("as: root", "config:14: acting as another user (as) is not supported; "),
            ("auth-provider: {name: gcp}", "config:14: auth-provider is not supported, "),
            ("client-key: /x", "config:14: the user u has a client-key without its certificate; "),
            ("client-certificate: /x", "config:14: the user u has a client-certificate without its key; "),
            ("exec: {apiVersion: client.authentication.k8s.io/v1}", "config:14: exec names no command; "),
            (
                "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
                "config:14: exec asks for a version that is not known; "
            ),
            (
                "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
                "config:14: the plugin x wants to ask questions, "
            ),
            (
                "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, env: [{value: 1}]}",
                "config:14: a variable of env has no name; "
            ),
        ])
    func userMistakes(user: String, beginning: String) throws {
        let said = try sentence(config(user: user))
        #expect(said.hasPrefix(beginning), "\(said)")
    }

    @Test("where nothing is named: $KUBECONFIG, then the home directory; in-cluster needs its environment and its files")
    func options() throws {
        let folder = try Folder()
        let path = try folder.write("config", config())
        func place(_ option: String, _ environment: [String: String], _ account: ServiceAccount = .standard) -> String {
            do throws(NameSourceError) {
                let source = try NameSources.server(option, environment: environment, account: account)
                return (source as? APIServerSource)?.place ?? ""
            } catch {
                return error.sentence
            }
        }
        #expect(place("", ["KUBECONFIG": "/none:\(path)"]) == "https://10.0.0.1:6443")
        let many = Array(repeating: path, count: Kubeconfig.fileLimit + 1).joined(separator: ":")
        #expect(place("", ["KUBECONFIG": many]).hasPrefix("KUBECONFIG names 65 files, and no more than 64 are read; "))
        #expect(place("", ["HOME": "/none"]).hasPrefix("/none/.kube/config: no such file; name a kubeconfig"))
        #expect(place("", [:]).hasPrefix("no kubeconfig is named; "))
        #expect(place("/none", [:]).hasPrefix("/none: no such file; "))
        #expect(place(folder.path, [:]).hasPrefix("\(folder.path): Is a directory; "))
        #expect(place("in-cluster", [:]).contains("KUBERNETES_SERVICE_HOST"))
        let cluster = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let account = ServiceAccount(directory: folder.path)
        #expect(place("in-cluster", cluster, account).contains("/token: no such file"))
        _ = try folder.write("token", "t")
        _ = try folder.write("ca.crt", "c")
        #expect(place("in-cluster", cluster, account) == "https://[fd00::1]:443")
        #expect(
            place("in-cluster", ["KUBERNETES_SERVICE_HOST": "a b", "KUBERNETES_SERVICE_PORT": "443"], account).contains(
                "no place of a server"))
    }

    @Test("the kubelet's URL, its port where none is given, and nonsense")
    func kubelets() throws {
        func place(_ url: String?) -> String? {
            ((try? NameSources.kubelet(url, account: ServiceAccount(directory: "/none"))) as? KubeletSource)?.place
        }
        #expect(place(nil) == "https://127.0.0.1:10250")
        #expect(place("") == "https://127.0.0.1:10250")
        #expect(place("http://127.0.0.1") == "http://127.0.0.1:10255")
        #expect(place("node1") == "https://node1:10250")
        #expect(place("ftp://node1") == nil)
        #expect(place("https://") == nil)
        #expect(place("https://node1:x") == nil)
        #expect(place("https://node1:0") == nil)
        let remote = try #require(try NameSources.kubelet("https://10.0.0.1") as? KubeletSource)
        #expect(remote.access.trust != .anybody)
        let plain = try #require(try NameSources.kubelet("http://10.0.0.1") as? KubeletSource)
        #expect(plain.access.identity == .nobody)
    }
}
