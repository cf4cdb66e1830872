// Random conversations over one connection: the parsers find the messages where a naive reading finds them, however the
// stream is cut into segments.

import CProbes
import Testing

@testable import Aggregation

@Suite struct HTTP1StreamTests {
    private struct Conversation {
        var requests: [UInt8] = []
        var responses: [UInt8] = []
        var methods: [String] = []
        var answers = 0

        init(_ random: inout Seeded) {
            let count = random.number(1...8)
            for turn in 0..<count {
                let method = random.pick(["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPPATCH", "QUERY"])
                methods.append(method)
                let hasBody = ["POST", "PUT", "PATCH", "QUERY"].contains(method)
                requests += Self.message("\(method) /\(turn)?q=\(random.next()) HTTP/1.1", hasBody: hasBody, &random)
                for _ in 0..<random.number(0...1) where hasBody {
                    responses += Array("HTTP/1.1 \(random.pick(["100 Continue", "103 Early Hints"]))\r\n\r\n".utf8)
                    answers += 1
                }
                answers += 1
                let status = random.pick([200, 200, 204, 301, 304, 404, 500, 599])
                if turn == count - 1, method != "HEAD", random.number(0...2) == 0 {
                    responses += Array("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end\r\n\r\nHTTP/1.1 200 ".utf8)
                } else {
                    let hasBody = method != "HEAD" && status != 204 && status != 304
                    responses += Self.message("HTTP/1.1 \(status) Reason", hasBody: hasBody, sizeAnyway: status != 204, &random)
                }
            }
        }

        private static func message(_ line: String, hasBody: Bool, sizeAnyway: Bool = false, _ random: inout Seeded) -> [UInt8] {
            var fields = [line, "Host: a.example"]
            for _ in 0..<random.number(0...4) {
                let name = random.pick(["Cookie", "Content-Type", "content-encoding", "Trailer", "X", "transfer-note"])
                fields.append("\(name): \(String(repeating: "v", count: random.number(0...300)))")
            }
            let size = random.pick([0, 1, 7, 300, 5_000])
            // Bodies that look like messages.
            let body =
                Array("GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\n\r\n0\r\n\r\n".utf8.prefix(size))
                + [UInt8](repeating: 65, count: size)
            var bytes: [UInt8] = []
            if hasBody, random.number(0...1) == 0 {
                fields.append(
                    random.pick(["Transfer-Encoding: chunked", "transfer-encoding:  gzip , Chunked", "TRANSFER-ENCODING:chunked"]))
                var rest = body[...]
                while !rest.isEmpty {
                    let chunk = rest.prefix(random.number(1...2_000))
                    bytes += Array("\(String(chunk.count, radix: 16))\(random.pick(["", ";x=y"]))\r\n".utf8) + chunk + [13, 10]
                    rest = rest.dropFirst(chunk.count)
                }
                bytes += Array("0\r\n\(random.pick(["", "Digest: 1\r\n"]))\r\n".utf8)
            } else if hasBody || sizeAnyway {
                fields.append(
                    random.pick(["Content-Length: \(body.count)", "content-length:\(body.count) ", "CONTENT-LENGTH: \(body.count)"]))
                if hasBody { bytes = body }
            }
            fields.append("Accept: */*")
            return Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8) + bytes
        }
    }

    private static func parse(_ bytes: [UInt8], answering methods: [UInt32]?, size: () -> Int) -> ParsedHTTP1 {
        var parsed = ParsedHTTP1(answering: methods)
        var rest = bytes[...]
        while !rest.isEmpty {
            let segment = rest.prefix(max(1, size()))
            parsed.receive(segment)
            rest = rest.dropFirst(segment.count)
        }
        parsed.close()
        return parsed
    }

    @Test("Keep-alive, pipelining, chunks, HEAD, 100-continue and bodies until the end are framed as a naive reading frames them")
    func conversations() {
        var random = Seeded(2026)
        for round in 0..<100 {
            let conversation = Conversation(&random)
            let numbers = conversation.methods.map { name in UInt32(ProtocolFacts.httpMethods.firstIndex(of: name) ?? 0) }
            let requests = NaiveHTTP1.messages(of: conversation.requests, answering: nil)
            let responses = NaiveHTTP1.messages(of: conversation.responses, answering: conversation.methods)
            #expect(requests.map(\.number) == numbers && responses.count == conversation.answers, "the naive reading, round \(round)")
            for largest in [1, 5, 60, 1_448, 1 << 20] {
                let sent = Self.parse(conversation.requests, answering: nil) { random.number(1...largest) }
                #expect(!sent.isLost && sent.messages == requests, "round \(round), segments to \(largest)")
                let received = Self.parse(conversation.responses, answering: numbers) { random.number(1...largest) }
                #expect(!received.isLost && received.messages == responses, "round \(round), segments to \(largest)")
            }
        }
    }

    @Test("How a response's body is framed follows from its request, its status and its head")
    func framing() {
        func body(_ method: http_method, _ status: UInt32, _ flags: UInt32, length: UInt64 = 5) -> UInt32 {
            var head = http1_head()
            (head.flags, head.body) = (UInt8(flags), length)
            return http1_body_of_response(method.rawValue, status, &head)
        }
        let length = HTTP1_LENGTH.rawValue
        let chunked = HTTP1_ENCODED.rawValue | HTTP1_CHUNKED.rawValue
        for status: UInt32 in [100, 101, 103, 199, 204, 304] {
            #expect(body(HTTP_GET, status, length | chunked) == HTTP1_BODY_NONE.rawValue)
        }
        for status: UInt32 in [200, 404, 500] { #expect(body(HTTP_HEAD, status, length) == HTTP1_BODY_NONE.rawValue) }
        #expect(body(HTTP_CONNECT, 200, chunked) == HTTP1_BODY_NONE.rawValue)
        #expect(body(HTTP_CONNECT, 407, length) == HTTP1_BODY_LENGTH.rawValue)
        #expect(body(HTTP_GET, 200, length) == HTTP1_BODY_LENGTH.rawValue)
        #expect(body(HTTP_GET, 200, length, length: 0) == HTTP1_BODY_NONE.rawValue)
        #expect(body(HTTP_GET, 200, length | chunked) == HTTP1_BODY_CHUNKED.rawValue)
        #expect(body(HTTP_GET, 200, length | HTTP1_ENCODED.rawValue) == HTTP1_BODY_CLOSE.rawValue)
        #expect(body(HTTP_GET, 200, 0) == HTTP1_BODY_CLOSE.rawValue)
        var request = http1_head()
        #expect(http1_body_of_request(&request) == HTTP1_BODY_NONE.rawValue)
        request.flags = UInt8(HTTP1_ENCODED.rawValue)
        #expect(http1_body_of_request(&request) == HTTP1_BODY_UNKNOWN.rawValue)
        request.flags = UInt8(chunked)
        #expect(http1_body_of_request(&request) == HTTP1_BODY_CHUNKED.rawValue)
        (request.flags, request.body) = (UInt8(length), 9)
        #expect(http1_body_of_request(&request) == HTTP1_BODY_LENGTH.rawValue)
    }
}
