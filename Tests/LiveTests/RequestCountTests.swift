// Requests under load, by method and status, at the server's pod and at the client's: nginx's log is the truth.

import LabSupport
import Testing

extension Live {
    @Suite struct RequestCountTests {
        private static let paths = ["/", "/empty", "/text", "/204", "/301", "/304", "/500", "/503", "/missing", "/kibibyte"]

        /// A web server with an answer of every kind, a client, and podglass that looks at both.
        private func withLoad(
            ports: [Int] = [], _ body: (_ client: Pod, _ web: Pod, _ server: WebServer, _ observation: Observation) async throws -> Void
        ) async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx(server: WebServer.answers, http: "keepalive_requests 1000000;", ports: ports)
                try server.file("kibibyte", bytes: 1024)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                try await body(client, web, server, observation)
                try await observation.finish()
            }
        }

        @Test("h2load over kept connections, every status: as many as nginx logged, on both sides") func kept() async throws {
            try await withLoad { client, web, server, observation in
                let urls = Self.paths.map { Pod.url(web.ipv4, path: $0) }
                try await client.h2load(urls, requests: 30_000, connections: 10)
                _ = try await server.log(of: 30_000)
                let interval = try await observation.agrees(with: server.tally())
                // 4xx are the client's errors, 5xx everybody's (OpenTelemetry's conventions).
                func errors(_ workload: String, _ side: String) -> Int {
                    interval.requestRows(of: workload, side).reduce(0) { $0 + ($1["errors_total"].int ?? 0) }
                }
                #expect(errors("web", "server") == 6000)
                #expect(errors("client", "client") == 9000)
            }
        }

        @Test("ab, a connection a request and kept ones, GET, HEAD and POST: as many as nginx logged") func ab() async throws {
            try await withLoad { client, web, server, observation in
                for (path, options) in [
                    ("/kibibyte", []), ("/missing", ["-k"]), ("/503", []), ("/kibibyte", ["-i", "-k"]),
                    ("/post", ["-k", "-p", server.directory + "/nginx.conf", "-T", "text/plain"]),
                ] {
                    let url = Pod.url(web.ipv4, path: path)
                    let finished = try await client.run(["ab", "-q", "-n", "1000", "-c", "10"] + options + [url])
                    #expect(finished.ending == .exited(0), "\(finished.errors)")
                }
                try await client.settled()
                try await observation.agrees(with: server.tally())
            }
        }

        @Test("h2load with eight requests in flight on each connection: as many as nginx logged") func pipelined() async throws {
            try await withLoad { client, web, server, observation in
                // After a 500 nginx closes the connection, and with it what is in flight.
                let urls = Self.paths.filter { $0 != "/500" }.map { Pod.url(web.ipv6, path: $0) }
                try await client.h2load(urls, requests: 10_000, connections: 5, inFlight: 8)
                let log = try await server.log(of: 10_000).count
                let truth = server.tally()
                let sides = [("web", "server"), ("client", "client")]
                let interval = try await observation.settled(within: .seconds(6)) { interval in
                    sides.allSatisfy { interval.tally(of: $0.0, $0.1) == truth }
                }
                // The kernel may hand over segments out of order between its processors, on a clean link too: then a request may be
                // missing, and is counted as not understood.
                var missing = 0
                for (workload, side) in sides {
                    let tally = interval.tally(of: workload, side)
                    for (what, count) in tally { #expect(count <= truth[what, default: 0], "\(side): \(what)") }
                    missing += log - tally.values.reduce(0, +)
                }
                #expect(missing <= interval.notUnderstood, "\(interval.status["not_understood"])")
                #expect(interval.notUnderstood <= log / 1000, "\(interval.status["not_understood"])")
                #expect(interval.lost == 0, "\(interval.status["lost"])")
            }
        }

        @Test("wrk at full speed: the server's pod answered as many as nginx logged") func fullSpeed() async throws {
            try await withLoad { client, web, server, observation in
                let answered = try await client.wrk(Pod.url(web.ipv4, path: "/kibibyte"), connections: 16, seconds: 3)
                try await client.settled()
                // wrk leaves in the middle: what it asked last may have no answer, and nginx logs that nothing was sent.
                let truth = server.log.filter { $0.sentBytes > 0 }.reduce(into: Tally()) {
                    $0["\($1.method) \($1.status)", default: 0] += 1
                }
                #expect(truth["GET 200", default: 0] >= answered)
                let interval = try await observation.settled(within: .seconds(6)) {
                    $0.tally(of: "web", "server")["GET 200"] == truth["GET 200"]
                }
                var tally = interval.tally(of: "web", "server")
                #expect(tally.removeValue(forKey: "GET unanswered") ?? 0 <= 16)
                #expect(tally == truth)
                #expect(interval.lost == 0 && interval.notUnderstood == 0)
            }
        }
    }
}

extension Pod {
    /// Waits until no connection of this pod is left open: a server's last log line is then written.
    fileprivate func settled() async throws {
        for _ in 0..<100 where try sockets().contains(where: { $0.state == "ESTAB" }) { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .milliseconds(100))
    }
}
