// podglass where there is no SSH: its image run as `kubectl debug node --profile=sysadmin` runs it, beside one on the host.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite(.enabled(if: ContainerRuntime.missing == nil, Comment(rawValue: ContainerRuntime.missing ?? "everything is here")))
    struct DebugPodTests {
        private static let image = "podglass.test/podglass:1"

        @Test("in a debug pod the console works over a terminal, and its flows are those that the host's podglass counts")
        func debugPod() async throws {
            try await withContainerRuntime { runtime in
                try await runtime.importPodglass(Self.image)
                let server = try await runtime.run(try .webServer("web-0", labels: [:], in: runtime))
                let debugger = try await runtime.run(.debug(node: "node-1", image: Self.image))
                let container = try debugger.container("debugger")

                let inside = Observation(
                    try Program(
                        runtime.execution(of: ["podglass", "top", "flows", "port=80", "-o", "json", "--interval", "500ms"], in: container),
                        directory: runtime.laboratory.directory, label: "podglass-inside"))
                let outside = try await Podglass.observe(["top", "flows", "port=80"], interval: "500ms", in: runtime.laboratory)
                _ = try await inside.next(within: .seconds(40))

                let client = try await runtime.run(.webClient("client-0", labels: [:], of: server, requests: 30))
                _ = try await runtime.said("done", by: client, "main")
                let pods = [server, client]
                let seenOutside = Self.flows(of: pods, try await outside.settled { Self.opened(of: pods, $0) == [30, 30] })
                let seenInside = Self.flows(of: pods, try await inside.settled { Self.opened(of: pods, $0) == [30, 30] })
                #expect(seenOutside.count == 2)
                #expect(seenInside == seenOutside)
                try await outside.finish()

                // Longer than the rest of the test takes.
                _ = try await runtime.run(.webClient("client-1", labels: [:], of: server, requests: 5000))
                let terminal = try Terminal(columns: 100, rows: 30, directory: runtime.laboratory.directory)
                defer { terminal.close() }
                try terminal.command(runtime.execution(of: ["podglass"], in: container, terminal: true).joined(separator: " "))
                try await terminal.shows("the pods", within: .seconds(40)) { lines in
                    lines.contains { $0.contains("web-0") && $0.contains("shop") }
                }
                try terminal.type("2")
                try await terminal.shows("the flows") { $0.contains { $0.contains("client-1") && $0.contains("shop/web-0") } }
                try terminal.type("q")
                try await terminal.shows("the shell") { lines in
                    try !terminal.modes().isAlternateScreen && lines.contains { $0.hasPrefix("$") }
                }
            }
        }

        /// The rows of these pods without what is of the moment: names and totals.
        private static func flows(of pods: [RuntimePod], _ interval: Interval) -> [[String: JSON]] {
            let kept = ["workload", "namespace", "pod", "container", "direction", "side", "peer", "peer_address", "peer_port", "marks"]
            return pods.flatMap { interval.rows($0.identity) }.compactMap { row in
                guard case .object(let members) = row else { return nil }
                return members.filter { kept.contains($0.key) || $0.key.hasSuffix("_total") }
            }
        }

        private static func opened(of pods: [RuntimePod], _ interval: Interval) -> [Int] {
            pods.map { interval.sum("connections_opened_total", of: $0.name) }
        }

        @Test("with the rights and mounts of the DaemonSet alone, every flow has its names") func daemon() async throws {
            try await withContainerRuntime { runtime in
                try await runtime.importPodglass(Self.image)
                var container = ContainerTemplate("podglass", image: Self.image, command: [])
                container.arguments = ["top", "flows", "port=80", "-o", "json", "--interval", "500ms"]
                container.isReadOnly = true
                container.capabilities = try Self.manifest(#/^ +- ([A-Z_]+)$/#)
                container.mounts = try Self.manifest(#/^ +path: (.+)$/#).map { .init(host: $0, container: "/host" + $0, isReadOnly: true) }
                #expect(container.capabilities?.count == 5 && container.mounts.count == 4)
                var template = PodTemplate("podglass-x7k2p", namespace: "podglass", containers: [container])
                template.usesHostPID = true
                template.usesHostNetwork = true
                let daemon = try await runtime.run(template)
                _ = try await runtime.said("an interval", by: daemon, "podglass", within: .seconds(40)) { $0.contains(#""type":"status""#) }
                let server = try await runtime.run(try .webServer("web-0", labels: [:], in: runtime))
                let client = try await runtime.run(.webClient("client-0", labels: [:], of: server))
                for (pod, direction, peer) in [(server, "inbound", "shop/client-0"), (client, "outbound", "shop/web-0")] {
                    _ = try await runtime.said("all of \(pod.name)", by: daemon, "podglass") { line in
                        guard let row = try? JSON(line), pod.identity.allSatisfy({ row[$0.key] == $0.value }) else { return false }
                        return row["direction"] == .string(direction) && row["peer"] == .string(peer)
                            && row["connections_opened_total"] == .int(20)
                    }
                }
            }
        }

        @Test("doctor says in a screen where it is and what works: in a debug pod, on the node, in a privileged pod of its own")
        func doctor() async throws {
            try await withContainerRuntime { runtime in
                try await runtime.importPodglass(Self.image)
                _ = try await runtime.run(try .webServer("web-0", labels: [:], in: runtime))
                let debugger = try await runtime.run(.debug(node: "node-1", image: Self.image))
                let inside = try await runtime.execute(["podglass", "doctor", "-o", "table"], in: try debugger.container("debugger"))
                let outside = try await Podglass.run(
                    ["doctor", "-o", "table", "--host-root", runtime.laboratory.hostRoot], in: runtime.laboratory.directory)
                // As an ephemeral container of one pod (kubectl debug POD): rights, but none of the node's namespaces or files.
                var container = ContainerTemplate("debugger", image: Self.image, command: [])
                container.isPrivileged = true
                container.hasTerminal = true
                container.arguments = ["demo"]
                let pod = try await runtime.run(PodTemplate("alone", containers: [container]))
                let alone = try await runtime.execute(["podglass", "doctor", "-o", "table"], in: try pod.container("debugger"))
                let places = [
                    (inside, "in a container with the node's processes, its files under /host", "works"),
                    (outside, "on the node itself", "works"), (alone, "in a container that has processes of its own", "off"),
                ]
                for (finished, place, runtimeState) in places {
                    let lines = finished.output.split(separator: "\n", omittingEmptySubsequences: false)
                    #expect(finished.errors.isEmpty, "\(finished.errors)")
                    #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(finished.output)")
                    // A sentence goes on in the next line.
                    let sentences = finished.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    #expect(sentences.contains(place), "\(finished.output)")
                    #expect(lines.contains { $0.hasPrefix(runtimeState) && $0.contains(" container runtime ") }, "\(finished.output)")
                }
                #expect(inside.ending == .exited(0) && outside.ending == .exited(0))
            }
        }

        /// What the first group of `pattern` finds in the lines of deploy/daemonset.yaml.
        private static func manifest(_ pattern: Regex<(Substring, Substring)>) throws -> [String] {
            let text = try String(contentsOfFile: repository + "/deploy/daemonset.yaml", encoding: .utf8)
            return text.split(separator: "\n").compactMap { line in line.wholeMatch(of: pattern).map { String($0.1) } }
        }

        @Test("the image starts with a read-only root and without any of the host's namespaces, and says what it cannot see")
        func confined() async throws {
            try await withContainerRuntime { runtime in
                try await runtime.importPodglass(Self.image)
                var version = ContainerTemplate("version", image: Self.image, command: [])
                version.arguments = ["--version"]
                version.isReadOnly = true
                var refused = ContainerTemplate("refused", image: Self.image, command: [])
                refused.arguments = ["top", "pods", "-o", "json", "--count", "1"]
                let pod = try await runtime.run(PodTemplate("confined", containers: [version, refused]))
                _ = try await runtime.said("podglass", by: pod, "version") { $0.contains(".") }
                _ = try await runtime.said("the right that is missing", by: pod, "refused") {
                    $0.hasPrefix("podglass: ") && $0.contains("CAP_BPF")
                }
            }
        }
    }
}

private let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

extension ContainerRuntime {
    /// Makes the image of the podglass that is tested, with make-image and deploy/Containerfile.
    func importPodglass(_ name: String) async throws {
        let archive = laboratory.directory + "/podglass.tar"
        let made = try await Program.run(
            [repository + "/scripts/make-image", Podglass.path, archive, name], directory: laboratory.directory, within: .seconds(120))
        guard made.ending == .exited(0) else { throw LabError("make-image: \(made.errors)") }
        try await importImage(archive)
    }
}
