import Aggregation
import Testing

@testable import Console

@Suite("podglass observe") struct ObserveCommandTests {
    private let now: UInt64 = 1_733_844_033_000_000_000

    private func plan(_ arguments: [String]) throws -> Observe.Plan {
        let prepared = try ObserveArguments.prepare(["observe"] + arguments)
        let command = try #require(try Podglass.parseAsRoot(prepared) as? Observe)
        return try command.plan(now: now)
    }

    private func refusal(_ arguments: [String]) -> String? {
        do {
            _ = try plan(arguments)
            return nil
        } catch let failure as Failure {
            return failure.status == Failure.wrongUsage ? failure.sentence : nil
        } catch {
            return Podglass.exitCode(for: error).rawValue == Failure.wrongUsage ? Podglass.message(for: error) : nil
        }
    }

    @Test("without -f it ends after twenty events or five seconds; what was asked for goes before")
    func ends() throws {
        #expect(try plan([]).selection.first == 20 && plan([]).patience == 5_000_000_000)
        #expect(try plan(["-f"]).selection.first == nil && plan(["-f"]).patience == nil)
        #expect(try plan(["--last", "7"]).selection.first == 7 && plan(["--last", "7"]).patience == nil)
        #expect(try plan(["--first", "7"]).selection.first == 7 && plan(["--first", "7"]).selection.last == nil)
        #expect(try plan(["-f", "--last", "7"]).selection.first == nil)
        #expect(try plan(["--until=-5m"]).selection.until == now + 300_000_000_000 && plan(["--until=-5m"]).selection.first == nil)
        let recorded = try plan(["--input-file", "x", "--last", "7", "--since", "5m"])
        #expect(recorded.selection.first == nil && recorded.selection.last == 7 && recorded.selection.since == now - 300_000_000_000)
        #expect(recorded.patience == nil)
    }

    @Test("--not turns the next filter round, and only that")
    func negation() throws {
        let all = ObservedEvents.observations
        func shown(_ arguments: [String]) throws -> [Observation] {
            let selection = try plan(["-f"] + arguments).selection
            return all.filter(selection.matches)
        }
        #expect(try shown(["--not", "--port", "8080"]).count + shown(["--port", "8080"]).count == all.count)
        #expect(try shown(["--not", "--port=8080"]) == shown(["--not", "--port", "8080"]))
        #expect(try shown(["--not", "-t", "drop", "--port", "8080"]) == shown(["--port", "8080", "--not", "--type", "drop"]))
        #expect(try shown(["--not", "-n", "default"]).count + shown(["-n", "default"]).count == all.count)
        #expect(try shown(["--not", "-4"]) == shown(["-6"]) && shown(["--ipv4"]).count + shown(["--ip-version", "v6"]).count == all.count)
        #expect(try shown(["--not", "--reply"]).count + shown(["--reply"]).count == all.count)
        #expect(try shown(["-A"]).count == all.count)
    }

    @Test(
        "wrong use is answered by a sentence and 64",
        arguments: [
            ["--not"], ["--not", "--not", "--port", "1"], ["--not", "-f"], ["--not", "--since", "5m"], ["--port", "x"],
            ["--http-path", "("],
            ["--first", "0"], ["--last", "-1"], ["--first", "1", "--last", "1"], ["-f", "--first", "1"], ["--since", "soon"],
            ["--until", "5m"],
            ["-f", "--until=-5m"], ["--since=-10m", "--until=-5m"], ["-f", "--input-file", "x"], ["-o", "yaml"], ["-o", "dict"],
            ["-o", "tab"],
            ["--all", "--last", "3"], ["--pod", "a", "--from-pod", "b"], ["--nonsense"], ["nonsense"], ["--pod"], ["--not", "--pod"],
            ["--not", "x"],
            ["--last", "99999999999"], ["--not", "-A"],
        ])
    func wrongUsage(arguments: [String]) throws {
        let sentence = try #require(refusal(arguments))
        #expect(!sentence.isEmpty)
    }

