// The laboratory's servers, clients and links, without podglass: what the tests of requests stand on.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct LaboratoryServersTests {
        @Test("nginx logs each request of h2load, ab and our own client by method, status and port") func requests() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx(server: WebServer.answers, ports: [8101])
                let paths = ["/", "/empty", "/204", "/301", "/304", "/500", "/503", "/missing"]
                try await client.h2load(paths.map { Pod.url(web.ipv4, path: $0) }, requests: 80, connections: 2)
                _ = try await server.log(of: 80)
                #expect(
                    server.tally() == [
                        "GET 200": 20, "GET 204": 10, "GET 301": 10, "GET 304": 10, "GET 404": 10, "GET 500": 10, "GET 503": 10,
                    ])
                let heard = try await client.converse(
                    web.ipv4, port: 8101, [.send(String(repeating: "HEAD / HTTP/1.1\r\nHost: lab\r\n\r\n", count: 3)), .listen])
                #expect(heard.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
                _ = try await server.log(of: 83)
                #expect(server.tally(port: 8101) == ["HEAD 200": 3])
                #expect(Set(server.log.filter { $0.port == 8101 }.map(\.connection)).count == 1)
            }
        }

        @Test("nsd answers NOERROR, NXDOMAIN, SERVFAIL and REFUSED, over UDP and TCP") func names() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("dns")
                let client = try laboratory.pod("client")
                _ = try await server.nsd(records: ["node IN A 192.0.2.7"])
                let questions = ["both.lab.test AAAA", "none.lab.test A", "broken.test A", "elsewhere.test A", "node.lab.test A"]
                let expected = ["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOERROR"]
                #expect(try await client.dig(questions, at: server.ipv4).statuses == expected)
                #expect(try await client.dig(questions, at: server.ipv6, options: ["+tcp"]).statuses == expected)
            }
        }

        @Test("a slow link is as slow as it is said to be, and a reordering one reorders without losing") func links() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("megabyte", bytes: 5 << 20)
                try web.slowDown(megabitsPerSecond: 100)
                let transfer = try await client.curl(Pod.url(web.ipv4, path: "/megabyte"))
                #expect((0.38...0.55).contains(transfer.seconds))
                try await client.reorder(percent: 5, in: laboratory)
                #expect(try await client.curl(Pod.url(web.ipv4, path: "/megabyte")).bodyBytes == 5 << 20)
                #expect(try client.counter("TcpExtTCPOFOQueue") > 10)
            }
        }

        @Test("the node itself is reached by its pods and reaches them") func host() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let server = try await web.nginx()
                let node = try laboratory.node()
                _ = try await node.run(["curl", "-sS", Pod.url(web.ipv6)])
                #expect(try await server.log(of: 1).map(\.status) == [200])
            }
        }
    }
}
