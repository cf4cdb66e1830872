// A real API server's lists and watches, and a real kubelet's pods, as names.

import Aggregation
import Foundation
import LabSupport
import Synchronization
import Testing

@testable import Cluster

@Suite(.enabled(if: Recordings.areThere)) struct RecordedObjectsTests {
    static let pace = WatchPace(
        shortest: .milliseconds(20), longest: .milliseconds(200), steady: .seconds(5), listLimit: .seconds(5).patient, watchSeconds: 5...5)

    /// Lists from the recordings; pods in pages where the request wants them; watches replay `watch`, once, and then hang.
    private func server(pods: [String] = ["list-pods-all"], watch: String? = nil) async throws -> FakeServer {
        let replayed = Replayed()
        return try await FakeServer.start { request, answer in
            if request.isWatch {
                if request.path == FakeWorld.pods, let watch, replayed.first() { return await answer.replay(watch) }
                await answer.head(200)
                return await answer.hang()
            }
            switch request.path {
            case FakeWorld.pods:
                let page = Self.tokens.firstIndex(of: request.query["continue"] ?? "").map { $0 + 1 } ?? 0
                await answer.replay(pods[min(page, pods.count - 1)])
            case FakeWorld.services: await answer.replay("list-services")
            case FakeWorld.nodes: await answer.replay("list-nodes")
            case FakeWorld.slices: await answer.replay("list-endpointslices")
            case "/apis/apps/v1/replicasets": await answer.replay("list-replicasets-partialmetadata")
            default: await answer.replay("list-jobs")
            }
        }
    }

    final class Replayed: Sendable {
        private let isFirst = Mutex(true)
        func first() -> Bool {
            isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
        }
    }

    /// The continue tokens of the recorded pages.
    static let tokens: [String] = (1...3).compactMap { page in
        guard let body = try? Recordings.read("list-pods-limit3-page\(page)").body,
            let start = body.firstRange(of: #""continue":""#)?.upperBound
        else { return nil }
        return String(body[start...].prefix { $0 != "\"" })
    }

    private func source(_ server: FakeServer) -> APIServerSource {
        APIServerSource(
            access: ServerAccess(url: ServerURL(isEncrypted: false, host: "127.0.0.1", port: server.port)), environment: [:],
            pace: Self.pace)
    }

    private func isWhole(_ table: Table) -> Bool { table.sources["API server"]?.state == .works }

    @Test("everything of the lists: pods, their makers' makers, containers, Services, machines, nodes")
    func lists() async throws {
        let server = try await server()
        let table = await run(source(server), until: isWhole)
        #expect(table.count(.pod) == 11)
        #expect(table.count(.service) == 8)
        #expect(table.count(.node) == 1)
        #expect(Set(table.objects.values.filter { $0.kind == .endpoint }.map(\.name)) == ["kubernetes", "manual"])
        #expect(table.sources["API server"]?.gave == "11 pods, 8 services, 8 endpointslices, 1 node")

        let api = try #require(table[.pod, "api-fcdbdd66b-bxmbm"])
        #expect(api.id == "d45ffcfb-65dd-49c6-aea0-8d877ff8b344")
        #expect(api.controller == Controller(kind: "Deployment", name: "api"))
        #expect(api.addresses.map(\.description) == ["10.244.0.3", "fd00:10:244::3"])
        #expect(api.node == "node1")
        #expect(api.namespace == "shop")
        #expect(table[.pod, "tick-29920977-s7dks"]?.controller == Controller(kind: "CronJob", name: "tick"))
        #expect(table[.pod, "fails-x655r"]?.controller == Controller(kind: "Job", name: "fails"))
        #expect(table[.pod, "db-0"]?.controller == Controller(kind: "StatefulSet", name: "db"))
        #expect(table[.pod, "agent-tmvrd"]?.controller == Controller(kind: "DaemonSet", name: "agent"))
        #expect(table[.pod, "multi"]?.controller == nil)

        // Ended, on the host's network, not yet anywhere: no address.
        for name in ["fails-x655r", "tick-29920977-s7dks", "agent-tmvrd", "static-web-node1", "unschedulable"] {
            #expect(table[.pod, name]?.addresses == [], "\(name)")
        }
        #expect(table[.pod, "fails-x655r"]?.hasEnded == true)
        #expect(table[.pod, "agent-tmvrd"]?.hasEnded == false)
        // A static pod is known by its cgroup's name.
        #expect(table[.pod, "static-web-node1"]?.id == "ff289e066a0f3c368e4f1dfcf7c61f56")
        #expect(table[.pod, "static-web-node1"]?.controller == Controller(kind: "Node", name: "node1"))

        let multi = try #require(table[.pod, "multi"]?.containers)
        #expect(Set(multi.map(\.role)) == [.main, .initial, .sidecar])
        #expect(multi.allSatisfy { $0.id.count == 64 })
        #expect(table[.pod, "crash-748c96bb9d-8zstw"]?.containers.first?.reason == "Error")
        #expect(table[.pod, "crash-748c96bb9d-8zstw"]?.containers.first?.restarts ?? 0 > 0)
        #expect(table[.pod, "noimage"]?.containers.first?.id == "")

        #expect(table[.service, "api"]?.addresses.map(\.description) == ["10.96.185.8", "fd00:10:96::ffd"])
        #expect(table[.service, "db"]?.addresses == [])
        #expect(table[.service, "ext"]?.addresses == [])
        #expect(table[.endpoint, "manual"]?.addresses.map(\.description) == ["192.0.2.10"])
        #expect(table[.node, "node1"]?.addresses.map(\.description) == ["10.0.0.11", "fd00:10::11"])
        await server.stop()
    }

    @Test("a list in pages is the list in one")
    func pages() async throws {
        let (whole, paged) = (try await server(), try await server(pods: (1...4).map { "list-pods-limit3-page\($0)" }))
        let (one, other) = (await run(source(whole), until: isWhole), await run(source(paged), until: isWhole))
        #expect(one.objects == other.objects)
        #expect(paged.requests.count { $0.query["continue"] != nil } == 3)
        await whole.stop()
        await paged.stop()
    }

    @Test("the recorded watch: a pod's whole life, and an address that another pod has next")
    func watch() async throws {
        let server = try await server(watch: "watch-pods-bookmarks-http1")
        // On it goes from the last event.
        let table = await run(source(server)) { _ in server.requests.contains { $0.isWatch && $0.query["resourceVersion"] == "1063" } }
        #expect(table[.pod, "fleeting"] == nil)
        #expect(table[.pod, "ip-first"] == nil)
        #expect(table[.pod, "ip-second"]?.addresses.first?.description == "10.244.0.15")
        #expect(table[.pod, "ip-of-failed-job"]?.addresses.first?.description == "10.244.0.7")
        #expect(table[.pod, "fails-x655r"]?.addresses == [])
        // Its Job was made after the list of Jobs: what its name tells, marked.
        #expect(table[.pod, "tick-29920979-897vw"]?.controller == Controller(kind: "CronJob", name: "tick", isEstimated: true))
        let holders = Dictionary(grouping: table.objects.values.flatMap { object in object.addresses.map { ($0, object.name) } }, by: \.0)
        #expect(holders.values.allSatisfy { $0.count == 1 || Set($0.map(\.1)).isSubset(of: ["kubernetes", "node1"]) })
        await server.stop()
    }

    @Test("a watch that was cut in the midst of an event goes on from the last whole one")
    func cut() async throws {
        let lines = try Recordings.read("watch-pods-bookmarks-http1").body.split(separator: "\n")
        let isFirst = Replayed()
        let server = try await FakeServer.start { request, answer in
            if !request.isWatch {
                let list = request.path == FakeWorld.pods ? "list-pods-all" : "list-pods-labelselector-empty-result"
                return await answer.replay(list)
            }
            await answer.head(200)
            guard request.path == FakeWorld.pods, isFirst.first() else { return await answer.hang() }
            await answer.write(lines[..<7].joined(separator: "\n") + "\n" + lines[7].prefix(1_000))
            // What is on its way when a connection ends may be lost with it; it would be told again.
            try? await Task.sleep(for: .seconds(1))
            await answer.cut()
        }
        func versions() -> [String] {
            server.requests.filter { $0.isWatch && $0.path == FakeWorld.pods }.compactMap { $0.query["resourceVersion"] }
        }
        let table = await run(source(server)) { _ in versions().count > 1 }
        // The seventh event is of version 830, the eighth of 832.
        #expect(versions() == ["776", "830"])
        #expect(table[.pod, "fleeting"]?.addresses.first?.description == "10.244.0.12")
        #expect(table.sources["API server"]?.reason == nil)
        await server.stop()
    }

    @Test("versions that the server has forgotten, in the form that it says so")
    func gone() async throws {
        let server = try await server(watch: "watch-410-error-event-rv1")
        _ = await run(source(server)) { _ in server.requests.count { $0.path == FakeWorld.pods && !$0.isWatch } >= 2 }
        #expect(server.requests.count { $0.path == FakeWorld.pods && !$0.isWatch } == 2)
        await server.stop()
    }

    @Test("a kubelet's pods are the API server's, but for what it does not know")
    func kubelet() async throws {
        let server = try await FakeServer.start { request, answer in
            await answer.replay(request.path == "/pods" ? "kubelet-10250-pods" : "err-404-unknown-group")
        }
        let source = try NameSources.kubelet("http://127.0.0.1:\(server.port)")
        let table = await run(source) { $0.sources["kubelet"]?.state == .works }
        #expect(table.count(.pod) == 10)
        #expect(table[.pod, "static-web-node1"]?.id == "ff289e066a0f3c368e4f1dfcf7c61f56")
        #expect(table[.pod, "api-fcdbdd66b-bxmbm"]?.controller == Controller(kind: "Deployment", name: "api", isEstimated: true))
        #expect(table[.pod, "db-0"]?.controller == Controller(kind: "StatefulSet", name: "db"))
        #expect(table.sources["kubelet"]?.gave.hasPrefix("10 pods, ") == true)
        #expect(table.sources["kubelet"]?.reason == nil)
        await server.stop()
    }
}
