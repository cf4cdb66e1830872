import Aggregation
import Testing
import Views

@testable import Console

@Suite("From a recording", .serialized) struct EndToEndTests {
    private let replay = ReplayCollector(recording: .file(Fixture.recording))

    @Test("the recording that is kept is the one that would be written, and small")
    func fixture() throws {
        let directory = TemporaryDirectory()
        let fresh = directory.file("shop.podglass")
        try Fixture.write(to: fresh)
        let kept = TemporaryDirectory.read(Fixture.recording)
        #expect(kept.count < 50_000)
        if kept != TemporaryDirectory.read(fresh), Fixture.isRecording {
            try Fixture.write(to: Fixture.recording)
            Issue.record("recorded shop.podglass; run without RECORD")
        }
        // Another zlib may compress otherwise; what is in it must be the same.
        #expect(try lines(nil, file: fresh) == lines(nil))
    }

    /// Every interval's lines, as `replay -o json` prints them.
    private func lines(_ table: Schema?, query: String = "", sort: String? = nil, limit: Int? = nil, file: String? = nil) throws -> String {
        var bytes: [UInt8] = []
        let schemas = table.map { [$0] } ?? Schema.all
        try ReplayCollector(recording: .file(file ?? Fixture.recording)).play { tables in
            guard tables.interval > 0 else { return true }
            for schema in schemas {
                let query = try Query.parse(query, schema: schema)
                let listing = Listing(schema: schema, query: query, sort: sort, descending: true, limit: limit)
                var writer = LineLoop.writer(.json, schema)
                writer.write(listing.rows(in: tables), of: tables) { bytes += $0 }
            }
            bytes += StatusLine.bytes(tables, linesDropped: 0)
            return true
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("a query gives these lines")
    func json() throws {
        Fixture.check(try lines(.flows, query: "namespace=shop and retrans>0"), "flows-retransmitting.jsonl")
        Fixture.check(try lines(.pods, sort: "sent", limit: 2), "pods-senders.jsonl")
        Fixture.check(try lines(.drops, query: "cause=NETFILTER_DROP"), "drops.jsonl")
        Fixture.check(try lines(.connections, query: "clientport=40001"), "connection.jsonl")
        Fixture.check(try lines(.requests, query: "status>=500 or p99>1ms or protocol=dns"), "requests-slow-or-failed.jsonl")
        Fixture.check(try lines(.exchanges, query: "failed=true"), "exchanges-failed.jsonl")
    }

    @Test("every interval but the first is printed, and each ends with its status")
    func intervals() throws {
        let lines = try lines(nil).split(separator: "\n")
        #expect(lines.count { $0.contains("\"type\":\"status\"") } == 5)
        #expect(lines.last?.contains("\"lost\":{\"ring_full\":7}") == true)
        #expect(lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }

    private func screen(_ keys: String, width: Int, height: Int) throws -> String {
        var model = ConsoleModel(size: Size(width, height), source: .replay, notice: "replay of shop.podglass")
        try replay.play { tables in
            model.receive(tables)
            return true
        }
        for scalar in keys.unicodeScalars {
            if let key = Key(scalar: scalar) { _ = model.handle(key) }
        }
        return model.draw().lines.joined(separator: "\n") + "\n"
    }

    @Test(
        "keys give these screens",
        arguments: [
            ("pods", ""), ("flows", "2"), ("flows-filtered", "2/retrans>0\r"), ("tcp", "3"), ("flow-connections", "2/retrans>0\r\r"),
            ("mistake", "/pod=="), ("help", "?"), ("pods-of-shop", "/namespace=shop\rj"), ("back", "2/shop\r\u{1b}\u{1b}\u{1b}\u{1b}"),
            ("requests", "4"), ("requests-failed", "4/status>=500\r"), ("exchanges", "4/status=503\r\r"), ("latency", "5"),
            ("latency-cell", "5kk"), ("flow-requests", "2r"), ("dns", "4/protocol=dns\r"),
        ])
    func screens(name: String, keys: String) throws {
        Fixture.check(try screen(keys, width: 80, height: 24), name + "-80x24.txt")
        Fixture.check(try screen(keys, width: 60, height: 15), name + "-60x15.txt")
    }

    @Test("sorted by requests, pods and flows show their requests over time", arguments: [("pods", "1"), ("flows", "2")])
    func trends(name: String, keys: String) throws {
        Fixture.check(try screen(keys + ":sort rps\r", width: 160, height: 15), name + "-by-requests-160x15.txt")
    }

    @Test("no key on any screen shows a control character, and none leaves but q")
    func hostile() throws {
        for keys in ["", "1", "2", "3", "4", "5", "6", "7", "8", "2\r", "2\r\r", "/evil\r", "3/evil\r", "4/evil\r", "4/evil\r\r", "?"] {
            let screen = try screen(keys, width: 120, height: 40)
            #expect(screen.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7f && $0.value != 0x9b })
        }
    }
}
