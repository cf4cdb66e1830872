// What pods and Services cost. In a process of its own, because all of it is measured. It starves the other tests while it
// runs, so it is small; PODGLASS_PODS=10000, alone, gives the figure of docs/names.md.

import Aggregation
import Foundation
import Glibc
import Testing

@testable import Cluster

struct ClusterMemoryTests {
    static let pods = ProcessInfo.processInfo.environment["PODGLASS_PODS"].flatMap { Int($0) } ?? 500
    static let services = pods / 5

    /// MiB of the process that are in memory.
    static func resident() -> Double {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return Double(text.split(separator: " ").dropFirst().first ?? "").map { $0 * 4_096 / 1_048_576 } ?? 0
    }

    private static func item(_ path: String, _ number: Int) -> String {
        let digits = String(number, radix: 16)
        let uid = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
        let place = "\(number / 250).\(number % 250 + 1)"
        switch path {
        case FakeWorld.pods:
            let maker = number / 3
            let id = String(repeating: "0", count: 64 - digits.count) + digits
            return """
                {"metadata":{"name":"front-end-\(maker)-5d8cfdbd66-\(digits)","namespace":"namespace-of-team-\(number % 100)","uid":"\(uid)",\
                "resourceVersion":"5","labels":{"app.kubernetes.io/name":"front-end-\(maker)","app.kubernetes.io/part-of":"shop",\
                "app.kubernetes.io/managed-by":"Helm","pod-template-hash":"5d8cfdbd66"},"ownerReferences":[{"apiVersion":"apps/v1",\
                "kind":"ReplicaSet","name":"front-end-\(maker)-5d8cfdbd66","uid":"maker-\(maker)","controller":true}],\(FakeWorld.noise)},\
                "spec":{"nodeName":"node-with-a-long-name-\(number % 200).example","containers":[{"name":"main",\
                "image":"registry.example/shop/front-end-\(maker % 300):1.2.3"}]},"status":{"phase":"Running",\
                "podIPs":[{"ip":"10.\(number / 25_000).\(place)"}],"containerStatuses":[{"name":"main","containerID":"containerd://\(id)",\
                "restartCount":0,"state":{"running":{}}}]}}
                """
        case FakeWorld.services:
            return """
                {"metadata":{"name":"front-end-\(number)","namespace":"namespace-of-team-\(number % 100)","uid":"\(uid)5",\
                "resourceVersion":"5",\(FakeWorld.noise)},"spec":{"clusterIP":"172.16.\(place)","clusterIPs":["172.16.\(place)"]}}
                """
        default:
            return """
                {"metadata":{"name":"front-end-\(number)-5d8cfdbd66","namespace":"namespace-of-team-\(number % 100)","uid":"maker-\(number)",\
                "resourceVersion":"5","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"front-end-\(number)","uid":"x",\
                "controller":true}],\(FakeWorld.noise)}}
                """
        }
    }

    /// Lists made while they are sent, so that the server's share is small.
    static func serve(_ request: FakeServer.Request, _ answer: FakeServer.Answer) async {
        if request.isWatch {
            await answer.head(200)
            return await answer.hang(.seconds(60))
        }
        let total = [FakeWorld.pods: pods, FakeWorld.services: services, "/apis/apps/v1/replicasets": pods][request.path] ?? 0
        let first = Int(request.query["continue"] ?? "") ?? 0
        let end = min(total, first + (Int(request.query["limit"] ?? "") ?? total))
        let next = end < total ? #","continue":"\#(end)""# : ""
        await answer.head(200)
        await answer.write(#"{"metadata":{"resourceVersion":"5"\#(next)},"items":["#)
        for number in first..<end { await answer.write((number > first ? "," : "") + item(request.path, number)) }
        await answer.write("]}")
        await answer.end()
    }

    /// MiB more after everything is known, by the source, the book and the engine; and how many MiB at most meanwhile.
    static func growth() async throws -> (after: Double, peak: Double, objects: Int) {
        let server = try await FakeServer.start { request, answer in await serve(request, answer) }
        let access = ServerAccess(url: ServerURL(isEncrypted: false, host: "127.0.0.1", port: server.port))
        let (book, source) = (NameBook(), APIServerSource(access: access, environment: [:]))
        var engine = Engine()
        let before = resident()
        var peak = before
        let task = Task { await source.run(book) }
        var isWhole = false
        var objects = 0
        let end = ContinuousClock.now + .seconds(240)
        while !isWhole, ContinuousClock.now < end {
            for event in book.takeEvents() {
                if case .source(let sample) = event, sample.state == .works { isWhole = true }
                engine.fold(event)
            }
            objects = book.count
            peak = max(peak, resident())
            try await Task.sleep(for: .milliseconds(100))
        }
        let after = resident()
        task.cancel()
        await task.value
        withExtendedLifetime(engine) {}
        return (after - before, peak - before, objects)
    }

    @Test("pods, Services and as many ReplicaSets as pods: kilobytes each")
    func memory() async throws {
        // Loose: a debug build, and the server and what starts but once are in it.
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let (after, peak, objects) = try await ClusterMemoryTests.growth()
            print("cluster memory: \(objects) objects, \(after) MiB more, \(peak) MiB at most")
            // A sanitizer's shadow memory is not podglass's.
            let isSanitized = ProcessInfo.processInfo.environment["PODGLASS_SANITIZER"] != nil
            let bound = isSanitized ? .infinity : 20 + 0.004 * Double(ClusterMemoryTests.pods)
            exit(objects == ClusterMemoryTests.pods + ClusterMemoryTests.services && after < bound ? 0 : 1)
        }
        print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self))
    }
}
