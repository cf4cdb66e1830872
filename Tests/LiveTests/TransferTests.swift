// Bytes, connections and names, compared with nginx's log and the kernel's own counters.

import Glibc
import LabSupport
import Testing

extension Live {
    @Suite struct TransferTests {
        enum Way: String, CaseIterable, Sendable {
            case ipv4 = "IPv4"
            case ipv6 = "IPv6"
            case mapped = "IPv4 to an IPv6 socket"

            var port: Int { self == .mapped ? 8080 : 80 }
            var bytes: Int { self == .ipv4 ? 256 << 20 : 16 << 20 }
            func address(of pod: Pod) -> String { self == .ipv6 ? pod.ipv6 : pod.ipv4 }
        }

        @Test("a file: both pods' flows carry exactly the bytes that nginx logged, by the pods' names", arguments: Way.allCases)
        func file(way: Way) async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web-7f9c", namespace: "shop", container: "nginx")
                let client = try laboratory.pod("cart-0", namespace: "till", container: "curl")
                let server = try await web.nginx()
                try server.file("file", bytes: way.bytes)
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)

                let transfer = try await client.curl(Pod.url(way.address(of: web), port: way.port, path: "/file"))
                let logged = try #require(try await server.log(of: 1).first)
                #expect(transfer.bodyBytes == way.bytes && logged.sentBytes > way.bytes)
                let interval = try await observation.settled { interval in
                    interval.flow(of: "web-7f9c", "inbound", port: way.port)?["sent_bytes_total"].int == logged.sentBytes
                        && interval.flow(of: "cart-0", "outbound", port: way.port)?["received_bytes_total"].int == logged.sentBytes
                }

                let inbound = try #require(interval.flow(of: "web-7f9c", "inbound", port: way.port))
                #expect(inbound["sent_bytes_total"].int == logged.sentBytes)
                #expect(inbound["received_bytes_total"].int == logged.receivedBytes)
                #expect(inbound["namespace"] == .string("shop") && inbound["pod"] == .string("web-7f9c"))
                #expect(inbound["container"] == .string("nginx") && inbound["side"] == .string("server"))
                #expect(inbound["peer"] == .string("till/cart-0"))
                #expect(inbound["peer_address"] == .string(way.address(of: client)))

                let outbound = try #require(interval.flow(of: "cart-0", "outbound", port: way.port))
                #expect(outbound["received_bytes_total"].int == logged.sentBytes)
                #expect(outbound["sent_bytes_total"].int == logged.receivedBytes)
                #expect(outbound["namespace"] == .string("till") && outbound["pod"] == .string("cart-0"))
                #expect(outbound["container"] == .string("curl") && outbound["side"] == .string("client"))
                #expect(outbound["peer"] == .string("shop/web-7f9c"))
                #expect(outbound["peer_address"] == .string(way.address(of: web)))

