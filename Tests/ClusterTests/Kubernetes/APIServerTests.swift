// An API server that refuses, forgets, hangs, lies and comes back: what is asked, what is known, what is reported.

import Aggregation
import Foundation
import LabSupport
import Synchronization
import Testing

@testable import Cluster

struct APIServerTests {
    static let pace = WatchPace(
        shortest: .milliseconds(10), longest: .milliseconds(100), steady: .milliseconds(200), listLimit: .seconds(10).patient,
        watchSeconds: 1...1, margin: .milliseconds(200), page: 3)

    private func access(_ server: FakeServer, encrypted: Bool = false) -> ServerAccess {
        ServerAccess(url: ServerURL(isEncrypted: encrypted, host: "127.0.0.1", port: server.port))
    }

    private func source(_ access: ServerAccess, pace: WatchPace = pace) -> APIServerSource {
        APIServerSource(access: access, environment: [:], pace: pace)
    }

    /// A world of some pods and Services.
    private func world() async -> FakeWorld {
        var world = FakeWorld(FakeCluster(), seed: 5)
        for _ in 0..<3 { await world.addOwner() }
        for _ in 0..<10 { await world.addPod() }
        for _ in 0..<4 { await world.addService() }
        return world
    }

    private func reason(_ table: Table) -> String { table.sources["API server"]?.reason ?? "" }

    @Test("one resource is refused: the others go on, and the right that lacks is named")
    func forbidden() async throws {
        let world = await world()
        let server = try await FakeServer.start { request, answer in
            switch (request.path, request.isWatch) {
            case ("/api/v1/nodes", false), (FakeWorld.pods, true):
                await answer.reply(403, #"{"kind":"Status","code":403,"message":"\u001b[31mno"}"#)
            default: await world.cluster.serve(request, answer)
            }
        }
        let table = await run(source(access(server))) { table in
            FakeWorld.known(table) == world.expected && reason(table).contains("nodes") && reason(table).contains("watch pods")
        }
        #expect(table.sources["API server"]?.state == .degraded)
        #expect(
            reason(table) == "may not watch pods in all namespaces, list nodes: bind a ClusterRole with list, watch on pods, nodes")
        #expect(FakeWorld.known(table) == world.expected)
        await server.stop()
    }

    @Test("right after its start a server refuses all, then knows the rights: it heals by itself")
    func healing() async throws {
        let world = await world()
        let count = Mutex(0)
        let server = try await FakeServer.start { request, answer in
            let isEarly = count.withLock { count in
                count += 1
                return count <= 20
            }
            if isEarly { await answer.reply(403, "{}") } else { await world.cluster.serve(request, answer) }
        }
        let table = await run(source(access(server))) { $0.sources["API server"]?.state == .works }
        #expect(FakeWorld.known(table) == world.expected)
        #expect(reason(table) == "")
        await server.stop()
    }

    @Test("a token that expired is read anew, once, and what is refused still is said")
    func rotation() async throws {
        let folder = try KubeconfigTests.Folder()
        let path = try folder.write("token", "old\n")
        let world = await world()
        let server = try await FakeServer.start { request, answer in
            guard request.authorization == "Bearer new" else { return await answer.reply(401, "{}") }
            await world.cluster.serve(request, answer)
        }
        var access = access(server)
        access.identity = .tokenFile(path)
        let early = await run(source(access)) { self.reason($0).hasPrefix("the API server does not accept") }
        #expect(early.sources["API server"]?.state == .off)
        #expect(reason(early) == "the API server does not accept the credentials (401): renew the token, or name another kubeconfig")
        #expect(early.objects.isEmpty)
        _ = try folder.write("token", "new")
        let table = await run(source(access)) { $0.sources["API server"]?.state == .works }
        #expect(FakeWorld.known(table) == world.expected)
        await server.stop()
    }

    @Test("a token that goes stale between two requests costs one more request and no word")
    func renewal() async throws {
        let folder = try KubeconfigTests.Folder()
        let count = "echo x >> \(folder.path)/runs; n=$(wc -l < \(folder.path)/runs); "
        let script = count + #"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'"}}'"#
        let world = await world()
        let server = try await FakeServer.start { request, answer in
            guard request.authorization != "Bearer t1" else { return await answer.reply(401, "{}") }
            await world.cluster.serve(request, answer)
        }
        var access = access(server)
        access.identity = .plugin(
            ExecPlugin(command: "/bin/sh", arguments: ["-c", script], environment: [:], version: ExecCredential.versions[0]))
        let source = APIServerSource(access: access, environment: ["PATH": "/usr/bin:/bin"], pace: Self.pace)
        let table = await run(source) { $0.sources["API server"]?.state == .works }
        #expect(FakeWorld.known(table) == world.expected)
        #expect(try String(contentsOfFile: folder.path + "/runs", encoding: .utf8) == "x\nx\n")
        await server.stop()
    }

