import Aggregation
import ArgumentParser
import Glibc
import Testing

@testable import Console

@Suite("podglass check on a recording", .serialized) struct CheckTests {
    private let directory = TemporaryDirectory()

    private func file(_ shop: FaultyShop = FaultyShop(), keeping bytes: Int? = nil) throws -> String {
        let path = directory.file("shop.podglass")
        try shop.write(to: path)
        if let bytes { truncate(path, off_t(bytes)) }
        return path
    }

    private func report(
        _ path: String, _ format: LineFormat = .table, from: RecordedMoment? = nil, until: RecordedMoment? = nil,
        least: Severity = .warning
    ) throws -> (lines: String?, failure: Failure?) {
        let replay = ReplayCollector(recording: .file(path), onset: from)
        let loop = CheckLoop(source: .replay(replay), duration: 1, until: until, least: least, format: format)
        return try loop.report(on: replay)
    }

    @Test("a healthy recording has nothing to tell, and a faulty one tells what was flagged, as text and as JSON")
    func healthAndFault() throws {
        let healthy = try report(file(FaultyShop(faults: [])))
        #expect(healthy.lines == nil && healthy.failure == nil)
        let path = try file()
        let text = try report(path)
        #expect(text.failure == nil)
        #expect(text.lines?.contains("p95 of shop/cart-1 is") == true)
        let json = try report(path, .json)
        let lines = (json.lines ?? "").split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("{\"schema\":\"podglass/1\",\"type\":\"anomaly\"") })
        #expect(lines.contains { $0.contains("\"measure\":\"latency_p95\"") })
    }

    @Test("it ends with 0 where nothing was flagged, 2 where something was, 1 where the recording is damaged")
    func statuses() throws {
        func status(_ path: String) -> Int32 {
            do {
                let command = try Check.parse(["--input-file", path, "--severity", "critical", "-o", "csv"])
                let saved = dup(STDOUT_FILENO)
                let nowhere = open("/dev/null", O_WRONLY)
                dup2(nowhere, STDOUT_FILENO)
                defer {
                    dup2(saved, STDOUT_FILENO)
                    close(saved)
                    close(nowhere)
                }
                try command.run()
                return 0
            } catch let failure as Failure {
                return failure.status
            } catch let code as ExitCode {
                return code.rawValue
            } catch {
                return -1
            }
        }
        let failing = FaultyShop(seconds: 60, faults: [20..<60], errors: 50)
        #expect(try status(file(FaultyShop(seconds: 60, faults: []))) == 0)
        let path = try file(failing)
        #expect(status(path) == 2)
        truncate(path, off_t(TemporaryDirectory.read(path).count - 20))
        #expect(status(path) == 1)
        #expect(status(directory.file("none")) == 1)
    }

    @Test("a damaged recording tells what it showed until then, and why it does not go on")
    func damage() throws {
        let path = try file()
        // Its last second is cut off.
        let whole = try report(path, .csv, until: .elapsed(179 * FaultyShop.second))
        truncate(path, off_t(TemporaryDirectory.read(path).count - 20))
        let cut = try report(path, .csv)
        #expect(cut.failure?.status == 1 && cut.failure?.sentence.contains("is cut off at byte") == true)
        #expect(cut.lines == whole.lines)
        let foreign = directory.file("foreign")
        TemporaryDirectory.write(Array("nothing of ours".utf8), to: foreign)
        let refused = try report(foreign)
        #expect(refused.lines == nil && refused.failure?.sentence.contains("is no recording of podglass") == true)
    }

    @Test("what comes before --from fills the tables and flags nothing: a fault that was there is usual")
    func onset() throws {
        let path = try file()
        #expect(try report(path, until: .elapsed(110)).lines == nil)
        #expect(try report(path, until: .elapsed(140 * FaultyShop.second)).lines != nil)
        // In the midst of the fault: no baseline, and only rules could tell.
        let late = try report(path, .csv, from: .elapsed(125 * FaultyShop.second))
        #expect(late.failure == nil && late.lines?.contains("latency_p95") != true)
        #expect(late.lines?.contains("rule") == true)
        // Half a minute before, a baseline knows too little; by the clock it is the same.
        let early = try report(path, .csv, from: .elapsed(30 * FaultyShop.second))
        #expect(early.lines?.contains("latency_p95") == true)
        #expect(try report(path, .csv, from: .wall(1_700_000_030 * FaultyShop.second)).lines == early.lines)
        #expect(try report(path, .csv, from: .elapsed(0)).lines == report(path, .csv).lines)
    }

    @Test("the tables are the same whenever the watch begins")
    func tables() throws {
        func flows(_ onset: RecordedMoment?) throws -> [UInt64] {
            var sums: [UInt64] = []
            try ReplayCollector(recording: .file(try file()), onset: onset).play { tables in
                sums.append(tables.flows.rows.reduce(0) { $0 + $1.totals[.sentBytes] })
                return true
            }
            return sums
        }
        let sums = try flows(nil)
        #expect(sums.count == 181)
        #expect(try flows(.elapsed(90 * FaultyShop.second)) == sums)
    }

    @Test("a moment beyond the end is said, not called healthy")
    func beyond() throws {
        let path = try file(FaultyShop(seconds: 20, faults: []))
        for moment in [RecordedMoment.elapsed(20 * FaultyShop.second), .elapsed(.max), .wall(.max)] {
            let report = try report(path, from: moment)
            #expect(report.lines == nil && report.failure?.sentence.hasPrefix("nothing was looked at") == true)
        }
        #expect(try report(path, from: .elapsed(19 * FaultyShop.second)).failure == nil)
        #expect(try report(path, from: .elapsed(9 * FaultyShop.second), until: .elapsed(5 * FaultyShop.second)).failure != nil)
    }

    @Test("moments that are none, and moments of a live node, are wrong usage")
    func usage() throws {
        for text in ["soon", "-5s", "5", "2026-13-01"] {
            #expect {
                _ = try Check.parse(["--input-file", "x", "--from=\(text)"]).span()
            } throws: { ($0 as? Failure)?.status == Failure.wrongUsage }
        }
        for flag in ["--from", "--until"] {
            #expect {
                _ = try Check.parse([flag, "5s"]).span()
            } throws: { ($0 as? Failure)?.status == Failure.wrongUsage }
        }
        let span = try Check.parse(["--input-file", "x", "--from", "1m30s", "--until", "2023-11-14T22:15:00Z"]).span()
        #expect(span.from == .elapsed(90 * FaultyShop.second) && span.until == .wall(1_700_000_100 * FaultyShop.second))
    }
}