                for flow in [inbound, outbound] {
                    #expect(flow["connections_opened_total"].int == 1 && flow["connections_closed_total"].int == 1)
                    #expect(flow["connections"].int == 0)
                    #expect(!flow["marks"].array.contains(.string("partial")))
                }
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                try await observation.finish()
            }
        }

        @Test("20,000 short connections of ab: as many opened on both sides as the kernel says, none lost") func load() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)

                let report = try await client.ab(Pod.url(web.ipv4), requests: 20000, concurrency: 50)
                #expect(report.completed == 20000 && report.failed == 0)
                // ab opens up to 49 more than it was asked for; the namespaces are new, so the counters began at 0.
                let (opened, accepted) = try (client.counter("TcpActiveOpens"), web.counter("TcpPassiveOpens"))
                try await compare(observation, opened: opened, accepted: accepted)
                try await observation.finish()
            }
        }

        @Test("exactly 2,000 connections of our own client, over IPv6") func exactly() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                try await client.connect(2000, to: web.ipv6)
                try await compare(observation, opened: 2000, accepted: 2000)
                try await observation.finish()
            }
        }

        private func compare(_ observation: Observation, opened: Int, accepted: Int) async throws {
            let interval = try await observation.settled { interval in
                interval.flow(of: "client", "outbound")?["connections_closed_total"].int == opened
                    && interval.flow(of: "web", "inbound")?["connections_closed_total"].int == accepted
            }
            let outbound = try #require(interval.flow(of: "client", "outbound"))
            let inbound = try #require(interval.flow(of: "web", "inbound"))
            #expect(outbound["connections_opened_total"].int == opened)
            #expect(inbound["connections_opened_total"].int == accepted)
            #expect(outbound["connections_closed_total"].int == opened)
            #expect(inbound["connections_closed_total"].int == accepted)
            #expect(inbound["sent_bytes_total"] == outbound["received_bytes_total"])
            #expect(inbound["received_bytes_total"] == outbound["sent_bytes_total"])
            #expect(interval.lost == 0, "\(interval.status["lost"])")
        }

        @Test("a connection older than podglass appears with `partial`, and only its new bytes are counted") func older() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                // Sends 5,000 bytes at once, and 1,000 for each byte that comes.
                _ = try await web.python(
                    """
                    import socket
                    server = socket.create_server(("0.0.0.0", 9000))
                    print("ready")
                    peer, _ = server.accept()
                    peer.sendall(bytes(5000))
                    while peer.recv(1):
                        peer.sendall(bytes(1000))
                    """)
                let program = try await client.python(
                    """
                    import signal, socket, time
                    peer = socket.create_connection(("\(web.ipv4)", 9000))
                    left = 5000
                    while left:
                        left -= len(peer.recv(left))
                    def ask(*_):
                        peer.sendall(b"x")
                    signal.signal(signal.SIGUSR1, ask)
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)

                let idle = try await observation.settled { interval in
                    interval.flow(of: "client", "outbound", port: 9000) != nil && interval.flow(of: "web", "inbound", port: 9000) != nil
                }
                for (workload, direction) in [("client", "outbound"), ("web", "inbound")] {
                    let flow = try #require(idle.flow(of: workload, direction, port: 9000))
                    #expect(flow["marks"].array.contains(.string("partial")))
                    #expect(flow["connections"].int == 1 && flow["connections_opened_total"].int == 0)
                    #expect(flow["sent_bytes_total"].int == 0 && flow["received_bytes_total"].int == 0)
                }

                program.signal(SIGUSR1)
                let active = try await observation.settled { interval in
                    interval.flow(of: "client", "outbound", port: 9000)?["received_bytes_total"].int == 1000
                }
                let outbound = try #require(active.flow(of: "client", "outbound", port: 9000))
                let inbound = try #require(active.flow(of: "web", "inbound", port: 9000))
                #expect(outbound["received_bytes_total"].int == 1000 && outbound["sent_bytes_total"].int == 1)
                #expect(inbound["received_bytes_total"].int == 1 && inbound["sent_bytes_total"].int == 1000)
                #expect(outbound["marks"].array.contains(.string("partial")))
                try await observation.finish()
            }
        }

        @Test("live connections are listed with their ends, state and process, as ss lists them") func connections() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx(http: "keepalive_timeout 600;")
                let observation = try await Podglass.observe(["top", "connections"], in: laboratory)
                let program = try await client.python(
                    """
                    import socket, time
                    peers = [socket.create_connection(("\(web.ipv4)", 80)) for _ in range(3)]
                    for peer in peers:
                        peer.sendall(b"GET / HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n")
                        peer.recv(65536)
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let wanted: [String: JSON] = ["workload": .string("client"), "state": .string("ESTABLISHED"), "peer_port": .int(80)]
                let interval = try await observation.settled { $0.rows(wanted).count == 3 }
                let lines = interval.rows(wanted)
                #expect(lines.count == 3)
                let reported = Set(try client.sockets().filter { $0.state == "ESTAB" }.map(\.local))
                #expect(Set(lines.map { "\($0["local_address"].string ?? ""):\($0["local_port"].int ?? 0)" }) == reported)
                for line in lines {
                    #expect(line["pid"].int == Int(program.pid))
                    #expect(line["cgroup_id"].int == Int(client.cgroup.id))
                    #expect(line["peer_address"] == .string(web.ipv4))
                    #expect((line["age_ns"].int ?? 0) > 0 && (line["rtt_ns"].int ?? 0) > 0)
                }
                try await observation.finish()
            }
        }
    }
}
