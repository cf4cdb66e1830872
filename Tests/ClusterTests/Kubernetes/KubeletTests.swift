// A kubelet that refuses, hangs and comes back, as the recordings have it and as tests make it.

import Aggregation
import Foundation
import LabSupport
import Synchronization
import Testing

@testable import Cluster

struct KubeletTests {
    private static let pods =
        #"{"kind":"PodList","metadata":{},"items":[{"metadata":{"uid":"u1","name":"web","namespace":"shop"},"spec":{"containers":[{"name":"c"}]},"#
        + #""status":{"podIP":"10.0.0.9"}}]}"#

    private func source(_ server: FakeServer, token: String? = nil) -> KubeletSource {
        var access = ServerAccess(url: ServerURL(isEncrypted: false, host: "127.0.0.1", port: server.port))
        if let token { access.identity = .optionalTokenFile(token) }
        return KubeletSource(access: access, pause: .milliseconds(50), limit: .milliseconds(300))
    }

    private func said(_ server: FakeServer, token: String? = nil, _ part: String) async -> SourceSample? {
        await run(source(server, token: token)) { $0.sources["kubelet"]?.reason?.contains(part) == true }.sources["kubelet"]
    }

    @Test("no token, a wrong one, a right that lacks: each in a sentence", .enabled(if: Recordings.areThere)) func refused() async throws {
        let answer = Mutex("kubelet-10250-401-no-token")
        let server = try await FakeServer.start { _, reply in await reply.replay(answer.withLock { $0 }) }
        let none = await said(server, token: "/none/token", "wants a token")
        #expect(none?.state == .off)
        #expect(
            none?.reason
                == "the kubelet wants a token, and there is none at /none/token: run in a pod with a service account, or use --kube")
        let folder = try KubeconfigTests.Folder()
        let token = try folder.write("token", "wrong")
        #expect(await said(server, token: token, "401")?.reason?.contains("does not accept the credentials") == true)
        #expect(server.requests.contains { $0.authorization == "Bearer wrong" })
        answer.withLock { $0 = "kubelet-10250-403" }
        #expect(
            await said(server, token: token, "may not")?.reason
                == "may not get pods of the kubelet: bind a ClusterRole with get on nodes/pods or nodes/proxy")
        await server.stop()
    }

    @Test("a kubelet that hangs or stops keeps what it told; what it tells anew counts")
    func hangs() async throws {
        let mode = Mutex("well")
        let server = try await FakeServer.start { _, answer in
            switch mode.withLock({ $0 }) {
            case "well": await answer.reply(200, Self.pods)
            case "empty": await answer.reply(200, #"{"kind":"PodList","items":[]}"#)
            case "half":
                await answer.head(200)
                await answer.write(String(Self.pods.prefix(100)))
                await answer.cut()
            default: await answer.hang()
            }
        }
        var kubelet = source(server)
        kubelet.limit = .milliseconds(300)
        let book = NameBook()
        let task = Task { [kubelet] in await kubelet.run(book) }
        var table = Table()
        func wait(_ isDone: (Table) -> Bool) async {
            let end = ContinuousClock.now + .seconds(10).patient
            while ContinuousClock.now < end {
                table.read(book)
                if isDone(table) { return }
                try? await Task.sleep(for: .milliseconds(10))
            }
            Issue.record("waited in vain: \(table.sources)")
        }
        await wait { $0.sources["kubelet"]?.state == .works }
        #expect(table[.pod, "web"]?.addresses.first?.description == "10.0.0.9")
        for (way, part) in [("hang", "in time"), ("half", "cut the connection")] {
            mode.withLock { $0 = way }
            await wait { $0.sources["kubelet"]?.reason?.contains(part) == true }
            #expect(table.sources["kubelet"]?.state == .degraded)
            #expect(table.sources["kubelet"]?.gave == "1 pod, 1 container")
            #expect(table[.pod, "web"] != nil)
        }
        mode.withLock { $0 = "empty" }
        await wait { $0.sources["kubelet"]?.state == .works && $0[.pod, "web"] == nil }
        task.cancel()
        await task.value
        await server.stop()
    }

    @Test(
        "on the loopback any certificate will do, and the token of the service account is sent", .enabled(if: TestAuthority.shared != nil))
    func loopback() async throws {
        let authority = try #require(TestAuthority.shared)
        let folder = try KubeconfigTests.Folder()
        _ = try folder.write("token", "account\n")
        let server = try await FakeServer.start(authority.elsewhere) { _, answer in await answer.reply(200, Self.pods) }
        let source = try NameSources.kubelet("https://127.0.0.1:\(server.port)", account: ServiceAccount(directory: folder.path))
        let table = await run(source) { $0.sources["kubelet"]?.state == .works }
        #expect(table.count(.pod) == 1)
        #expect(server.requests.first?.authorization == "Bearer account")
        await server.stop()
    }
}
