// Where requests may come from and go to: other families, one's own loopback, the node, pods that come later, connections
// that are older than podglass.

import Glibc
import LabSupport
import Testing

extension Live {
    @Suite struct RequestPlaceTests {
        private static let twenty: Tally = ["GET 200": 20]

        @Test("IPv4, IPv6, IPv4 to an IPv6 socket, loopback inside one pod, pod to node, node to pod, a pod made later")
        func places() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web", namespace: "shop")
                let client = try laboratory.pod("client", namespace: "till")
                _ = try await web.nginx(server: WebServer.answers, ports: [8101, 8102, 8103])
                let node = try laboratory.node()
                _ = try await node.python(Pod.serverSource(.sleepy, port: 9000))
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)

                func ask(_ pod: Pod, _ host: String, _ port: Int) async throws {
                    try await pod.h2load([Pod.url(host, port: port, path: "/text")], requests: 20, connections: 2)
                }
                try await ask(client, web.ipv6, 80)
                try await ask(client, web.ipv4, 8080)
                try await ask(web, "127.0.0.1", 8101)
                try await ask(client, node.ipv4, 9000)
                _ = try await node.run(["h2load", "--h1", "-n", "20", "-c", "2", Pod.url(web.ipv4, port: 8102, path: "/text")])
                let later = try laboratory.pod("later", namespace: "till")
                try await ask(later, web.ipv4, 8103)
                // Its own server, too.
                try await later.serve(.sleepy, port: 9001)
                try await ask(client, later.ipv4, 9001)

                let expected: [(workload: String, side: String, port: Int, peer: String?)] = [
                    ("web", "server", 80, "till/client"), ("client", "client", 80, "shop/web"),
                    ("web", "server", 8080, "till/client"), ("client", "client", 8080, "shop/web"),
                    ("web", "server", 8101, nil), ("web", "client", 8101, nil),
                    ("client", "client", 9000, node.ipv4),
                    ("web", "server", 8102, node.ipv4),
                    ("web", "server", 8103, "till/later"), ("later", "client", 8103, "shop/web"),
                    ("later", "server", 9001, "till/client"), ("client", "client", 9001, "till/later"),
                ]
                func isTold(_ interval: Interval) -> Bool {
                    expected.allSatisfy { interval.tally(of: $0.workload, $0.side, port: $0.port) == Self.twenty }
                }
                let interval = try await observation.settled(within: .seconds(6), isTold)
                for (workload, side, port, peer) in expected {
                    #expect(interval.tally(of: workload, side, port: port) == Self.twenty, "\(workload), \(side) on \(port)")
                    let rows = interval.requestRows(of: workload, side, port: port)
                    // To itself by its loopback address a pod may be itself or that address.
                    if let peer { #expect(Set(rows.compactMap(\.["peer"].string)) == [peer], "\(workload), \(side) on \(port)") }
                }
                // Processes outside of any pod: the node's server and its client.
                for (side, port) in [("server", 9000), ("client", 8102)] {
                    let rows = interval.rows([
                        "type": .string("request"), "side": .string(side), "peer_port": .int(port), "namespace": .null,
                    ])
                    #expect(rows.reduce(0) { $0 + ($1["requests_total"].int ?? 0) } == 20, "the node as \(side)")
                    #expect(rows.allSatisfy { $0["pod"] == .null && $0["workload"].string?.isEmpty == false })
                }
                #expect(interval.notUnderstood == 0 && interval.lost == 0)
                try await observation.finish()
            }
        }

        @Test("connections older than podglass: requests from the next one on are counted, and marked partial") func older() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx(server: WebServer.answers)
                let program = try await client.python(
                    """
                    import signal, socket, time
                    peers = [socket.create_connection(("\(web.ipv4)", 80)) for _ in range(5)]
                    def ask(*_):
                        for peer in peers:
                            peer.sendall(b"GET /text HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n")
                            peer.recv(65536)
                    ask()
                    signal.signal(signal.SIGUSR1, ask)
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                for count in 1...3 {
                    program.signal(SIGUSR1)
                    _ = try await observation.settled(within: .seconds(5)) {
                        $0.tally(of: "web", "server") == ["GET 200": 5 * count]
                    }
                }
                let interval = try await observation.agrees(with: ["GET 200": 15])
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let row = try #require(interval.requestRows(of: workload, side).first)
                    #expect(row["marks"].array.contains(.string("partial")), "\(side): \(row)")
                }
                try await observation.finish()
            }
        }
    }
}
