// What goes wrong, made with nft and closed ports, compared with nstat and with nft's own counters.

import LabSupport
import Testing

extension Live {
    @Suite struct SymptomTests {
        @Test("under 5 % loss a pod's retransmits are the kernel's TcpRetransSegs, bulk transfer") func bulkLoss() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("file", bytes: 20 << 20)
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                try client.lose(percent: 5)
                let before = try (web.counter("TcpRetransSegs"), client.counter("TcpRetransSegs"))
                for _ in 0..<3 { #expect(try await client.curl(Pod.url(web.ipv4, path: "/file")).status == 0) }
                try await compareRetransmits(observation, (web, before.0), (client, before.1), atLeast: 1)
                try await observation.finish()
            }
        }

        @Test("under 5 % loss both ways, short connections: SYN and SYN-ACK retransmits are counted too") func shortLoss() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                try client.lose(percent: 5)
                try web.lose(percent: 5)
                let before = try (web.counter("TcpRetransSegs"), client.counter("TcpRetransSegs"))
                _ = try await client.ab(Pod.url(web.ipv4), requests: 400, concurrency: 40)
                try await compareRetransmits(observation, (web, before.0), (client, before.1), atLeast: 1)
                try await observation.finish()
            }
        }

        /// Compares when nothing is sent any more: lost FINs and SYN-ACKs go on being sent for a while after the clients are
        /// done, so that one look may find both sides equal, and the next one them apart by what was sent in between.
        private func compareRetransmits(
            _ observation: Observation, _ web: (pod: Pod, before: Int), _ client: (pod: Pod, before: Int), atLeast: Int
        ) async throws {
            func truth() throws -> [Int] {
                try [web, client].map { try $0.pod.counter("TcpRetransSegs") - $0.before }
            }
            let deadline = ContinuousClock.now + .seconds(60)
            var (seen, kernel, steady, unseen) = ([0], try truth(), 0, 0)
            // What the machine's kernel ran no program for is counted as such, and in no workload.
            func agrees() -> Bool {
                zip(kernel, seen).allSatisfy { $0 >= $1 } && kernel.reduce(0, +) - seen.reduce(0, +) <= unseen
            }
            while steady < 3, ContinuousClock.now < deadline {
                let interval = try await observation.next()
                let now = try truth()
                seen = [interval.sum("retransmits_total", of: "web"), interval.sum("retransmits_total", of: "client")]
                let open = interval.sum("connections", of: "web") + interval.sum("connections", of: "client")
                unseen = interval.status["lost"]["synack_retransmits_unseen"].int ?? 0
                let isStill = now == kernel
                kernel = now
                steady = isStill && agrees() && open == 0 ? steady + 1 : 0
            }
            #expect(kernel[0] >= atLeast)
            #expect(agrees(), "retransmits of web and client: \(seen), the kernel's \(kernel), unseen \(unseen)")
            #expect(steady == 3, "connections that never closed, or retransmits that never ended")
        }

        @Test("retransmits are told by kind") func kinds() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("file", bytes: 10 << 20)
                let observation = try await Podglass.observe(["top", "retransmits"], in: laboratory)
                try client.lose(percent: 5)
                _ = try await client.curl(Pod.url(web.ipv4, path: "/file"))
                let interval = try await observation.settled { !$0.rows(["workload": .string("web")]).isEmpty }
                let causes = Set(interval.rows(["workload": .string("web")]).compactMap(\.["cause"].string))
                #expect(!causes.isEmpty && causes.isSubset(of: ["fast", "timeout", "loss_probe", "syn", "synack", "other"]))
                #expect(causes.contains("fast"))
                try await observation.finish()
            }
        }

        @Test("drops by an nft rule are counted with the kernel's reason, as many as nft says") func drops() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web", namespace: "shop")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("file", bytes: 20 << 20)
                let observation = try await Podglass.observe(["top", "drops"], in: laboratory)
                try client.firewall(input: ["tcp sport 80 numgen random mod 100 < 5 counter drop"])
                _ = try await client.curl(Pod.url(web.ipv4, path: "/file"))
                let dropped = try client.packetsOfFirewall()
                #expect(dropped > 0)
                let wanted: [String: JSON] = ["workload": .string("client"), "cause": .string("NETFILTER_DROP")]
                // As many, but for those that the machine's kernel ran no program for.
                func isAll(_ interval: Interval) -> Bool {
                    let shown = interval.rows(wanted).reduce(0) { $0 + ($1["total"].int ?? 0) }
                    return shown <= dropped && shown + (interval.status["lost"]["drops_unseen"].int ?? 0) >= dropped
                }
                let interval = try await observation.settled(isAll)
                #expect(isAll(interval))
                let row = try #require(interval.rows(wanted).first)
                #expect(row["type"] == .string("drop") && row["kind"] == .string("drop"))
                #expect(row["peer"] == .string("shop/web") && row["peer_port"].int == 80)
                try await observation.finish()
            }
        }

        @Test("a refused connection is a failure of the client and a reset on both sides") func refused() async throws {
            try await withLaboratory { laboratory in
                _ = try laboratory.pod("web")
                let web = laboratory.pods[0]
                let client = try laboratory.pod("client")
                let resets = try await Podglass.observe(["top", "resets"], in: laboratory)
                let failures = try await Podglass.observe(["top", "failures"], in: laboratory)
                for _ in 0..<5 { #expect(try await client.curl(Pod.url(web.ipv4, port: 81)).status == 7) }

                let failed: [String: JSON] = ["workload": .string("client"), "cause": .string("refused"), "peer_port": .int(81)]
                let failure = try await failures.settled { $0.rows(failed).first?["total"].int == 5 }
                #expect(failure.rows(failed).map { $0["total"].int } == [5])

                let received: [String: JSON] = ["workload": .string("client"), "cause": .string("received"), "peer_port": .int(81)]
                let sent: [String: JSON] = ["workload": .string("web"), "cause": .string("sent")]
                let reset = try await resets.settled { $0.rows(received).first?["total"].int == 5 && !$0.rows(sent).isEmpty }
                #expect(reset.rows(received).map { $0["total"].int } == [5])
                #expect(reset.rows(sent).reduce(0) { $0 + ($1["total"].int ?? 0) } == 5, "\(reset.rows)")
                try await resets.finish()
                try await failures.finish()
            }
        }

        @Test("an established connection that is reset shows on both sides", arguments: TransferTests.Way.allCases)
        func reset(way: TransferTests.Way) async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                // SO_LINGER 0: closing sends RST.
                _ = try await web.python(
                    """
                    import socket, struct
                    server = socket.create_server(("::", 9000), family=socket.AF_INET6, dualstack_ipv6=True)
                    print("ready")
                    while True:
                        peer, _ = server.accept()
                        peer.recv(1)
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        peer.close()
                    """)
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                let transfer = try await client.curl(Pod.url(way.address(of: web), port: 9000))
                #expect(transfer.status == 56)
                let interval = try await observation.settled { interval in
                    interval.flow(of: "client", "outbound", port: 9000)?["resets_total"].int == 1
                        && interval.flow(of: "web", "inbound", port: 9000)?["resets_total"].int == 1
                }
                let outbound = try #require(interval.flow(of: "client", "outbound", port: 9000))
                let inbound = try #require(interval.flow(of: "web", "inbound", port: 9000))
                #expect(outbound["resets_total"].int == 1 && inbound["resets_total"].int == 1)
                #expect(outbound["connections_closed_total"].int == 1 && inbound["connections_closed_total"].int == 1)
                try await observation.finish()
            }
        }

        @Test("a rejected connection (tcp reset by nft) is refused") func rejected() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                try web.firewall(input: ["tcp dport 80 reject with tcp reset"])
                let observation = try await Podglass.observe(["top", "failures"], in: laboratory)
                #expect(try await client.curl(Pod.url(web.ipv4)).status == 7)
                let wanted: [String: JSON] = ["workload": .string("client"), "cause": .string("refused"), "peer_port": .int(80)]
                let interval = try await observation.settled { !$0.rows(wanted).isEmpty }
                #expect(interval.rows(wanted).map { $0["total"].int } == [1])
                try await observation.finish()
            }
        }

        @Test("a SYN that nobody answers is a timeout, and its retransmits are counted") func timeout() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try web.firewall(input: ["tcp dport 80 drop"])
                try client.giveUpConnectingSoon()
                let failures = try await Podglass.observe(["top", "failures"], in: laboratory)
                let flows = try await Podglass.observe(["top", "flows"], in: laboratory)
                #expect(try await client.curl(Pod.url(web.ipv4)).status != 0)
                let wanted: [String: JSON] = ["workload": .string("client"), "cause": .string("timeout"), "peer_port": .int(80)]
                let interval = try await failures.settled { !$0.rows(wanted).isEmpty }
                #expect(interval.rows(wanted).map { $0["total"].int } == [1])
                let flow = try #require(try await flows.next().flow(of: "client", "outbound"))
                #expect(flow["connect_timeouts_total"].int == 1 && flow["connections_failed_total"].int == 1)
                #expect(flow["connections_opened_total"].int == 0)
                #expect(try flow["retransmits_total"].int == client.counter("TcpRetransSegs"))
                try await failures.finish()
                try await flows.finish()
            }
        }

        @Test("a full accept queue shows at its listener") func queue() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.python(
                    """
                    import socket, time
                    server = socket.create_server(("0.0.0.0", 9000), backlog=2)
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let observation = try await Podglass.observe(["top", "listeners"], in: laboratory)
                _ = try await client.python(
                    """
                    import socket, time
                    peers = [socket.socket() for _ in range(8)]
                    for peer in peers:
                        peer.setblocking(False)
                        peer.connect_ex(("\(web.ipv4)", 9000))
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let wanted: [String: JSON] = ["workload": .string("web"), "local_port": .int(9000)]
                let interval = try await observation.settled { ($0.rows(wanted).first?["accept_queue"].int ?? 0) == 3 }
                let row = try #require(interval.rows(wanted).first)
                #expect(row["accept_queue"].int == 3 && row["accept_queue_limit"].int == 2)
                try await observation.finish()
            }
        }
    }
}
