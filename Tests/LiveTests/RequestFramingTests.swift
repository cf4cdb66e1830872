// Where one message ends and the next begins, whatever the segments are: conversations byte for byte with nginx and with
// servers of our own, each on a port of its own, all seen by one podglass.

import LabSupport
import Testing

extension Live {
    @Suite struct RequestFramingTests {
        private struct Shape {
            let name: String
            let steps: [Step]
        }

        private static func get(_ path: String, _ headers: String = "", method: String = "GET") -> String {
            "\(method) \(path) HTTP/1.1\r\nHost: lab\r\n\(headers)\r\n"
        }

        private static func post(_ body: String, _ headers: String = "", to path: String = "/post") -> String {
            "POST \(path) HTTP/1.1\r\nHost: lab\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
        }

        /// A body that reads like messages.
        private static let decoy = "GET /decoy HTTP/1.1\r\nHost: x\r\n\r\nHTTP/1.1 500 Decoy\r\nContent-Length: 0\r\n\r\n"
        private static let chunked =
            "POST /post HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "\(String(decoy.utf8.count, radix: 16));note=\"x\"\r\n\(decoy)\r\n5\r\nhello\r\n0\r\nTrailer: yes\r\n\r\n"

        private static let shapes: [Shape] = [
            Shape(name: "five in one segment", steps: [.send(String(repeating: get("/text"), count: 5)), .listen]),
            Shape(
                name: "different ones in one segment", steps: [.send(get("/text") + get("/missing") + get("/204") + get("/500")), .listen]),
            Shape(name: "byte by byte", steps: [.sendByteByByte(get("/text") + get("/missing")), .listen]),
            Shape(
                name: "a head in two segments",
                steps: [.send("GET /te"), .pause(milliseconds: 30), .send("xt HTTP/1.1\r\nHost: lab\r\n\r\n"), .listen]),
            Shape(
                name: "a method in two segments",
                steps: [.send("GE"), .pause(milliseconds: 30), .send("T /text HTTP/1.1\r\nHost: lab\r\n\r\n"), .listen]),
            Shape(
                name: "split inside the empty line",
                steps: [.send("GET /text HTTP/1.1\r\nHost: lab\r\n\r"), .pause(milliseconds: 30), .send("\n" + get("/missing")), .listen]),
            Shape(
                name: "one and a half, then the rest",
                steps: [.send(get("/text") + "GET /miss"), .listen, .send("ing HTTP/1.1\r\nHost: lab\r\n\r\n"), .listen]),
            Shape(name: "a body in the head's segment", steps: [.send(post("hello") + get("/text")), .listen]),
            Shape(name: "a body that reads like a request", steps: [.send(post(decoy) + get("/text")), .listen]),
            Shape(
                name: "the same in a segment of its own",
                steps: [
                    .send(post("", "X: y\r\n").replacing("Content-Length: 0", with: "Content-Length: \(decoy.utf8.count)")),
                    .pause(milliseconds: 30), .send(decoy), .listen, .send(get("/text")), .listen,
                ]),
            Shape(
                name: "the same head again, its body in a segment of its own",
                steps: Array(
                    repeatElement(
                        [
                            Step.send(post("", "X: z\r\n").replacing("Content-Length: 0", with: "Content-Length: \(decoy.utf8.count)")),
                            .pause(milliseconds: 30), .send(decoy), .listen,
                        ], count: 3
                    ).joined())),
            Shape(
                name: "the same request again and again",
                steps: Array(repeatElement([Step.send(get("/text")), .listen], count: 5).joined())),
            Shape(
                name: "a large body, then another request",
                steps: [.send(post(String(repeating: decoy, count: 5000))), .listen, .send(get("/text")), .listen]),
            Shape(name: "a chunked body", steps: [.send(chunked + get("/text")), .listen]),
            Shape(name: "a chunked body byte by byte", steps: [.sendByteByByte(chunked + get("/text")), .listen]),
            Shape(
                name: "Expect: 100-continue",
                steps: [
                    .send("POST /post HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"), .listen,
                    .send("hello" + get("/text")), .listen,
                ]),
            Shape(name: "HEAD, whose length is of no body", steps: [.send(get("/large", method: "HEAD") + get("/text")), .listen]),
            Shape(name: "204 and 304 have no body", steps: [.send(get("/204") + get("/304") + get("/text")), .listen]),
            Shape(name: "a chunked answer", steps: [.send(get("/chunked/page.html") + get("/text")), .listen]),
            Shape(name: "a large answer, then another", steps: [.send(get("/large")), .listen, .send(get("/text")), .listen]),
            Shape(name: "a part of a file", steps: [.send(get("/large", "Range: bytes=5-9\r\n") + get("/text")), .listen]),
            Shape(
                name: "lines that end without CR",
                steps: [.send("GET /text HTTP/1.1\nHost: lab\n\nGET /text HTTP/1.1\nHost: lab\n\n"), .listen]),
            Shape(name: "an empty line before the request", steps: [.send(get("/text")), .listen, .send("\r\n" + get("/text")), .listen]),
            Shape(
                name: "headers in any case",
                steps: [.send("POST /post HTTP/1.1\r\nhost: lab\r\ncOnTeNt-lEnGtH:    5   \r\n\r\nhello" + get("/text")), .listen]),
            Shape(name: "HTTP/1.0 without a length", steps: [.send("GET /chunked/page.html HTTP/1.0\r\n\r\n"), .listen]),
            Shape(
                name: "HTTP/1.0 kept",
                steps: [
                    .send("GET /text HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), .listen, .send("GET /text HTTP/1.0\r\n\r\n"), .listen,
                ]),
            Shape(name: "Connection: close", steps: [.send(get("/text", "Connection: close\r\n")), .listen]),
            Shape(name: "the writing side closed first", steps: [.send(get("/text")), .finish, .listen]),
            Shape(
                name: "an answer before the body has come",
                steps: [
                    .send("POST /small HTTP/1.1\r\nHost: lab\r\nContent-Length: 90000\r\n\r\n"), .listen,
                    .send(String(repeating: decoy, count: 100)),
                ]),
            Shape(
                name: "many headers",
                steps: [
                    .send(
                        get("/text", (0..<60).map { "X-Header-\($0): \(String(repeating: "v", count: 60))\r\n" }.joined()) + get("/text")),
                    .listen,
                ]),
            Shape(
                name: "a long query string", steps: [.send(get("/text?" + String(repeating: "a=b&", count: 500)) + get("/text")), .listen]),
            Shape(
                name: "OPTIONS, PUT, DELETE and PATCH",
                steps: [.send(["OPTIONS", "PUT", "DELETE", "PATCH"].map { get("/text", method: $0) }.joined()), .listen]),
            Shape(name: "an absolute target", steps: [.send(get("http://lab/text") + get("/text")), .listen]),
        ]

        @Test("conversations with nginx, byte for byte: as its log says, on both sides") func nginx() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let ports = Self.shapes.indices.map { 8100 + $0 }
                let server = try await web.nginx(server: WebServer.answers, ports: ports)
                try server.file("large", bytes: 3 << 20)
                try server.page("chunked/page.html", String(repeating: Self.decoy, count: 1000))
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                try await client.converse(web.ipv4, zip(ports, Self.shapes).map { (port: $0, steps: $1.steps) })
                func isTold(_ interval: Interval) -> Bool {
                    ports.allSatisfy { port in
                        let truth = server.tally(port: port)
                        return interval.tally(of: "web", "server", port: port) == truth
                            && interval.tally(of: "client", "client", port: port) == truth
                    }
                }
                let interval = try await observation.settled(within: .seconds(6), isTold)
                for (port, shape) in zip(ports, Self.shapes) {
                    let truth = server.tally(port: port)
                    #expect(!truth.isEmpty && truth["GET 500"] == (shape.name.hasPrefix("different") ? 1 : nil), "\(shape.name)")
                    #expect(interval.tally(of: "web", "server", port: port) == truth, "\(shape.name), at the server")
                    #expect(interval.tally(of: "client", "client", port: port) == truth, "\(shape.name), at the client")
                }
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                #expect(interval.notUnderstood == 0, "\(interval.status)")
                try await observation.finish()
            }
        }

