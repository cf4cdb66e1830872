// The source against runtimes that answer, hang, die, come again, talk nonsense, and change.

import Aggregation
import Foundation
import Testing

@testable import Cluster

@Suite(.serialized) struct RuntimeSourceTests {
    private static let socket = "/run/containerd/containerd.sock"

    /// Runs the source over `root` while `body` runs.
    private func withSource(
        _ root: String, pace: RuntimePace = .test, _ body: (Seen) async throws -> Void
    ) async throws {
        let book = NameBook()
        let source = RuntimeSource(roots: [root], pace: pace, host: "node1")
        let task = Task { await source.run(book) }
        try await body(Seen(book))
        task.cancel()
        // It ends when it is told to, whatever the runtime does.
        await task.value
    }

    @Test("names, addresses, images and owners of what runs; what changes and what goes")
    func changes() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { state in
                state.add(
                    pod: "web-7c6b8f9d5-k2x9z", uid: "u1", sandbox: "s1", labels: ["app": "web", "pod-template-hash": "7c6b8f9d5"])
            }
            try await runtime.serving(at: root + Self.socket) {
                try await withSource(root) { seen in
                    try await eventually("the pod was named") { seen.objects["u1"]?.containers.first?.image == "shop/web:1" }
                    let pod = try #require(seen.objects["u1"])
                    #expect(pod.namespace == "shop")
                    #expect(pod.addresses.map(\.description) == ["10.0.0.1"])
                    #expect(pod.labels.pairs == ["app=web", "pod-template-hash=7c6b8f9d5"])
                    #expect(pod.controller == Controller(kind: "Deployment", name: "web", isEstimated: true))
                    #expect(
                        seen.source
                            == SourceSample(
                                name: "container runtime", place: root + Self.socket, state: .works, gave: "1 pod, 1 container"))

                    // The address goes over to another pod.
                    runtime.change { state in
                        state.sandboxes[0].state = .sandboxNotready
                        state.add(pod: "db-0", uid: "u2", sandbox: "s2", address: "10.0.0.1")
                    }
                    try await eventually("the new pod has the address, the old one has none") {
                        let objects = seen.objects
                        return objects["u2"]?.addresses.count == 1 && objects["u1"]?.addresses.isEmpty == true
                            && objects["u1"]?.hasEnded == true
                    }
                    runtime.change { $0.remove(sandbox: "s1") }
                    try await eventually("the old pod is forgotten") { Array(seen.objects.keys) == ["u2"] }
                }
            }
        }
    }

    @Test("events bring names without waiting for the next list")
    func events() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { state in
                state.version = "v2.1.0"
                state.add(pod: "one", uid: "u1", sandbox: "s1")
            }
            try await runtime.serving(at: root + Self.socket) {
                var pace = RuntimePace.test
                // Only an event can bring the second pod.
                pace.poll = .seconds(600)
                pace.slowestPoll = .seconds(600)
                try await withSource(root, pace: pace) { seen in
                    try await eventually("listening") { runtime.listenerCount == 1 && seen.objects["u1"] != nil }
                    try await Task.sleep(for: .milliseconds(500))
                    let lists = runtime.calls("ListPodSandbox")
                    runtime.change { $0.add(pod: "two", uid: "u2", sandbox: "s2") }
                    try await Task.sleep(for: .milliseconds(200))
                    #expect(runtime.calls("ListPodSandbox") == lists)
                    runtime.notify()
                    try await eventually("the event brought the pod") { seen.objects["u2"] != nil }
                }
            }
        }
    }

    @Test("where the stream of events ends at once, it lists again and again")
    func noEvents() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { state in
                state.name = "cri-o"
                state.endsStream = true
            }
            try await runtime.serving(at: root + "/run/crio/crio.sock") {
                try await withSource(root) { seen in
                    try await eventually("listed") { seen.source?.state == .works && runtime.calls("GetContainerEvents") == 1 }
                    runtime.change { $0.add(pod: "web", uid: "u1", sandbox: "s1") }
                    try await eventually("found without an event") { seen.objects["u1"] != nil }
                    #expect(runtime.calls("GetContainerEvents") == 1)
                }
            }
        }
    }

    @Test("no stream is opened where it would take events from others")
    func stolenEvents() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { $0.version = "1.7.13" }
            try await runtime.serving(at: root + Self.socket) {
                try await withSource(root) { seen in
                    try await eventually("it lists again and again") { runtime.calls("ListPodSandbox") > 3 }
                    #expect(runtime.listenerCount == 0)
                    #expect(seen.source?.gave == "0 pods, 0 containers")
                }
            }
        }
    }

    @Test("a runtime that dies keeps its names, says so, and is asked again when it is back")
    func restart() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { $0.add(pod: "web", uid: "u1", sandbox: "s1") }
            var pace = RuntimePace.test
            pace.missing = .seconds(60)
            try await withSource(root, pace: pace) { seen in
                try await eventually("nothing is there yet") { seen.source?.state == .off }
                #expect(seen.source?.reason?.contains("no socket here") == true)
                try await runtime.serving(at: root + Self.socket) {
                    try await eventually("it is found without a restart of ours") { seen.source?.state == .works }
                }
                try await eventually("it is missed") { seen.source?.state == .degraded }
                #expect(seen.objects["u1"] != nil)
                runtime.change { $0.add(pod: "db", uid: "u2", sandbox: "s2") }
                try await runtime.serving(at: root + Self.socket) {
                    try await eventually("it is back") { seen.source?.state == .works && seen.objects.count == 2 }
                }
            }
            // A socket that stays away takes its names with it.
            try await withSource(root) { seen in
                try await runtime.serving(at: root + Self.socket) {
                    try await eventually("known") { seen.objects.count == 2 }
                }
                try await eventually("forgotten") { seen.objects.isEmpty && seen.source?.state == .off }
            }
        }
    }

    @Test("a call that is not answered ends at its deadline")
    func hangs() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { state in
                state.hangs = true
                state.add(pod: "web", uid: "u1", sandbox: "s1")
            }
            var pace = RuntimePace.test
            pace.deadline = .milliseconds(200)
            try await runtime.serving(at: root + Self.socket) {
                try await withSource(root, pace: pace) { seen in
                    try await eventually("it says that it waits in vain") {
                        seen.source?.reason?.contains("did not answer Version") == true
                    }
                    #expect(seen.source?.state == .off)
                    runtime.change { $0.hangs = false }
                    try await eventually("it answers after all") { seen.objects["u1"] != nil && seen.source?.state == .works }
                }
            }
        }
    }

    @Test(
        "sockets of something else: one sentence each, and it goes on",
        arguments: [[], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [UInt8](repeating: 0xff, count: 100_000)])
    func garbage(_ bytes: [UInt8]) async throws {
        try await withTemporaryRoot { root in
            var pace = RuntimePace.test
            pace.deadline = .milliseconds(200)
            try await withRudeSocket(at: root + Self.socket, saying: bytes) {
                try await withSource(root, pace: pace) { seen in
                    try await eventually("it is told") { seen.source?.place == root + Self.socket && seen.source?.reason != nil }
                    let sample = try #require(seen.source)
                    #expect(sample.state == .off)
                    #expect(sample.gave.isEmpty)
                    #expect(sample.reason?.contains(Self.socket) == true)
                    #expect((sample.reason?.utf8.count ?? 0) < 800)
                }
            }
        }
    }

    @Test("a socket that nobody listens at")
    func refused() async throws {
        try await withTemporaryRoot { root in
            // Closing leaves the file.
            let path = root + Self.socket
            try await withRudeSocket(at: path + ".was", saying: []) {
                try FileManager.default.linkItem(atPath: path + ".was", toPath: path)
            }
            try await withSource(root) { seen in
                try await eventually("it is told") { seen.source?.reason?.contains("cannot be reached") == true }
                #expect(seen.source?.state == .off)
            }
        }
    }

    @Test("a runtime without Kubernetes is told apart")
    func disabled() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { $0.isDisabled = true }
            try await runtime.serving(at: root + Self.socket) {
                try await withSource(root) { seen in
                    try await eventually("it is told") {
                        seen.source?.reason?.contains("does not serve the Container Runtime Interface v1") == true
                    }
                }
            }
        }
    }

    @Test("two runtimes at once: both are asked, and a pod that both list is one")
    func two() async throws {
        try await withTemporaryRoot { root in
            let (old, new) = (FakeRuntime(), FakeRuntime())
            old.change { state in
                state.add(pod: "web", uid: "u1", sandbox: "s1", address: "10.0.0.1", isReady: false)
                state.add(pod: "db", uid: "u2", sandbox: "s2", address: "10.0.0.2")
            }
            new.change { $0.add(pod: "web", uid: "u1", sandbox: "n1", address: "10.0.0.9") }
            try await old.serving(at: root + Self.socket) {
                try await new.serving(at: root + "/run/crio/crio.sock") {
                    try await withSource(root) { seen in
                        try await eventually("both gave theirs") { seen.source?.gave == "2 pods, 2 containers" }
                        #expect(seen.source?.place == "\(root)\(Self.socket), \(root)/run/crio/crio.sock")
                        #expect(seen.objects["u1"]?.addresses.map(\.description) == ["10.0.0.9"])
                        #expect(seen.objects.count == 2)
                    }
                }
            }
        }
    }

    @Test("one socket under two names is one runtime")
    func sameSocket() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            try await runtime.serving(at: root + "/run/crio/crio.sock") {
                try FileManager.default.createDirectory(atPath: root + "/var", withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(atPath: root + "/var/run", withDestinationPath: root + "/run")
                try await withSource(root) { seen in
                    try await eventually("it works") { seen.source?.state == .works }
                    try await Task.sleep(for: .milliseconds(200))
                    #expect(seen.source?.place == root + "/run/crio/crio.sock")
                    #expect(runtime.calls("Version") == 1)
                }
            }
        }
    }

    @Test("a hundred pods at once: all named, asked about once")
    func many() async throws {
        try await withTemporaryRoot { root in
            let runtime = FakeRuntime()
            runtime.change { state in
                for index in 0..<100 {
                    state.add(pod: "web-\(index)", uid: "u\(index)", sandbox: "s\(index)", address: "10.0.1.\(index)")
                    state.add(container: "done", id: "d\(index)", to: "s\(index)", state: .containerExited, reason: "Completed")
                }
            }
            try await runtime.serving(at: root + Self.socket) {
                try await withSource(root) { seen in
                    try await eventually("all are known") { seen.objects.values.count { $0.addresses.count == 1 } == 100 }
                    let lists = runtime.calls("ListContainers")
                    try await eventually("it goes on listing") { runtime.calls("ListContainers") > lists + 2 }
                    #expect(runtime.calls("PodSandboxStatus") == 100)
                    #expect(seen.source?.gave == "100 pods, 100 containers")
                }
            }
        }
    }

    @Test("where sockets are looked for")
    func places() {
        #expect(RuntimeSockets.roots(nil) == ["", "/host", "/proc/1/root"])
        #expect(RuntimeSockets.roots("/") == ["", "/host", "/proc/1/root"])
        #expect(RuntimeSockets.roots("/host/") == ["/host", "", "/proc/1/root"])
        #expect(RuntimeSockets.roots("/node") == ["/node", "", "/host", "/proc/1/root"])
        #expect(RuntimePace().pause(after: .milliseconds(1)) == .milliseconds(500))
        #expect(RuntimePace().pause(after: .milliseconds(100)) == .seconds(2))
        #expect(RuntimePace().pause(after: .seconds(1)) == .seconds(5))
    }
}
