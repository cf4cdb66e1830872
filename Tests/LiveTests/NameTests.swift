// DNS: what was asked and answered, compared with dig; the names it gave to addresses.

import LabSupport
import Testing

extension Live {
    @Suite struct NameTests {
        private static let questions: [(question: String, status: String)] = [
            ("both.lab.test A", "NOERROR"), ("both.lab.test AAAA", "NOERROR"), ("alias.lab.test A", "NOERROR"), ("lab.test MX", "NOERROR"),
            ("lab.test NS", "NOERROR"), ("text.lab.test TXT", "NOERROR"), ("service.lab.test SRV", "NOERROR"), ("lab.test SOA", "NOERROR"),
            ("none.lab.test A", "NXDOMAIN"), ("none.lab.test AAAA", "NXDOMAIN"), ("broken.test A", "SERVFAIL"),
            ("elsewhere.test A", "REFUSED"),
            ("1.2.0.192.in-addr.arpa PTR", "REFUSED"), ("both.lab.test HTTPS", "NOERROR"), ("both.lab.test CAA", "NOERROR"),
        ]

        @Test("queries over UDP and TCP, IPv4 and IPv6: types and rcodes as dig saw them, on both sides") func queries() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("dns")
                let client = try laboratory.pod("client")
                _ = try await server.nsd()
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                let asked = Array(repeating: Self.questions, count: 4).joined()
                var truth: Tally = [:]
                for (address, options) in [
                    (server.ipv4, []), (server.ipv6, []), (server.ipv4, ["+tcp"]), (server.ipv4, ["+tcp", "+keepopen"]),
                ] {
                    let answers = try await client.dig(asked.map(\.question), at: address, options: options)
                    #expect(answers.statuses == asked.map(\.status))
                    for (question, status) in zip(asked.map(\.question), answers.statuses) {
                        truth["\(question.split(separator: " ")[1]) \(status)", default: 0] += 1
                    }
                }
                let interval = try await observation.agrees(with: truth, server: "dns", port: 53, application: "dns")
                #expect(interval.tally(of: "client", "client", application: "http1").isEmpty)
                let row = try #require(interval.requestRows(of: "dns", "server", application: "dns").first)
                #expect((row["latency_p50_ns"].int ?? 0) > 0)
                try await observation.finish()
            }
        }

        @Test("an answer too large for UDP is asked for again over TCP: two requests") func large() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("dns")
                let client = try laboratory.pod("client")
                _ = try await server.nsd()
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                _ = try await client.dig(["large.lab.test TXT"], at: server.ipv4, options: ["+bufsize=1232"])
                try await observation.agrees(with: ["TXT NOERROR": 2], server: "dns", port: 53, application: "dns")
                try await observation.finish()
            }
        }

        @Test("queries that nobody answers are counted as such after five seconds") func unanswered() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("dns")
                let client = try laboratory.pod("client")
                // A socket that takes queries and says nothing.
                _ = try await server.python(
                    """
                    import socket, time
                    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    silent.bind(("0.0.0.0", 53))
                    print("ready")
                    while True:
                        silent.recv(4096)
                    """)
                let observation = try await Podglass.observe(["top", "requests"], in: laboratory)
                _ = try await client.run(["dig", "@" + server.ipv4, "+tries=3", "+time=1", "both.lab.test", "A"])
                let truth = ["A unanswered": 3]
                let interval = try await observation.settled(within: .seconds(12)) {
                    $0.tally(of: "client", "client", application: "dns") == truth
                        && $0.tally(of: "dns", "server", application: "dns") == truth
                }
                #expect(interval.tally(of: "client", "client", application: "dns") == truth)
                #expect(interval.tally(of: "dns", "server", application: "dns") == truth)
                #expect(interval.requestRows(of: "client", "client", application: "dns").first?["latency_p50_ns"] == .null)
                try await observation.finish()
            }
        }

        @Test("a peer that is no pod has the name by which it was asked for") func peers() async throws {
            try await withLaboratory { laboratory in
                let names = try laboratory.pod("dns")
                let client = try laboratory.pod("client")
                let node = try laboratory.node()
                _ = try await names.nsd(records: ["shop IN A \(node.ipv4)", "shop IN AAAA \(node.ipv6)", "store IN CNAME shop"])
                _ = try await node.python(Pod.serverSource(.sleepy, port: 9000))
                let observation = try await Podglass.observe(["top", "flows"], interval: "500ms", in: laboratory)
                _ = try await client.dig(["shop.lab.test A", "store.lab.test AAAA"], at: names.ipv4)
                for address in [node.ipv4, node.ipv6] {
                    #expect(try await client.curl(Pod.url(address, port: 9000)).code == 200)
                }
                func peer(_ interval: Interval, _ address: String) -> String? {
                    interval.rows(["workload": .string("client"), "peer_port": .int(9000), "peer_address": .string(address)]).first?["peer"]
                        .string
                }
                let interval = try await observation.settled(within: .seconds(6)) {
                    peer($0, node.ipv4)?.contains("lab.test") == true && peer($0, node.ipv6)?.contains("lab.test") == true
                }
                #expect(peer(interval, node.ipv4) == "shop.lab.test")
                // The name that was asked for, not the one that it stands for.
                #expect(peer(interval, node.ipv6) == "store.lab.test")
                try await observation.finish()
            }
        }

        @Test("UDP flows: datagrams and bytes as the client sent them") func datagrams() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("sink")
                let client = try laboratory.pod("client")
                _ = try await server.python(
                    """
                    import socket
                    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    echo.bind(("0.0.0.0", 7000))
                    print("ready")
                    while True:
                        said, peer = echo.recvfrom(65536)
                        echo.sendto(said[:10], peer)
                    """)
                let observation = try await Podglass.observe(["top", "flows"], interval: "500ms", in: laboratory)
                _ = try await client.run([
                    "python3", "-c",
                    """
                    import socket
                    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    asking.connect(("\(server.ipv4)", 7000))
                    for _ in range(500):
                        asking.send(bytes(100))
                        asking.recv(100)
                    """,
                ])
                func totals(_ interval: Interval, _ workload: String, _ direction: String) -> [Int?] {
                    let flow = interval.flow(of: workload, direction, port: 7000)
                    return ["sent_bytes_total", "received_bytes_total"].map { flow?[$0].int }
                }
                let interval = try await observation.settled(within: .seconds(6)) { totals($0, "client", "outbound") == [50_000, 5_000] }
                #expect(totals(interval, "client", "outbound") == [50_000, 5_000])
                #expect(totals(interval, "sink", "inbound") == [5_000, 50_000])
                try await observation.finish()
            }
        }
    }
}
