// The stream of events while things happen to a pod's connections: requests, names, drops, retransmits, resets, in each format.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct ObserveTests {
        /// What podglass wrote in each format while the same things happened: requests of several statuses, DNS, packets
        /// dropped and sent again, a refused connection, a server that resets.
        private func streams(_ commands: [[String]]) async throws -> [[String]] {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web", namespace: "shop")
                let client = try laboratory.pod("client", namespace: "till")
                let server = try await web.nginx(server: WebServer.answers)
                try server.file("large", bytes: 5 << 20)
                _ = try await web.nsd()
                let programs = try commands.map { words in
                    try Program(
                        [Podglass.path, "observe", "-f", "--host-root", laboratory.hostRoot] + words, directory: laboratory.directory,
                        label: "observe")
                }
                for program in programs { try await attached(program) }
                for path in ["/text", "/missing", "/500"] { _ = try await client.curl(Pod.url(web.ipv4, path: path)) }
                _ = try await client.curl(Pod.url(web.ipv4, path: "/post"), options: ["-d", "hello"])
                _ = try await client.dig(["both.lab.test A", "none.lab.test AAAA"], at: web.ipv4)
                _ = try await client.curl(Pod.url(web.ipv4, port: 81))
                try client.firewall(input: ["tcp sport 80 numgen random mod 100 < 5 drop"])
                _ = try await client.curl(Pod.url(web.ipv4, path: "/large"))
                try await Task.sleep(for: .seconds(2))
                for program in programs { program.signal(SIGINT) }
                var outputs: [[String]] = []
                for program in programs {
                    let ending = try await program.ended()
                    #expect(ending == .exited(0), "\(program.arguments): \(program.errors)")
                    outputs.append(program.output.split(separator: "\n").map(String.init))
                }
                return outputs
            }
        }

        /// Waits until a podglass has attached all it will: its links have not changed for half a second.
        private func attached(_ program: Program) async throws {
            var before = -1
            for _ in 0..<60 {
                if program.poll() != nil { throw LabError("\(program.arguments) ended: \(program.errors)") }
                let links = KernelObjects.held(by: program.pid).links.count
                if links > 0, links == before { return }
                before = links
                try await Task.sleep(for: .milliseconds(500))
            }
            throw LabError("\(program.arguments) attached nothing for 30 s")
        }

        private func complaints(about lines: String) async throws -> [String] {
            try await withLaboratory { try await HubbleReader.complaints(about: lines, scratch: $0.directory) }
        }

        @Test("the stream shows requests, names, drops, retransmits, resets and connections, in all three formats") func formats()
            async throws
        {
            let outputs = try await streams([["-o", "json"], ["-o", "jsonpb"], ["-o", "compact"]])

            let events = try outputs[0].map { try JSON($0) }
            let kinds = events.reduce(into: [String: Int]()) { $0[$1["event"].string ?? "?", default: 0] += 1 }
            let expected = [
                "http-request", "http-response", "dns-request", "dns-response", "drop", "retransmit", "reset", "connection-opened",
                "connection-closed", "connection-failed",
            ]
            for kind in expected { #expect(kinds.contains { $0.key.hasPrefix(kind) }, "\(kind): \(kinds)") }
            #expect(events.allSatisfy { $0["schema"] == .string("podglass/1") })

            // Hubble's own messages, and not a field that they do not have.
            let complaints = try await complaints(about: outputs[1].joined(separator: "\n") + "\n")
            #expect(complaints.isEmpty, "\(complaints.prefix(3))")
            let flows = try outputs[1].map { line in
                #expect(line.utf8.count < 65_536)
                return try JSON(line)
            }
            for line in flows where line["lost_events"] == .absent {
                #expect(line["time"].string != nil && line["flow"]["time"].string != nil && line["node_name"].string != nil)
                let type = line["flow"]["event_type"]
                #expect(!(line["flow"]["verdict"] == .string("DROPPED") && type["sub_type"].int ?? 0 == 0), "Success DROPPED: \(line)")
            }
            let http = flows.map(\.["flow"]["l7"]["http"])
            for (code, path) in [(200, "/text"), (404, "/missing"), (500, "/500")] {
                #expect(
                    http.contains { $0["code"].int == code && $0["method"] == .string("GET") && $0["url"].string?.hasSuffix(path) == true },
                    "\(code)")
            }
            #expect(http.contains { $0["method"] == .string("POST") && $0["code"].int == 200 })
            let names = flows.map(\.["flow"]["l7"]["dns"])
            #expect(
                names.contains {
                    $0["query"].string?.hasPrefix("both.lab.test") == true && $0["qtypes"] == .array([.string("A")])
                        && $0["rcode"].int ?? 0 == 0
                })
            #expect(names.contains { $0["query"].string?.hasPrefix("none.lab.test") == true && $0["rcode"].int == 3 })
            #expect(
                flows.contains { $0["flow"]["verdict"] == .string("DROPPED") && $0["flow"]["destination"]["pod_name"] == .string("client") }
            )
            #expect(
                flows.contains {
                    $0["flow"]["source"]["pod_name"] == .string("client") && $0["flow"]["destination"]["namespace"] == .string("shop")
                })

            // Dec 10 15:20:33.472: default/frontend-7b58:53122 -> default/api-6c4b:8080 http-request FORWARDED (HTTP/1.1 GET /api/v1/products)
            let time = #"[A-Z][a-z]{2} [ 0-9][0-9] \d\d:\d\d:\d\d\.\d{3}"#
            let line = try Regex(time + #": till/client:\d+ -> shop/web:80 http-request FORWARDED \(HTTP/1\.1 GET [^ ]*/missing\)"#)
            #expect(outputs[2].contains { $0.firstMatch(of: line) != nil }, "\(outputs[2].filter { $0.contains("http") }.prefix(5))")
            let dated = try Regex("^" + time + ": ")
            #expect(outputs[2].allSatisfy { $0.firstMatch(of: dated) != nil })
        }

        @Test("filters by Hubble's names") func filters() async throws {
            let outputs = try await streams([
                ["-o", "jsonpb", "--http-status", "4+"], ["-o", "jsonpb", "--verdict", "DROPPED"], ["-o", "jsonpb", "--protocol", "dns"],
                ["-o", "jsonpb", "--from-pod", "till/client", "--http-path", ".*text"], ["-o", "jsonpb", "--pod", "none/such"],
            ])
            let flows = try outputs.map { try $0.map { try JSON($0)["flow"] }.filter { $0 != .absent } }
            #expect(!flows[0].isEmpty && flows[0].allSatisfy { $0["l7"]["http"]["code"].int == 404 })
            #expect(!flows[1].isEmpty && flows[1].allSatisfy { $0["verdict"] == .string("DROPPED") })
            #expect(!flows[2].isEmpty && flows[2].allSatisfy { $0["l7"]["dns"] != .absent })
            #expect(!flows[3].isEmpty && flows[3].allSatisfy { $0["l7"]["http"]["url"].string?.contains("text") == true })
            #expect(flows[4].isEmpty)
        }
    }
}