    @Test("continue tokens that expire, with a new one or without: the list anew, and in the end in one piece")
    func expiredPages() async throws {
        let world = await world()
        let server = try await FakeServer.start { request, answer in
            if request.query["continue"] != nil { return await answer.reply(410, FakeCluster.status(410, more: #""continue":"other""#)) }
            await world.cluster.serve(request, answer)
        }
        let table = await run(source(access(server))) { $0.sources["API server"]?.state == .works }
        #expect(FakeWorld.known(table) == world.expected)
        #expect(server.requests.contains { $0.path == FakeWorld.pods && !$0.isWatch && $0.query["limit"] == nil })
        #expect(!server.requests.contains { $0.query["continue"] == "other" })
        await server.stop()
    }

    @Test("a watch whose past is gone, by status and by event: listed anew, what went meanwhile is gone", arguments: [true, false])
    func gone(byStatus: Bool) async throws {
        let cluster = FakeCluster()
        var world = FakeWorld(cluster, seed: 5)
        for _ in 0..<8 { await world.addPod() }
        let isOver = Mutex(false)
        let server = try await FakeServer.start { request, answer in
            guard request.isWatch, !isOver.withLock({ $0 }) else { return await cluster.serve(request, answer) }
            guard !byStatus else { return await answer.reply(410, FakeCluster.status(410)) }
            await answer.head(200)
            await answer.write(#"{"type":"ERROR","object":\#(FakeCluster.status(410))}"# + "\n")
            await answer.end()
        }
        let book = NameBook()
        _ = await run(source(access(server)), book) { _ in server.requests.count { $0.isWatch } > 10 }
        for _ in 0..<40 { await world.change() }
        isOver.withLock { $0 = true }
        let table = await run(source(access(server))) { FakeWorld.known($0) == world.expected }
        #expect(FakeWorld.known(table) == world.expected)
        // Not in a storm: lists are as many as watches, and both paused for.
        #expect(server.requests.count { !$0.isWatch } < 200)
        await server.stop()
    }

    @Test("429 with Retry-After: not before its time, and it is said why")
    func busy() async throws {
        let times = Mutex<[ContinuousClock.Instant]>([])
        let server = try await FakeServer.start { request, answer in
            if request.path == FakeWorld.pods { times.withLock { $0.append(.now) } }
            await answer.reply(429, "too many", [("Retry-After", "1"), ("Content-Type", "text/plain")])
        }
        let table = await run(source(access(server))) { _ in times.withLock { $0.count } >= 3 }
        let instants = times.withLock { $0 }
        #expect(instants.count >= 3)
        for (earlier, later) in zip(instants, instants.dropFirst()) { #expect(earlier.duration(to: later) > .milliseconds(900)) }
        #expect(reason(table) == "the API server is too busy or ill (429): trying again")
        await server.stop()
    }

    @Test("a server that says nothing is given up in time, asked again, and said to be silent; nothing listens, too")
    func silence() async throws {
        let server = try await FakeServer.start { _, answer in await answer.hang() }
        var pace = Self.pace
        pace.listLimit = .milliseconds(300)
        let table = await run(source(access(server), pace: pace)) { table in
            self.reason(table).hasPrefix("the API server does not answer in time") && server.requests.count > 12
        }
        #expect(table.sources["API server"]?.state == .off)
        #expect(reason(table) == "the API server does not answer in time: trying again")
        let place = access(server)
        await server.stop()
        let none = await run(source(place)) { self.reason($0).hasPrefix("the API server cannot be reached") }
        #expect(reason(none) == "the API server cannot be reached: nothing listens at 127.0.0.1:\(server.port)")
    }

    @Test("a watch that falls silent and never ends is closed after its time")
    func deadWatch() async throws {
        let world = await world()
        let server = try await FakeServer.start { request, answer in
            guard request.isWatch else { return await world.cluster.serve(request, answer) }
            await answer.head(200)
            await answer.hang()
        }
        let table = await run(source(access(server))) { _ in server.requests.count { $0.isWatch && $0.path == FakeWorld.pods } >= 3 }
        #expect(server.requests.count { $0.isWatch && $0.path == FakeWorld.pods } >= 3)
        #expect(FakeWorld.known(table) == world.expected)
        await server.stop()
    }

    @Test("what is no list is said; what is no object is counted, and the others are known")
    func garbled() async throws {
        let server = try await FakeServer.start { request, answer in
            switch request.path {
            case FakeWorld.pods where !request.isWatch:
                await answer.reply(
                    200,
                    #"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":7},{"metadata":{"uid":"u1","name":"good"}},{"metadata":{}},"#
                        + #"{"metadata":{"uid":"u2","name":"\#(String(repeating: "x", count: LineCutter.limit))"}}]}"#)
            case FakeWorld.services: await answer.reply(200, "<html>welcome</html>")
            default: await answer.reply(200, #"{"metadata":{"resourceVersion":"5"},"items":null}"#)
            }
        }
        let table = await run(source(access(server))) { self.reason($0).contains("JSON") && self.reason($0).contains("too many: 2") }
        #expect(table.objects.values.map(\.name) == ["good"])
        #expect(reason(table).contains("services: the API server answered what cannot be read: a list that is no JSON"))
        #expect(reason(table).contains("objects that are not readable, too long or too many: 2"))
        await server.stop()
    }

    @Test("a redirect is not followed: the token would go elsewhere")
    func redirect() async throws {
        let other = try await FakeServer.start { _, answer in await answer.reply(200, "{}") }
        let server = try await FakeServer.start { request, answer in
            await answer.reply(307, "", [("Location", "http://127.0.0.1:\(other.port)\(request.path)")])
        }
        let table = await run(source(access(server))) { self.reason($0).contains("307") }
        #expect(reason(table).contains("answered with 307"))
        #expect(other.requests.isEmpty)
        await server.stop()
        await other.stop()
    }
}
