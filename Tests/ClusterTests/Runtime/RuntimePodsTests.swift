// Lists and statuses to pods, without a socket; and the answers of a real runtime.

import Aggregation
import Foundation
import SwiftProtobuf
import Testing

@testable import Cluster

struct RuntimePodsTests {
    /// What the watch does: list, ask about what is new, learn.
    private func pods(_ state: FakeRuntime.State, limit: Int = RuntimeLimits.objects) -> RuntimePods {
        var pods = RuntimePods(host: "node1", limit: limit)
        update(&pods, state)
        return pods
    }

    private func update(_ pods: inout RuntimePods, _ state: FakeRuntime.State) {
        pods.list(state.sandboxes, state.containers)
        for id in pods.sandboxesToAsk { pods.learn(sandbox: id, state.networks[id]) }
        for id in pods.containersToAsk { pods.learn(container: id, state.statuses[id]) }
    }

    @Test("of several sandboxes of a pod the newest that is ready counts, and only its containers and addresses")
    func sandboxes() throws {
        var state = FakeRuntime.State()
        state.add(pod: "web", uid: "u1", sandbox: "s1", address: "10.0.0.1", created: 1, isReady: false)
        state.add(pod: "web", uid: "u1", sandbox: "s3", address: "10.0.0.3", created: 3)
        state.add(pod: "web", uid: "u1", sandbox: "s2", address: "10.0.0.2", created: 2)
        state.add(pod: "web", uid: "u1", sandbox: "s4", address: "10.0.0.4", created: 4, isReady: false)
        let pod = try #require(pods(state).objects.first)
        #expect(pods(state).objects.count == 1)
        #expect(pod.addresses.map(\.description) == ["10.0.0.3"])
        #expect(pod.containers.map(\.id) == ["c-s3"])
        #expect(!pod.hasEnded)
    }

    @Test("a pod whose sandbox is not ready has ended and has no address")
    func ended() throws {
        var state = FakeRuntime.State()
        state.add(pod: "web", uid: "u1", sandbox: "s1")
        var pods = pods(state)
        #expect(pods.objects.first?.addresses.count == 1)
        state.sandboxes[0].state = .sandboxNotready
        update(&pods, state)
        let pod = try #require(pods.objects.first)
        #expect(pod.hasEnded)
        #expect(pod.addresses.isEmpty)
    }

    @Test("both families of addresses; on the host's network none of its own")
    func addresses() throws {
        var state = FakeRuntime.State()
        state.add(pod: "web", uid: "u1", sandbox: "s1")
        state.networks["s1"]?.network.additionalIps = [.with { $0.ip = "fd00::2" }, .with { $0.ip = "nonsense" }]
        state.add(pod: "agent", uid: "u2", sandbox: "s2", address: "10.9.9.9")
        state.networks["s2"]?.linux.namespaces.options.network = .node
        let objects = pods(state).objects
        #expect(objects.first { $0.id == "u1" }?.addresses.map(\.description) == ["10.0.0.1", "fd00::2"])
        #expect(objects.first { $0.id == "u2" }?.addresses.isEmpty == true)
    }

    @Test("a sandbox that is listed before it has an address is asked again, but not for ever")
    func lateAddress() {
        var state = FakeRuntime.State()
        state.add(pod: "web", uid: "u1", sandbox: "s1", address: nil)
        var pods = pods(state)
        #expect(pods.sandboxesToAsk == ["s1"])
        for _ in 1..<RuntimeLimits.addressTries { update(&pods, state) }
        #expect(pods.sandboxesToAsk.isEmpty)
        state.remove(sandbox: "s1")
        state.add(pod: "web", uid: "u1", sandbox: "s2", address: "10.0.0.2")
        update(&pods, state)
        #expect(pods.objects.first?.addresses.count == 1)
        #expect(pods.sandboxesToAsk.isEmpty)
    }

    @Test("the last attempt of a container counts: its restarts, its reason, the image as it was asked for")
    func restarts() throws {
        var state = FakeRuntime.State()
        state.add(pod: "web", uid: "u1", sandbox: "s1")
        state.add(container: "main", id: "c2", to: "s1", attempt: 2, state: .containerExited, created: 3, reason: "OOMKilled")
        state.add(container: "main", id: "c1", to: "s1", attempt: 1, state: .containerExited, created: 2, reason: "Error")
        state.add(container: "proxy", id: "c3", to: "s1")
        let containers = try #require(pods(state).objects.first?.containers)
        #expect(containers.map(\.name) == ["main", "proxy"])
        #expect(containers[0] == .init(id: "c2", name: "main", image: "shop/web:1", restarts: 2, reason: "OOMKilled"))
        #expect(containers[1].reason == nil)
    }

    @Test("a container is asked about when it changes its state, not in between")
    func statusCalls() {
        var state = FakeRuntime.State()
        state.add(pod: "web", uid: "u1", sandbox: "s1")
        var pods = pods(state)
        pods.list(state.sandboxes, state.containers)
        #expect(pods.containersToAsk.isEmpty)
        state.containers[0].state = .containerExited
        state.statuses["c-s1"]?.state = .containerExited
        pods.list(state.sandboxes, state.containers)
        #expect(pods.objects[0].containers[0].reason == "Exited")
        #expect(pods.containersToAsk == ["c-s1"])
        pods.learn(container: "c-s1", state.statuses["c-s1"])
        #expect(pods.objects[0].containers[0].reason == "Completed")
        // The runtime does not know it any more: not asked again and again.
        state.containers[0].state = .containerUnknown
        pods.list(state.sandboxes, state.containers)
        pods.learn(container: "c-s1", nil)
        #expect(pods.containersToAsk.isEmpty)
    }

