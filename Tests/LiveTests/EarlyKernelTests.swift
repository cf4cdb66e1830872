// What podglass shows where the kernel has no meters on sockets, no bpf_loop and no drop reasons (before 5.12): PODGLASS_WITHOUT
// leaves them unused here. `make test-kernels` runs the same on a real 5.10.

import LabSupport
import Testing

extension Live {
    @Suite struct EarlyKernelTests {
        /// By all names of the features, so that a new one has to be thought of here.
        private static let without = ["PODGLASS_WITHOUT": "socket-meters,loops,drop-reasons,receiving-socket"]

        @Test("without meters on sockets connections, bytes and retransmits are still the kernel's") func counts() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web", namespace: "shop")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("file", bytes: 16 << 20)
                let observation = try await Podglass.observe(["top", "flows"], environment: Self.without, in: laboratory)

                let transfer = try await client.curl(Pod.url(web.ipv4, path: "/file"))
                #expect(transfer.bodyBytes == 16 << 20)
                try await client.connect(2000, to: web.ipv4)
                try client.lose(percent: 5)
                for _ in 0..<3 { #expect(try await client.curl(Pod.url(web.ipv4, path: "/file")).status == 0) }
                let interval = try await observation.settled { interval in
                    interval.flow(of: "client", "outbound")?["connections_closed_total"].int == 2004
                        && interval.flow(of: "web", "inbound")?["connections_closed_total"].int == 2004
                }

                let inbound = try #require(interval.flow(of: "web", "inbound"))
                let outbound = try #require(interval.flow(of: "client", "outbound"))
                let logged = try await server.log(of: 2004)
                #expect(inbound["sent_bytes_total"].int == logged.reduce(0) { $0 + $1.sentBytes })
                #expect(inbound["received_bytes_total"].int == logged.reduce(0) { $0 + $1.receivedBytes })
                #expect(outbound["received_bytes_total"] == inbound["sent_bytes_total"])
                #expect(outbound["connections_opened_total"].int == 2004 && inbound["connections_opened_total"].int == 2004)
                #expect(outbound["peer"] == .string("shop/web") && inbound["namespace"] == .string("shop"))
                let retransmits = try (web.counter("TcpRetransSegs"), client.counter("TcpRetransSegs"))
                #expect(retransmits.0 > 0)
                #expect(interval.sum("retransmits_total", of: "web") == retransmits.0)
                #expect(interval.sum("retransmits_total", of: "client") == retransmits.1)
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                try await observation.finish()
            }
        }

        @Test("where the kernel has it all, no probe makes do with less: nothing falls back in silence") func nothingLess() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "probes"], in: laboratory)
                let interval = try await observation.next()
                let probes = interval.status["probes"].array
                #expect(probes.count > 10)
                for probe in probes where probe["reason"] != .null {
                    let reason = probe["reason"].string ?? ""
                    #expect(reason.contains("this kernel lacks") || reason.contains("this kernel has no"), "\(probe)")
                }
                try await observation.finish()
            }
        }

        @Test("what such a kernel cannot tell is null and says which release brought it") func reasons() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let observation = try await Podglass.observe(["top", "flows"], environment: Self.without, in: laboratory)
                #expect(try await client.curl(Pod.url(web.ipv4)).status == 0)
                let interval = try await observation.settled { $0.flow(of: "client", "outbound") != nil }
                let flow = try #require(interval.flow(of: "client", "outbound"))
                for (key, release) in [("drops_total", "5.17"), ("requests_total", "5.17")] {
                    #expect(flow[key] == .null)
                    #expect(flow["reasons"][key].string?.hasSuffix("came with Linux \(release)") == true, "\(flow["reasons"])")
                }
                #expect(flow["resets_total"].int == 0)
                #expect(flow["marks"].array.contains(.string("unobservable")))
                try await observation.finish()
            }
        }

        @Test("connections older than podglass, and who holds them, are found there too") func older() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx(http: "keepalive_timeout 600;")
                let program = try await client.python(
                    """
                    import socket, time
                    peer = socket.create_connection(("\(web.ipv4)", 80))
                    print("ready")
                    while True:
                        time.sleep(1)
                    """)
                let observation = try await Podglass.observe(["top", "connections"], environment: Self.without, in: laboratory)
                let wanted: [String: JSON] = ["workload": .string("client"), "state": .string("ESTABLISHED"), "peer_port": .int(80)]
                let interval = try await observation.settled { $0.rows(wanted).first?["pid"].int != nil }
                #expect(interval.rows(wanted).map { $0["pid"].int } == [Int(program.pid)])
                #expect(interval.rows(wanted).allSatisfy { $0["marks"].array.contains(.string("partial")) })
                try await observation.finish()
            }
        }
    }
}
