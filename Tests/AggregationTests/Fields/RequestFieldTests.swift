import Testing

@testable import Aggregation

@Suite("Fields of requests") struct RequestFieldTests {
    private func lines(_ schema: Schema, of tables: Tables) throws -> [JSONValue] {
        var lines: [JSONValue?] = []
        var writer = JSONLine(schema)
        writer.write(schema.rows(tables), of: tables) { lines.append(JSONValue(parsing: String(decoding: $0, as: UTF8.self))) }
        return try lines.map { try #require($0) }
    }

    @Test("a line of requests has every key that was promised")
    func keys() throws {
        let promised = """
            workload namespace pod side peer peer_port protocol method route status requests_total errors_total requests_per_second
            latency_p50_ns latency_p95_ns latency_p99_ns latency_max_ns duration_p50_ns duration_p99_ns encrypted marks reasons
            """
        for line in try lines(.requests, of: fixtureTables()) {
            let keys = Set(line.members.map(\.key))
            for key in promised.split(whereSeparator: \.isWhitespace) { #expect(keys.contains(String(key)), "\(key)") }
        }
    }

    @Test("an HTTP status and a DNS code are strings; without a response they and the latencies are null, with the reason")
    func statuses() throws {
        let lines = try lines(.requests, of: fixtureTables())
        #expect(lines.map { $0["status"] } == ["503", "NXDOMAIN", .null])
        #expect(lines.map { $0["method"] } == ["GET", "AAAA", "POST"])
        #expect(lines.map { $0["errors_total"] } == [.integer(4), .integer(0), .integer(24)])
        #expect(lines.map { $0["encrypted"] } == [.bool(true), .bool(false), .bool(false)])
        #expect(lines[1]["reasons"]?["route"] == "no routes in this protocol")
        for key in ["status", "latency_p50_ns", "latency_max_ns", "duration_p99_ns"] {
            #expect(lines[2]["reasons"]?[key] == "no response", "\(key)")
        }
        #expect(lines[0]["marks"] == ["estimated"])
        #expect(lines[0]["route"] == .string(hostile))
    }

    @Test("quantiles are within 3.1 % of what was recorded, and the largest is exact")
    func quantiles() throws {
        let line = try lines(.requests, of: fixtureTables())[0]
        for (key, expected) in [
            ("latency_p50_ns", 50e6), ("latency_p95_ns", 95e6), ("latency_p99_ns", 99e6), ("duration_p50_ns", 100e6),
        ] {
            guard case .integer(let value) = try #require(line[key]) else {
                Issue.record("\(key) is no number")
                continue
            }
            #expect(abs(Double(value) - expected) <= expected / 32 + 1e6, "\(key)")
        }
        #expect(line["latency_max_ns"] == .integer(100_000_000))
    }

    @Test("pods and flows sum their requests; where there were none, latency is null and the count a zero")
    func summaries() throws {
        let tables = fixtureTables()
        let pods = try lines(.pods, of: tables)
        #expect(pods[0]["requests_total"] == .integer(40) && pods[0]["errors_total"] == .integer(10))
        #expect(pods[0]["requests_per_second"] == .integer(4) && pods[0]["error_ratio"] == .number(0.25))
        #expect(pods[0]["calls_total"] == .integer(0) && pods[1]["calls_total"] == .integer(40))
        #expect(pods[1]["latency_p99_ns"] == .null && pods[1]["calls_latency_max_ns"] == .integer(100_000_000))
        #expect(pods[1]["reasons"]?["latency_p99_ns"] == "no requests seen since podglass started")
        let flows = try lines(.flows, of: tables)
        #expect(flows[0]["requests_total"] == .integer(40) && flows[1]["requests_total"] == .integer(0))
        #expect(flows[1]["error_ratio"] == .null)
    }

    @Test(
        "a status is compared in order where it is a number, and as text everywhere",
        arguments: [
            ("status>=500", [2]), ("status>=404", [1, 2]), ("status<300", [0]), ("status=200,NXDOMAIN", [0, 4]), ("status=NXDOMAIN", [4]),
            ("status!=200", [1, 2, 3, 4, 5]), ("status~^[45]", [1, 2]), ("status~^NO", [3]), ("status=null", [5]),
            ("status>=400 status!=503", [1]), ("not status>=0", [3, 4, 5]), ("503", [2]), ("nxdomain", [4]), ("status>0", [0, 1, 2]),
        ] as [(String, [Int32])])
    func codes(query: String, rows: [Int32]) throws {
        #expect(try Shop.rows(query, of: .requests) == rows)
        let again = try Query.parse(query, schema: .requests).description
        #expect(try Shop.rows(again, of: .requests) == rows)
    }

    @Test(
        "the other words of requests",
        arguments: [
            ("encrypted=true", [5]), ("encrypted!=true", [0, 1, 2, 3, 4]), ("encrypted=false", [0, 1, 2, 3, 4]), ("encrypted=null", []),
            ("protocol=dns", [3, 4]), ("method=POST", [2]), ("route=null", [3, 4]), ("p99>200ms", [2]), ("p50=null", [5]),
            ("latency_p99_ns>15000000", [1, 2]), ("errors>0", [2, 5]), ("rps>=4", [4, 5]), ("side=server", [0, 1, 2]),
            ("namespace=shop status>=500 p99>1s", [2]),
        ] as [(String, [Int32])])
    func words(query: String, rows: [Int32]) throws {
        #expect(try Shop.rows(query, of: .requests) == rows)
    }

    @Test(
        "what does not fit a code or a truth is refused with what would",
        arguments: [
            ("status>=high", "status is a number and “high” is not"), ("encrypted=yes", "encrypted is never “yes”"),
            ("encrypted>1", "encrypted is true or false and “>” does not fit it"), ("status>=5%", "status has no unit"),
        ])
    func refusals(query: String, message: String) {
        #expect(throws: (any Error).self) { try Query.parse(query, schema: .requests) }
        do throws(QueryError) { _ = try Query.parse(query, schema: .requests) } catch { #expect(error.message == message) }
    }

    @Test("statuses are sorted as a person expects, and what has none comes last")
    func order() {
        let rows = Listing(schema: .requests, query: nil, sort: "status", descending: true, limit: nil).rows(in: Shop.tables)
        #expect(rows == [0, 1, 2, 3, 4, 5])
        let encrypted = Listing(schema: .requests, query: nil, sort: "encrypted", descending: false, limit: 1).rows(in: Shop.tables)
        #expect(encrypted == [5])
    }

    @Test("a sparkline is that of what the table is sorted by")
    func trends() {
        var schema = Schema.pods
        schema.trends = [Trend(words: Field.summaryWords, unit: "requests/s") { _, _, seconds in Array(repeating: 7, count: seconds) }]
        #expect(schema.trend(sortedBy: "rate")?.unit == "bytes/s")
        #expect(schema.trend(sortedBy: "p99")?.values(Shop.tables, 0, 3) == [7, 7, 7])
        #expect(Schema.requests.trend(sortedBy: "status")?.unit == "requests/s")
        #expect(Schema.exchanges.trend(sortedBy: "duration") == nil)
        for word in Field.summaryWords { #expect(Schema.pods.field(word) != nil && Schema.flows.field(word) != nil, "\(word)") }
    }

    @Test(
        "of an HTTP target neither the query string nor a password is shown; a DNS name is what it is",
        arguments: [
            ("/search?q=secret", "/search"), ("/a?b?c", "/a"), ("?", ""), ("", ""), ("*", "*"), ("/plain/path", "/plain/path"),
            ("http://user:secret@host/path?x", "http://…@host/path"), ("http://host/a@b", "http://host/a@b"),
            ("host:443", "host:443"), ("://@", "://…@"), ("http://a@b@c/", "http://…@c/"), ("/mail/a@b://c", "/mail/a@b://c"),
            ("user:secret@host:443", "…@host:443"), ("/to/http://user:secret@host/x", "/to/http://…@host/x"),
            ("/a:b/http://x/http://user:secret@host", "/a:b/http://x/http://…@host"),
            ("/x\u{301}?y", "/x\u{301}"), ("/x?\u{301}secret", "/x"),
        ])
    func redaction(target: String, shown: String) {
        let key = Shop.tables.requests[0].key
        func exchange(_ key: RequestKey) -> Exchange {
            Exchange(key: key, local: Shop.cart, localPort: 1, peerPort: 2, cookie: 3, began: 4, latency: 5, duration: 6, target: target)
        }
        #expect(exchange(key).shownTarget == shown)
        #expect(exchange(Shop.tables.requests[3].key).shownTarget == target)
    }

    @Test("no line of exchanges has a query string")
    func secrets() throws {
        let lines = try lines(.exchanges, of: fixtureTables())
        for line in lines { #expect(line["target"]?.string?.contains("secret") == false) }
        #expect(lines[1]["answers"] == ["10.0.0.1", "fe80::1"] && lines[1]["ttl_seconds"] == .integer(30))
        #expect(lines[0]["reasons"]?["answers"] == "not a DNS request")
        #expect(lines[2]["latency_ns"] == .null && lines[2]["failed"] == .bool(true))
        #expect(lines[0]["marks"] == ["partial"])
    }
}
