// podglass in a pipe: how it starts, what each line has, how it ends.

import Foundation
import Glibc
import LabSupport
import Testing

extension Live {
    @Suite struct PipeTests {
        @Test("--count 3 ends after three status lines, with 0") func count() async throws {
            try await withLaboratory { laboratory in
                let finished = try await Podglass.run(
                    ["top", "flows", "-o", "json", "--interval", "1s", "--count", "3"], in: laboratory.directory)
                #expect(finished.ending == .exited(0))
                let lines = try finished.output.split(separator: "\n").map { try JSON($0) }
                #expect(lines.filter { $0["type"] == .string("status") }.count == 3)
                #expect(lines.last?["type"] == .string("status"))
                #expect(finished.errors.isEmpty)
            }
        }

        @Test("every line has what the contract promises") func contract() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web", namespace: "shop")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let program = try Program(
                    [Podglass.path, "--host-root", laboratory.hostRoot], directory: laboratory.directory, label: "podglass")
                let observation = Observation(program)
                _ = try await observation.next()
                _ = try await client.ab(Pod.url(web.ipv4), requests: 50, concurrency: 5)
                let interval = try await observation.settled { $0.rows(["type": .string("flow")]).count >= 2 }
                let lines = interval.rows + [interval.status]
                for line in lines {
                    #expect(line["schema"] == .string("podglass/1"))
                    #expect((line["time"].string ?? "").wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/) != nil)
                }
                // Bare podglass prints every table.
                let types = Set(interval.rows.compactMap(\.["type"].string))
                #expect(types.isSuperset(of: ["pod", "flow", "connection", "listener", "probe"]))