    @Test("Hubble's flags that mean nothing here are refused with the reason", arguments: ObserveArguments.refused.keys.sorted())
    func refused(flag: String) throws {
        for arguments in [[flag], [flag, "x"], [flag + "=x"], ["--not", flag, "x"]] {
            let sentence = try #require(refusal(arguments))
            #expect(sentence.contains("means nothing here: "), "\(arguments): \(sentence)")
        }
    }

    @Test("a mistake in a pattern has a caret under its place")
    func caret() throws {
        let lines = try #require(refusal(["--http-path", "^/a(b"])).split(separator: "\n")
        #expect(lines.count == 4 && lines[1] == "^/a(b" && lines[2].trimmingPrefix(while: { $0 == " " }) == "^")
    }

    @Test("other commands' arguments are left alone")
    func others() throws {
        let arguments = ["top", "flows", "--not", "--identity"]
        #expect(try ObserveArguments.prepare(arguments) == arguments)
        #expect(try ObserveArguments.prepare([]) == [])
        #expect(try ObserveArguments.prepare(["observe", "--", "--not"]) == ["observe", "--", "--not"])
    }

    private func lines(_ events: [Event], _ arguments: [String]) throws -> [String] {
        let directory = TemporaryDirectory()
        let path = directory.file("events.podglass")
        var writer = try RecordingWriter(
            path: path, overwriting: true, header: RecordingHeader(version: "0", node: "node-1", started: ObservedEvents.wall))
        for event in events { try writer.append(event) }
        try writer.finish()
        let plan = try plan(arguments + ["--input-file", path])
        var bytes: [UInt8] = []
        try ObserveRecordingLoop(replay: ReplayCollector(recording: .file(path)), selection: plan.selection, format: plan.format).lines {
            line throws(SystemError) in bytes += line
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("a recording shows what was seen live, line for line")
    func recordedEvents() throws {
        let format = CompactFormat()
        let live = ObservedEvents.observations.map { String(decoding: format.line($0).dropLast(), as: UTF8.self) }
        #expect(try lines(ObservedEvents.names + ObservedEvents.objects + ObservedEvents.all + [.tick(ObservedEvents.moment)], []) == live)
    }

    /// Ten closed connections, one a second, and a loss at the end.
    private var recorded: [Event] {
        var events = ObservedEvents.names
        for index in 0..<10 as Range<UInt64> {
            let moment = Moment(
                wall: ObservedEvents.wall + index * ObservedEvents.second,
                monotonic: ObservedEvents.moment.monotonic + index * ObservedEvents.second)
            var sample = ObservedEvents.closed(ObservedEvents.client)
            sample.seen = moment.monotonic
            sample.localPort = 50_000 + UInt16(index)
            events.append(.connection(sample))
            if index == 9 {
                var status = Status()
                status.losses = ["ring_full": 3]
                events.append(.status(status))
            }
            events.append(.tick(moment))
        }
        return events
    }

    private func ports(_ lines: [String]) -> [String] {
        lines.compactMap { $0.split(separator: "frontend-7b58:").dropFirst().first.map { String($0.prefix(5)) } }
    }

    @Test("a recording gives the first, the last, and those of a span of time")
    func recording() throws {
        let all = try lines(recorded, [])
        #expect(ports(all) == (50_000..<50_010).map(String.init))
        #expect(all.count == 11 && all.contains { $0.contains("EVENTS LOST: 3 (ring_full 3)") })
        #expect(try ports(lines(recorded, ["--first", "3"])) == ["50000", "50001", "50002"])
        // What was lost is a line like others.
        #expect(try lines(recorded, ["--last", "3"]) == all.suffix(3))
        #expect(try ports(lines(recorded, ["--since", "2024-12-10T15:20:45Z", "--until", "2024-12-10T15:20:46Z"])) == ["50005", "50006"])
        #expect(try ports(lines(recorded, ["--port", "50003", "--port", "50004"])) == ["50003", "50004"])
        #expect(try lines(recorded, ["--last", "100"]).count == 11)
    }
}
