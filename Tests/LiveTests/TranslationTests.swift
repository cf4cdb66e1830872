// Services: a ClusterIP that the node translates, read back from connection tracking of the node's network namespace.

import Aggregation
import LabSupport
import Probes
import Testing

extension Live {
    @Suite struct TranslationTests {
        private static let service = (ipv4: "10.96.7.10", ipv6: "fd70:96::10")

        /// Makes the bridge's namespace translate as a node's does: to the server, and with the answer's way back through it.
        private func translate(_ laboratory: Laboratory, to server: Pod, for client: Pod) async throws {
            let node = try laboratory.node()
            let rules = """
                table inet lab {
                chain before { type nat hook prerouting priority dstnat
                ip daddr \(Self.service.ipv4) tcp dport 80 dnat ip to \(server.ipv4):8080
                ip daddr \(Self.service.ipv4) udp dport 53 dnat ip to \(server.ipv4):5353
                ip6 daddr \(Self.service.ipv6) tcp dport 80 dnat ip6 to [\(server.ipv6)]:8080
                }
                chain after { type nat hook postrouting priority srcnat
                ct status dnat masquerade
                }
                }
                """
            _ = try await node.run(["nft", rules])
            _ = try await node.run([
                "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward && echo 1 >/proc/sys/net/ipv6/conf/all/forwarding",
            ])
            try client.tool(["ip", "route", "add", "10.96.0.0/16", "via", node.ipv4])
            try client.tool(["ip", "route", "add", "fd70:96::/64", "via", node.ipv6])
        }

        private func read(_ laboratory: Laboratory, clients: Set<Address>? = nil) throws -> (Set<TranslationSample>, SourceSample) {
            var translations = Translations(.file("/run/netns/" + laboratory.bridge), isBuiltIn: true)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
            defer { buffer.deallocate() }
            var told: [TranslationSample] = []
            for second: UInt64 in 1...3 {
                translations.collect(now: second * 1_000_000, clients: clients, into: buffer) { told.append($0) }
            }
            #expect(Set(told).count == told.count, "told once")
            return (Set(told), translations.sample)
        }

        @Test("who asked for a Service and who answers: TCP and UDP, IPv4 and IPv6") func translations() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("server")
                let client = try laboratory.pod("client")
                try await translate(laboratory, to: server, for: client)
                _ = try await server.python(Pod.serverSource(.sleepy, port: 8080))
                _ = try await server.python(
                    """
                    import socket
                    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    echo.bind(("0.0.0.0", 5353))
                    print("ready")
                    while True:
                        said, peer = echo.recvfrom(65536)
                        echo.sendto(said, peer)
                    """)
                for _ in 0..<20 {
                    #expect(try await client.curl(Pod.url(Self.service.ipv4)).code == 200)
                    #expect(try await client.curl(Pod.url(Self.service.ipv6)).code == 200)
                }
                // Not translated: no business of ours.
                #expect(try await client.curl(Pod.url(server.ipv4, port: 8080)).code == 200)
                let asked = try await client.run([
                    "python3", "-c",
                    """
                    import socket
                    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    asking.settimeout(5)
                    asking.sendto(b"hello", ("\(Self.service.ipv4)", 53))
                    assert asking.recvfrom(100)[0] == b"hello"
                    """,
                ])
                #expect(asked.ending == .exited(0), "\(asked.errors)")

                func sample(_ client: String, _ transport: Transport, _ service: String, _ port: UInt16, _ backend: String, _ to: UInt16)
                    throws
                    -> TranslationSample
                {
                    TranslationSample(
                        client: try #require(Address(client)), transport: transport, service: try #require(Address(service)),
                        servicePort: port, backend: try #require(Address(backend)), backendPort: to)
                }
                let truth: Set<TranslationSample> = [
                    try sample(client.ipv4, .tcp, Self.service.ipv4, 80, server.ipv4, 8080),
                    try sample(client.ipv6, .tcp, Self.service.ipv6, 80, server.ipv6, 8080),
                    try sample(client.ipv4, .udp, Self.service.ipv4, 53, server.ipv4, 5353),
                ]
                let (told, source) = try read(laboratory)
                #expect(told == truth)
                #expect(source.state == .works && source.gave == "3 translations of 3 addresses", "\(source)")
                #expect(try read(laboratory, clients: [try #require(Address(server.ipv4))]).0.isEmpty)
                #expect(try read(laboratory, clients: [try #require(Address(client.ipv6))]).0.count == 1)
            }
        }

        @Test("a namespace that is not there is said") func absent() throws {
            var translations = Translations(.file("/run/netns/none"), isBuiltIn: true)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
            defer { buffer.deallocate() }
            translations.collect(now: 1, clients: nil, into: buffer) { _ in Issue.record("told") }
            #expect(translations.sample.state == .off && translations.sample.reason?.contains("/run/netns/none") == true)
        }
    }
}
