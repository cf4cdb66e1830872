// Several sources, one record a thing.

import Aggregation
import Testing

@testable import Cluster

struct NameBookTests {
    private func pod(_ name: String, _ change: (inout ClusterObject) -> Void = { _ in }) -> ClusterObject {
        var object = ClusterObject(kind: .pod, id: "uid-" + name, namespace: "shop", name: name)
        change(&object)
        return object
    }

    @Test("what did not change is not told again; what is removed by all is gone")
    func changes() {
        let book = NameBook()
        book.put(pod("web"), from: .runtime)
        #expect(book.takeEvents() == [.object(pod("web"))])
        book.put(pod("web"), from: .runtime)
        #expect(book.takeEvents().isEmpty)
        book.put(pod("web"), from: .server)
        book.remove(.pod, id: "uid-web", from: .runtime)
        #expect(book.takeEvents() == [.object(pod("web"))])
        book.remove(.pod, id: "uid-web", from: .server)
        #expect(book.takeEvents() == [.objectGone(.pod, id: "uid-web")])
    }

    @Test("who knows the owner is believed, and the runtime's container is the fresh one")
    func merging() throws {
        let book = NameBook()
        book.put(
            pod("web") {
                $0.labels = Labels(["app": "web"])
                $0.controller = Controller(kind: "Deployment", name: "web", isEstimated: true)
                $0.containers = [.init(id: "new", name: "main", image: "", restarts: 2)]
            }, from: .runtime)
        book.put(
            pod("web") {
                $0.controller = Controller(kind: "StatefulSet", name: "web")
                $0.containers = [.init(id: "old", name: "main", image: "nginx:1", restarts: 1, reason: "CrashLoopBackOff")]
            }, from: .server)
        let event = try #require(book.takeEvents().first)
        guard case .object(let object) = event else {
            Issue.record("no object: \(event)")
            return
        }
        #expect(object.labels["app"] == "web")
        #expect(object.controller == Controller(kind: "StatefulSet", name: "web"))
        #expect(object.containers == [.init(id: "new", name: "main", image: "nginx:1", restarts: 2, reason: "CrashLoopBackOff")])
    }

    @Test("a list replaces what its source knew of its kinds, and nothing else")
    func replacing() {
        let book = NameBook()
        book.put(pod("old"), from: .server)
        book.put(ClusterObject(kind: .node, id: "n", name: "node1"), from: .server)
        book.put(pod("local"), from: .runtime)
        _ = book.takeEvents()
        book.replace([.pod], with: [pod("new")], from: .server)
        let events = book.takeEvents()
        #expect(events.count == 2)
        #expect(events.contains(.objectGone(.pod, id: "uid-old")))
        #expect(events.contains(.object(pod("new"))))
    }

    @Test("beyond the limit nothing is kept, and it is counted")
    func limit() {
        let book = NameBook(limit: 2)
        for name in ["a", "b", "c"] { book.put(pod(name), from: .server) }
        #expect(book.count == 2)
        #expect(book.refused == 1)
        book.put(pod("a") { $0.hasEnded = true }, from: .server)
        #expect(book.refused == 1)
    }

    @Test("beyond the limit of text nothing is kept but what takes less, and it is counted")
    func textLimit() {
        func labelled(_ name: String, _ bytes: Int) -> ClusterObject {
            pod(name) { $0.labels = Labels(["a": String(repeating: "x", count: bytes)]) }
        }
        let book = NameBook(textLimit: 3_000)
        for name in ["a", "b", "c"] { book.put(labelled(name, 1_000), from: .server) }
        #expect(book.count == 2 && book.refused == 1)
        book.put(labelled("a", 10), from: .server)
        book.put(labelled("c", 1_000), from: .server)
        #expect(book.count == 3 && book.refused == 1)
        book.remove(.pod, id: "uid-b", from: .server)
        book.put(labelled("d", 1_000), from: .runtime)
        #expect(book.count == 3 && book.refused == 1)
    }

    @Test("a report comes once, until it changes")
    func reports() {
        let book = NameBook()
        let report = SourceSample(name: "kubelet", place: "https://127.0.0.1:10250", state: .off, reason: "refused")
        book.report(report)
        book.report(report)
        #expect(book.takeEvents() == [.source(report)])
        #expect(book.takeEvents().isEmpty)
    }
}