    @Test("labels are the user's, and whatever is too long is cut or left out")
    func bounds() throws {
        var state = FakeRuntime.State()
        let long = String(repeating: "ü", count: 400)
        state.add(pod: long, uid: "u1", sandbox: "s1", labels: ["app": "web", "long": long])
        state.add(pod: "odd", uid: String(repeating: "u", count: 200), sandbox: "s2")
        state.add(pod: "odd", uid: "", sandbox: "s3")
        for index in 0..<100 { state.sandboxes[0].labels["l\(index)"] = "" }
        for index in 0..<100 { state.add(container: "x\(index)", id: "x\(index)", to: "s1") }
        let objects = pods(state).objects
        #expect(objects.count == 1)
        #expect(objects[0].name.utf8.count <= RuntimeLimits.nameBytes)
        #expect(objects[0].name.allSatisfy { $0 == "ü" })
        #expect(objects[0].labels.pairs.count == RuntimeLimits.labels)
        #expect(objects[0].labels.pairs.allSatisfy { !$0.hasPrefix("io.kubernetes.") && $0.utf8.count <= RuntimeLimits.labelBytes })
        #expect(objects[0].containers.count == RuntimeLimits.containersOfPod)
    }

    @Test("beyond the limit the ended and the oldest are left out, and counted")
    func limit() {
        var state = FakeRuntime.State()
        for index in 0..<10 {
            state.add(pod: "web-\(index)", uid: "u\(index)", sandbox: "s\(index)", created: Int64(index), isReady: index != 9)
        }
        let pods = pods(state, limit: 4)
        #expect(pods.objects.map(\.name) == ["web-8", "web-7", "web-6", "web-5"])
        #expect(pods.leftOut == 6)
    }

    @Test("events are listened to only where they are told to everybody")
    func events() {
        let runtimes = [
            ("containerd", "1.6.20~ds1", false), ("containerd", "v1.7.13", false), ("containerd", "v2.0.1", true),
            ("containerd", "2.1.3", true), ("containerd", "10.0", true), ("containerd", "", false), ("containerd", "unknown", false),
            ("cri-o", "1.30.0", true), ("docker", "26.1.0", false),
        ]
        for (name, version, tells) in runtimes {
            let answer = Runtime_V1_VersionResponse.with {
                $0.runtimeName = name
                $0.runtimeVersion = version
            }
            #expect(answer.tellsEverybody == tells, "\(name) \(version)")
        }
    }
}

/// What containerd 1.6 said on a real node.
@Suite(.enabled(if: Recorded.directory != nil, "the recordings are not beside the project: set PODGLASS_SHARED"))
struct RecordedRuntimeTests {
    @Test("a real node's pods: names, owners, addresses, containers")
    func recorded() throws {
        let sandboxes: Runtime_V1_ListPodSandboxResponse = try Recorded.message("cri-ListPodSandbox.json")
        let containers: Runtime_V1_ListContainersResponse = try Recorded.message("cri-ListContainers.json")
        var pods = RuntimePods(host: "node1")
        pods.list(sandboxes.items, containers.containers)
        for name in ["multi", "agent"] {
            let status: Runtime_V1_PodSandboxStatusResponse = try Recorded.message("cri-PodSandboxStatus-verbose-\(name).json")
            pods.learn(sandbox: status.status.id, status.status)
        }
        let web: Runtime_V1_ContainerStatusResponse = try Recorded.message("cri-ContainerStatus-verbose-multi-web.json")
        pods.learn(container: web.status.id, web.status)

        let all = pods.objects
        let multi = try #require(all.first { $0.name == "multi" })
        #expect(multi.addresses.map(\.description) == ["10.244.0.2", "fd00:10:244::2"])
        #expect(multi.labels.pairs == ["app=multi"])
        #expect(multi.controller == nil)
        #expect(multi.containers.first { $0.name == "web" }?.image == "local.test/web:1")
        let agent = try #require(all.first { $0.name == "agent-tmvrd" })
        #expect(agent.addresses.isEmpty)
        #expect(agent.controller == Controller(kind: "DaemonSet", name: "agent", isEstimated: true))
        let fails = try #require(all.first { $0.name == "fails-x655r" })
        #expect(fails.hasEnded)
        #expect(fails.controller?.kind == "Job")
        let api = try #require(all.first { $0.name == "api-fcdbdd66b-bxmbm" })
        #expect(api.controller == Controller(kind: "Deployment", name: "api", isEstimated: true))
        let fixed = try #require(all.first { $0.name == "static-web-node1" })
        #expect(fixed.controller == Controller(kind: "Node", name: "node1", isEstimated: true))
        #expect(fixed.id.utf8.count == 32)
        #expect(all.first { $0.name == "db-0" }?.controller?.name == "db")
        let version: Runtime_V1_VersionResponse = try Recorded.message("cri-Version.json")
        #expect(!version.tellsEverybody)
    }
}

enum Recorded {
    /// Recordings of real answers: beside the project, or where PODGLASS_SHARED says.
    static let directory: String? = {
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let beside = project.deletingLastPathComponent().appendingPathComponent("shared").path
        let named = ProcessInfo.processInfo.environment["PODGLASS_SHARED"]
        return [named, beside].compactMap { $0 }.map { $0 + "/kube" }.first { FileManager.default.fileExists(atPath: $0) }
    }()

    static func message<Answer: Message>(_ file: String) throws -> Answer {
        let directory = try #require(directory)
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try Answer(jsonUTF8Data: Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(file)")), options: options)
    }
}