        @Test("an upgrade is one request, whatever is said after it") func upgrade() async throws {
            try await withServer(.upgrading) { client, web, observation in
                let handshake = Self.get("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n")
                let frames: [Step] = [.send(Self.decoy), .listen, .send("\u{1}\u{7f}" + Self.decoy), .listen]
                try await client.converse(web.ipv4, port: 9000, [.send(handshake), .listen] + frames)
                try await observation.agrees(with: ["GET 101": 1], port: 9000)
            }
        }

        @Test("a server that answers before the request has ended") func hasty() async throws {
            try await withServer(.hasty) { client, web, observation in
                let body = String(repeating: Self.decoy, count: 20)
                let head = "POST /upload HTTP/1.1\r\nHost: lab\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                try await client.converse(
                    web.ipv4, port: 9000, [.send(head), .listen, .send(body), .pause(milliseconds: 30), .send(Self.get("/next")), .listen])
                try await observation.agrees(with: ["POST 200": 1, "GET 200": 1], port: 9000)
            }
        }

        @Test("an answer without a length ends with the connection, and its last byte counts") func unmeasured() async throws {
            try await withServer(.unmeasured) { client, web, observation in
                for _ in 0..<3 { try await client.converse(web.ipv4, port: 9000, [.send(Self.get("/stream")), .listen]) }
                let interval = try await observation.agrees(with: ["GET 200": 3], port: 9000)
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let row = try #require(interval.requestRows(of: workload, side, port: 9000).first)
                    #expect((55...80).contains(row.milliseconds("duration_p50_ns") ?? 0))
                    #expect((row.milliseconds("latency_p50_ns") ?? 100) < 20)
                }
            }
        }

        @Test("requests that nobody answers are counted, without a latency") func unanswered() async throws {
            try await withServer(.silent) { client, web, observation in
                for ending in [[Step.finish], [.reset], []] {
                    try await client.converse(web.ipv4, port: 9000, [.send(Self.get("/void")), .pause(milliseconds: 50)] + ending)
                }
                let interval = try await observation.agrees(with: ["GET unanswered": 3], port: 9000)
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let row = try #require(interval.requestRows(of: workload, side, port: 9000).first)
                    for key in ["latency_p50_ns", "latency_p99_ns", "latency_max_ns", "duration_p50_ns"] {
                        #expect(row[key] == .null)
                        #expect(row["reasons"][key].string != nil)
                    }
                }
            }
        }

        private func withServer(_ manner: Pod.Manner, _ body: (_ client: Pod, _ web: Pod, _ observation: Observation) async throws -> Void)
            async throws
        {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try await web.serve(manner, port: 9000)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                try await body(client, web, observation)
                try await observation.finish()
            }
        }
    }
}
