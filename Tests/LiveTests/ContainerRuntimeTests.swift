// Pods of a real container runtime, made while podglass looks: who they are is said at once, and never of another.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite(.enabled(if: ContainerRuntime.missing == nil, Comment(rawValue: ContainerRuntime.missing ?? "everything is here")))
    struct ContainerRuntimeTests {
        @Test("a client and a server from nothing: every line names pod and container within a second of the first byte")
        func names() async throws {
            try await withContainerRuntime { runtime in
                // Their lines alone: other workloads of the machine may write many.
                let tables = ["flow": "flows", "request": "requests"]
                var observations: [String: Observation] = [:]
                for (type, table) in tables {
                    observations[type] = try await Podglass.observe(["top", table, "port=80"], interval: "500ms", in: runtime.laboratory)
                }
                let server = try await runtime.run(
                    try .webServer("web-6d9c7f5b8d-x2x4z", labels: ["app": "web", "pod-template-hash": "6d9c7f5b8d"], in: runtime))
                let client = try await runtime.run(.webClient("client-0", labels: ["app": "client"], of: server))
                let asked = try await runtime.said("asks", by: client, "main")
                for (type, observation) in observations {
                    // Two intervals of 500 ms: the second one that ends after the first byte has it at the latest.
                    let interval = try await observation.second(after: asked)
                    for (pod, direction) in [(server, "inbound"), (client, "outbound")] {
                        let rows = interval.rows(pod.identity.merging(["type": .string(type), "direction": .string(direction)]) { $1 })
                        #expect(rows.count == 1, "\(type) of \(pod.name)")
                        expectPlace(of: rows, pod)
                    }
                    // Not once, since the first byte, was one of them called anything else.
                    for row in try observation.intervals().flatMap(\.rows)
                    where [server.address, client.address].contains(row["peer_address"].string) {
                        #expect([server.name, client.name].contains(row["pod"].string), "\(row)")
                    }
                    try await observation.finish()
                }
            }
        }

        @Test("the runtime leaves nothing behind, even when the test fails in the middle") func cleanup() async throws {
            let mount = try #require(Cgroup.mount)
            var left: [String] = []
            await #expect(throws: LabError.self) {
                try await withContainerRuntime { runtime in
                    let pod = try await runtime.run(PodTemplate("brief"))
                    let laboratory = runtime.laboratory
                    left = ["\(mount)/\(laboratory.name)-runtime", "\(mount)/kubepods/burstable/pod\(pod.uid)", laboratory.directory]
                    #expect(left.allSatisfy { FileManager.default.fileExists(atPath: $0) })
                    throw LabError("on purpose")
                }
            }
            #expect(left.count == 3)
            // A cgroup that has a process cannot be removed: none is left either.
            #expect(!left.contains { FileManager.default.fileExists(atPath: $0) })
        }

        /// What the container runtime's socket tells beside the names.
        private func expectPlace(of rows: [JSON], _ pod: RuntimePod) {
            for row in rows {
                for (key, value) in pod.template.labels {
                    #expect(row["labels"].array.contains(.string("\(key)=\(value)")), "\(row)")
                }
                // client-0 might be anybody's; a ReplicaSet's pod names its Deployment.
                let owner: JSON = pod.name.hasPrefix("web-") ? .string("web") : .null
                #expect(row["owner"] == owner, "\(row)")
            }
        }

        @Test("a pod is deleted and another gets its address: each keeps what is its own") func sameAddress() async throws {
            try await withContainerRuntime { runtime in
                let observation = try await Podglass.observe(["top", "flows", "port=80"], interval: "500ms", in: runtime.laboratory)
                func serve(_ name: String, _ client: String, _ count: Int) async throws -> (server: RuntimePod, client: RuntimePod) {
                    let server = try await runtime.run(try .webServer(name, labels: ["app": name], in: runtime))
                    let client = try await runtime.run(.webClient(client, labels: [:], of: server, requests: count))
                    _ = try await runtime.said("done", by: client, "main")
                    return (server, client)
                }
                let old = try await serve("old", "client-of-old", 7)
                try await runtime.delete(old.server)
                let new = try await serve("new", "client-of-new", 4)
                #expect(new.server.address == old.server.address)
                func opened(_ interval: Interval, _ pod: RuntimePod, _ direction: String) -> [JSON] {
                    interval.rows(pod.identity.merging(["direction": .string(direction), "peer_port": .int(80)]) { $1 })
                }
                func total(_ rows: [JSON]) -> Int { rows.reduce(0) { $0 + ($1["connections_opened_total"].int ?? 0) } }
                let interval = try await observation.settled(within: .seconds(6)) { total(opened($0, new.server, "inbound")) == 4 }
                #expect(total(opened(interval, old.server, "inbound")) == 7)
                #expect(total(opened(interval, new.server, "inbound")) == 4)
                #expect(total(opened(interval, old.client, "outbound")) == 7)
                #expect(total(opened(interval, new.client, "outbound")) == 4)
                for (pod, peer) in [(old.server, old.client), (new.server, new.client)] {
                    #expect(opened(interval, pod, "inbound").map { $0["peer"].string } == ["shop/" + peer.name])
                }
                #expect(opened(interval, new.client, "outbound").map { $0["peer"].string } == ["shop/new"])
                #expect(opened(interval, old.client, "outbound").map { $0["peer"].string } == ["shop/old"])
                try await observation.finish()
            }
        }
    }
}

extension PodTemplate {
    /// Serves one page on port 80.
    static func webServer(_ name: String, labels: [String: String], in runtime: ContainerRuntime) throws -> PodTemplate {
        let pages = runtime.laboratory.directory + "/pages"
        try FileManager.default.createDirectory(atPath: pages, withIntermediateDirectories: true)
        try "hello\n".write(toFile: pages + "/index.html", atomically: true, encoding: .utf8)
        var container = ContainerTemplate(command: ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/pages"])
        container.mounts = [.init(host: pages, container: "/pages", isReadOnly: true)]
        return PodTemplate(name, namespace: "shop", labels: labels, containers: [container])
    }

    /// Waits until the server listens, says "asks", asks for its page so often, on a connection each, and says "done".
    static func webClient(_ name: String, labels: [String: String], of server: RuntimePod, requests: Int = 20) -> PodTemplate {
        let script = """
            busybox() { /bin/busybox "$@"; }
            busybox sleep 0.5
            echo asks
            count=0
            while [ $count -lt \(requests) ]; do
                busybox wget -q -O /dev/null http://\(server.address)/index.html || exit 1
                count=$((count + 1))
                busybox usleep 20000
            done
            echo done
            busybox sleep 1000
            """
        let container = ContainerTemplate(command: ["/bin/busybox", "sh", "-c", script])
        return PodTemplate(name, namespace: "shop", labels: labels, containers: [container])
    }
}

extension RuntimePod {
    /// What each of its lines carries.
    var identity: [String: JSON] {
        ["namespace": .string(namespace), "pod": .string(name), "container": .string("main"), "workload": .string(name)]
    }
}

extension Observation {
    /// The second interval that ends after a moment (RFC 3339, UTC).
    func second(after moment: String, within limit: Duration = .seconds(10)) async throws -> Interval {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            // Nanoseconds may be cut at the end of the runtime's: "…21.5Z".
            let later = try intervals().filter { ($0.status["time"].string ?? "").dropLast() > moment.dropLast() }
            if later.count >= 2 { return later[1] }
            _ = try await next()
        }
        throw LabError("there were no two intervals after \(moment)")
    }
}