                let flowKeys = """
                    schema type time workload namespace pod container direction peer peer_address peer_port connections \
                    connections_opened_total connections_closed_total sent_bytes_total received_bytes_total sent_bytes_per_second \
                    received_bytes_per_second retransmits_total drops_total resets_total rtt_ns marks reasons
                    """.split(separator: " ").map(String.init)
                let own = interval.rows(["type": .string("flow"), "namespace": .string("shop")])
                #expect(!own.isEmpty)
                for flow in interval.rows(["type": .string("flow")]) {
                    #expect(flow.keys.isSuperset(of: flowKeys))
                    // What is null has a reason, and only that.
                    guard case .object(let members) = flow else { continue }
                    #expect(Set(members.filter { $0.value == .null }.keys) == flow["reasons"].keys)
                }
                for connection in interval.rows(["type": .string("connection")]) {
                    #expect(connection.keys.isSuperset(of: ["local_address", "local_port", "state", "age_ns", "cgroup_id", "pid"]))
                }
                let cost = interval.status["self"]
                #expect((cost["rss_bytes"].int ?? 0) > 0 && (cost["map_bytes"].int ?? 0) > 0)
                #expect(cost.keys.isSuperset(of: ["cpu_ratio", "rss_bytes", "map_bytes", "probe_cpu_ratio"]))
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                try await observation.finish()
            }
        }

        @Test("podglass | head -1 ends at once and quietly", arguments: ["", "top flows -o json", "top pods -o table", "top pods -o csv"])
        func head(arguments: String) async throws {
            try await withLaboratory { laboratory in
                let script = "'\(Podglass.path)' \(arguments) | head -1; echo \"${PIPESTATUS[0]}\" >&2"
                let finished = try await Program.run(["bash", "-c", script], directory: laboratory.directory, within: .seconds(10))
                #expect(finished.output.split(separator: "\n").count == 1)
                #expect(finished.errors == "0\n")
            }
        }

        @Test("a query lets through what it says and nothing else") func filters() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web-1", namespace: "shop")
                let other = try laboratory.pod("other", namespace: "shop")
                let client = try laboratory.pod("client")
                for pod in [web, other] { _ = try await pod.nginx() }
                let some = try await Podglass.observe(["top", "flows", "pod~web and rtt>1us"], in: laboratory)
                let none = try await Podglass.observe(["top", "flows", "pod~web and rtt>10s"], in: laboratory)
                // Keeps connections open: only live ones have a round-trip time.
                let program = try await client.python(
                    """
                    import socket, time
                    peers = [socket.create_connection((host, 80)) for host in ("\(web.ipv4)", "\(other.ipv4)")]
                    for peer in peers:
                        peer.sendall(b"GET / HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n")
                        peer.recv(65536)
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let interval = try await some.settled { !$0.rows.isEmpty }
                #expect(!interval.rows.isEmpty)
                #expect(interval.rows.allSatisfy { ($0["pod"].string ?? "").contains("web") && ($0["rtt_ns"].int ?? 0) > 1000 })
                #expect(try none.intervals().allSatisfy { $0.rows.isEmpty })
                program.stop()
                try await some.finish()
                try await none.finish()
            }
        }

        @Test("--sort and --limit order and cut") func sorts() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let clients = [try laboratory.pod("small"), try laboratory.pod("middle"), try laboratory.pod("large")]
                let server = try await web.nginx()
                try server.file("file", bytes: 100_000)
                let observation = try await Podglass.observe(
                    ["top", "flows", "namespace=default direction=outbound", "--sort", "received", "--limit", "2"], in: laboratory)
                for (index, client) in clients.enumerated() {
                    for _ in 0...index { _ = try await client.curl(Pod.url(web.ipv4, path: "/file")) }
                }
                let interval = try await observation.settled { $0.rows.first?["workload"] == .string("large") && $0.rows.count == 2 }
                #expect(interval.rows.map(\.["workload"].string) == ["large", "middle"])
                try await observation.finish()
            }
        }

        @Test("a snapshot is one JSON document, doctor says how things stand") func documents() async throws {
            try await withLaboratory { laboratory in
                let snapshot = try await Podglass.run(
                    ["snapshot", "--duration", "2s", "--host-root", laboratory.hostRoot], in: laboratory.directory)
                #expect(snapshot.ending == .exited(0))
                let document = try JSON(snapshot.output)
                #expect(document["schema"] == .string("podglass/1"))
                let doctor = try await Podglass.run(["doctor"], in: laboratory.directory)
                #expect(doctor.ending == .exited(0) && !doctor.output.isEmpty)
                let findings = try await Podglass.run(["doctor", "-o", "json"], in: laboratory.directory)
                #expect(findings.ending == .exited(0))
                for line in findings.output.split(separator: "\n") { #expect(throws: Never.self) { try JSON(line) } }
            }
        }

        @Test("what was recorded is replayed with the same names and bytes; cut short it plays up to the damage and ends with 1")
        func recording() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web", namespace: "shop")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("file", bytes: 1 << 20)
                let file = laboratory.directory + "/incident.podglass"
                let recorder = try Program(
                    [Podglass.path, "record", "-w", file, "--host-root", laboratory.hostRoot], directory: laboratory.directory)
                // It has no stream to wait for: traffic goes on until the recorder has surely begun.
                for _ in 0..<4 {
                    _ = try await client.curl(Pod.url(web.ipv4, path: "/file"))
                    try await Task.sleep(for: .seconds(1))
                }
                recorder.signal(SIGINT)
                #expect(try await recorder.ended(within: .seconds(10)) == .exited(0))

                let replay = try await Podglass.run(["replay", file, "-o", "json"], in: laboratory.directory)
                #expect(replay.ending == .exited(0))
                let flows = try replay.output.split(separator: "\n").map { try JSON($0) }.filter { $0["type"] == .string("flow") }
                let last = try #require(flows.last { $0["workload"] == .string("web") && $0["direction"] == .string("inbound") })
                #expect(last["namespace"] == .string("shop"))
                let bytes = last["sent_bytes_total"].int ?? 0
                let size = try #require(server.log.first?.sentBytes)
                #expect(bytes >= 2 * size && bytes % size == 0)

                let data = try Data(contentsOf: URL(fileURLWithPath: file))
                // The first interval is by far the longest: it names everything.
                try data.dropLast(40).write(to: URL(fileURLWithPath: file + ".cut"))
                let cut = try await Podglass.run(["replay", file + ".cut", "-o", "json"], in: laboratory.directory)
                #expect(cut.ending == .exited(1))
                #expect(!cut.errors.isEmpty && cut.output.contains("\"status\""))
            }
        }

        @Test("a full disk while recording is said in a sentence, with 1, and what was kept plays") func fullDisk() async throws {
            try await withLaboratory { laboratory in
                let finished = try await Podglass.run(
                    ["record", "-w", "/dev/full"], in: laboratory.directory, within: .seconds(60))
                #expect(finished.ending == .exited(1))
                #expect(finished.errors.contains("/dev/full"))
            }
        }

        @Test("closed standard streams, and a standard output that cannot be written, end in a sentence") func closedStreams() async throws
        {
            try await withLaboratory { laboratory in
                let top = "'\(Podglass.path)' top flows -o json --count 1"
                for (script, status) in [(top + " >&-", 1), (top + " >/dev/full", 1), (top + " <&- >/dev/null", 0)] {
                    let finished = try await Program.run(["sh", "-c", script], directory: laboratory.directory, within: .seconds(20))
                    #expect(finished.ending == .exited(Int32(status)), "\(script): \(finished.errors)")
                }
            }
        }

        @Test("an unprivileged user is told so, with 77 and nothing on stdout") func unprivileged() async throws {
            try await withLaboratory { laboratory in
                // The build may lie where only root can look.
                let copy = laboratory.directory + "/podglass"
                try FileManager.default.copyItem(atPath: Podglass.path, toPath: copy)
                chmod(copy, 0o755)
                for arguments in [["top", "flows", "-o", "json", "--count", "1"], ["snapshot", "--duration", "1s"]] {
                    let finished = try await Program.run(
                        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy] + arguments,
                        directory: laboratory.directory, within: .seconds(10))
                    #expect(finished.ending == .exited(77), "\(arguments)")
                    #expect(finished.output.isEmpty && !finished.errors.isEmpty, "\(arguments)")
                }
            }
        }
    }
}
