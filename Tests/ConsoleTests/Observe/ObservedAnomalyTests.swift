import LabSupport
import Testing

@testable import Aggregation
@testable import Console

@Suite("Anomalies in the stream of observe") struct ObservedAnomalyTests {
    /// What the faulty shop's anomalies tell, with a hostile name for cart.
    static let observations: [Aggregation.Observation] = {
        var engine = Engine(rules: ShippedRules.rules)
        var log = ObservationLog(tellsAnomalies: true)
        var observations: [Aggregation.Observation] = []
        for event in FaultyShop(seconds: 240, cartName: ObservedEvents.attack, graveFrom: 140).events {
            engine.fold(event)
            observations += log.receive(event, in: engine)?.observations ?? []
        }
        return observations
    }()

    private func text(_ format: any ObservationFormat, of observations: [Aggregation.Observation] = observations) -> String {
        var format = format
        var bytes: [UInt8] = []
        for observation in observations { bytes += format.line(observation) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func lines(_ arguments: [String]) throws -> [String] {
        let directory = TemporaryDirectory()
        let path = directory.file("shop.podglass")
        try FaultyShop(seconds: 240).write(to: path)
        let prepared = try ObserveArguments.prepare(["observe", "--input-file", path] + arguments)
        let command = try #require(try Podglass.parseAsRoot(prepared) as? Observe)
        let plan = try command.plan(now: 0)
        var bytes: [UInt8] = []
        try ObserveRecordingLoop(replay: ReplayCollector(recording: .file(path)), selection: plan.selection, format: plan.format).lines {
            line throws(SystemError) in bytes += line
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("anomalies give these lines")
    func goldens() {
        let some = Array(ObservedAnomalyTests.observations.prefix(3) + ObservedAnomalyTests.observations.suffix(2))
        Fixture.check(text(CompactFormat()), "observe-anomalies.txt")
        Fixture.check(text(EventFormat(), of: some), "observe-anomalies.jsonl")
        Fixture.check(text(HubbleFormat(), of: some), "observe-anomalies-hubble.jsonl")
    }

    @Test("each begins once, ends once, and what changes between is graver, in an older group or another origin")
    func phases() {
        var last: [UInt64: Aggregation.Observation.Anomaly] = [:]
        var phases: [UInt64: [Aggregation.Observation.AnomalyPhase]] = [:]
        for observation in ObservedAnomalyTests.observations {
            guard case .anomaly(let phase) = observation.kind, let anomaly = observation.anomaly else { continue }
            if phase == .changed {
                let before = last[anomaly.id]
                #expect(
                    before?.severity != anomaly.severity || before?.isOrigin != anomaly.isOrigin
                        || anomaly.group < before?.group ?? 0)
            }
            #expect((phase == .ended) == (anomaly.ended != nil) || phase == .changed)
            last[anomaly.id] = anomaly
            phases[anomaly.id, default: []].append(phase)
        }
        #expect(!phases.isEmpty)
        #expect(phases.values.contains { $0.contains(.changed) })
        for phases in phases.values {
            #expect(phases.first == .began && phases.last == .ended)
            #expect(phases.count { $0 == .began } == 1 && phases.count { $0 == .ended } == 1)
        }
    }

    @Test("they are told only where --type names them, alone or beside events")
    func asked() throws {
        #expect(try lines([]).isEmpty)
        #expect(try lines(["--not", "--type", "drop"]).isEmpty)
        let all = try lines(["--type", "anomaly"])
        #expect(all.contains { $0.contains(" anomaly-began WARNING (") })
        #expect(try lines(["-t", "anomaly-began"]) == all.filter { $0.contains(" anomaly-began ") })
        #expect(try lines(["-t", "anomaly", "-t", "drop"]) == all)
        #expect(try lines(["-t", "anomaly", "--not", "-t", "anomaly-changed"]) == all.filter { !$0.contains(" anomaly-changed ") })
        #expect(try lines(["-t", "anomaly", "-o", "json"]).count == all.count)
    }

    @Test("filters on pods, namespaces and workloads apply to both ends")
    func filters() throws {
        let all = try lines(["-t", "anomaly"])
        #expect(try lines(["-t", "anomaly", "-n", "shop"]) == all)
        #expect(try lines(["-t", "anomaly", "-n", "other"]).isEmpty)
        #expect(try lines(["-t", "anomaly", "--to-pod", "shop/cart-1"]) == all)
        let calls = try lines(["-t", "anomaly", "--from-workload", "Pod/front-7b58"])
        #expect(!calls.isEmpty && calls == all.filter { $0.contains(": shop/front-7b58 -> shop/cart-1:8080 anomaly-") })
        #expect(try lines(["-t", "anomaly", "--protocol", "tcp"]) == calls)
        #expect(try lines(["-t", "anomaly", "-6"]).isEmpty)
        #expect(try lines(["-t", "anomaly", "--ip", "10.244.1.6"]) == all)
        #expect(try lines(["-t", "anomaly", "--verdict", "FORWARDED"]).isEmpty)
        #expect(try lines(["-t", "trace"]).isEmpty)
    }

    @Test("Hubble reads them strictly, and no name of theirs reaches a terminal as it is")
    func hostile() async throws {
        let directory = TemporaryDirectory()
        #expect(try await HubbleReader.complaints(about: text(HubbleFormat()), scratch: directory.path) == [])
        for format in [CompactFormat(), EventFormat(), HubbleFormat()] as [any ObservationFormat] {
            let text = text(format)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.misleadsTerminal })
            #expect(text.split(separator: "\n").count == ObservedAnomalyTests.observations.count)
        }
    }

    @Test("one that left a full table at once is told as ended, and a group whose oldest row left is no news")
    func leaving() {
        var account = AnomalyAccount()
        let full = engine(faulty: 1...30)
        let began = account.observations(full, at: full.tables.moment)
        #expect(!began.isEmpty && began.allSatisfy { $0.kind == .anomaly(.began) })
        #expect(account.observations(full, at: full.tables.moment).isEmpty)
        let empty = Engine()
        let ended = account.observations(empty, at: full.tables.moment)
        #expect(ended.count == began.count && ended.allSatisfy { $0.kind == .anomaly(.ended) && $0.anomaly?.ended != nil })
        #expect(account.observations(empty, at: full.tables.moment).isEmpty)
    }

    /// The shop until its rules are in breach.
    private func engine(faulty: ClosedRange<Int>) -> Engine {
        var engine = Engine(rules: ShippedRules.rules)
        for event in FaultyShop(seconds: faulty.upperBound, faults: [Range(faulty)]).events { engine.fold(event) }
        return engine
    }
}
