import Testing

@testable import Aggregation
@testable import Console

@Suite("A recording of the time around anomalies") struct RecordingExcerptTests {
    private static let minute = 60 * FaultyShop.second
    private static let shop = FaultyShop(seconds: 900, faults: [200..<230, 600..<640])

    /// What an excerpt of these events writes.
    private func cut(
        _ events: [Event], margin: UInt64 = 2 * minute, limit: Int = RecordingLimits.ringBytes
    ) -> (events: [Event], account: RecordingExcerpt.Account) {
        var engine = Engine(rules: ShippedRules.rules)
        var excerpt = RecordingExcerpt(margin: margin, limit: limit)
        var written: [Event] = []
        for event in events {
            engine.fold(event)
            let isAnomalous = engine.tables.anomalies.rows.contains { $0.isOpen && $0.severity >= .warning }
            excerpt.receive(event, isAnomalous: isAnomalous) { written.append($0) }
        }
        return (written, excerpt.account)
    }

    /// Through the encoder and back, as a file would.
    private func replayed(_ events: [Event]) throws -> [Event] {
        var encoder = EventEncoder()
        var decoder = EventDecoder()
        var decoded: [Event] = []
        for event in events {
            encoder.encode(event)
            guard case .tick = event else { continue }
            decoder.load(encoder.takePayload())
            while let event = try decoder.next() { decoded.append(event) }
        }
        return decoded
    }

    private struct Seen: Equatable {
        var moment: UInt64
        var sent: UInt64
        var requests: UInt64
    }

    private struct Flagged: Hashable {
        var name: String
        var since: UInt64
        var isRule: Bool
    }

    /// What each interval moved, and the anomalies by what and since when.
    private func play(_ events: [Event]) -> (intervals: [Seen], anomalies: [Flagged], tables: Tables) {
        var engine = Engine(rules: ShippedRules.rules)
        var intervals: [Seen] = []
        var anomalies: Set<Flagged> = []
        for event in events {
            engine.fold(event)
            guard case .tick(let moment) = event else { continue }
            let tables = engine.tables
            for row in tables.anomalies.rows where row.severity >= .warning {
                let name = tables.subjectName(of: row) + " " + tables.measureName(of: row)
                anomalies.insert(Flagged(name: name, since: row.since, isRule: row.layers == .rule))
            }
            guard tables.interval > 0 else { continue }
            intervals.append(
                Seen(
                    moment: moment.monotonic, sent: tables.flows.rows.reduce(0) { $0 + $1.delta[.sentBytes] },
                    requests: tables.requests.rows.reduce(0) { $0 + $1.delta }))
        }
        return (intervals, anomalies.sorted { ($0.name, $0.since) < ($1.name, $1.since) }, engine.tables)
    }

    @Test("it holds the anomalies that were flagged, and each interval as it was; a gap is no traffic and is told")
    func excerpt() throws {
        let events = RecordingExcerptTests.shop.events
        let whole = play(events)
        let (written, account) = cut(events)
        #expect(account.stretches == 2 && account.missing == 0)
        #expect(account.written + account.leftOut < account.seen && account.written > 480 && account.leftOut > 100)
        let part = play(try replayed(written))
        #expect(whole.anomalies.count >= 14 && part.anomalies.count == whole.anomalies.count)
        for (found, told) in zip(part.anomalies, whole.anomalies) {
            #expect(found.name == told.name)
            // Windows of rules turn every 10 s from the first tick on: a breach may begin that much later or earlier.
            let tolerance = found.isRule ? 10 * FaultyShop.second : 0
            #expect(max(found.since, told.since) - min(found.since, told.since) <= tolerance, "\(found.name)")
        }
        // Every interval of the excerpt moved what it moved in the whole.
        let truth = Dictionary(uniqueKeysWithValues: whole.intervals.map { ($0.moment, $0) })
        #expect(part.intervals.count == Int(account.written))
        for seen in part.intervals { #expect(truth[seen.moment] == seen) }
        let sums = part.intervals.reduce(0) { $0 + $1.sent }
        #expect(part.tables.flows.rows.reduce(0) { $0 + $1.totals[.sentBytes] } == sums)
        #expect(part.tables.status.losses[EventLoss.notRecorded] == gaps(written) && gaps(written) > 0)
    }

    private func gaps(_ events: [Event]) -> UInt64 {
        events.reduce(0) { sum, event in if case .gap(let intervals) = event { sum + intervals } else { sum } }
    }

    @Test("without an anomaly nothing is written, and one that begins at once needs no gap")
    func ends() throws {
        let quiet = cut(FaultyShop(seconds: 200, faults: []).events)
        #expect(quiet.events.isEmpty && quiet.account.stretches == 0 && quiet.account.seen == 201)
        let events = FaultyShop(seconds: 80, faults: [0..<80]).events
        let early = cut(events)
        #expect(early.events == events && early.account.leftOut == 0 && gaps(early.events) == 0)
    }

    @Test("a ring without room lets the oldest go, and says how many")
    func room() throws {
        let events = FaultyShop(seconds: 260, faults: [200..<230]).events
        let (written, account) = cut(events, limit: 20_000)
        #expect(account.stretches == 1 && account.missing > 0 && account.written > 30)
        let part = play(try replayed(written))
        #expect(part.intervals.count == Int(account.written))
        #expect(RecordLoop.sentence(account).contains("\(account.missing) before an anomaly found no room in memory"))
    }

    @Test("what ended in a gap is told as ended, and what began in it is known without its past")
    func changes() throws {
        var events: [Event] = []
        let gone = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: Address(ipv4: 1), port: 9)
        let fresh = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: Address(ipv4: 2), port: 9)
        func sample(_ key: FlowKey, _ bytes: UInt64) -> Event {
            var counters = Counters.zero
            counters[.sentBytes] = bytes
            return .flow(FlowSample(key: key, counters: counters, gauges: Gauges(), lastActive: 1))
        }
        for (index, event) in RecordingExcerptTests.shop.events.enumerated() {
            if index == 5 { events.append(sample(gone, 1_000)) }
            if case .tick(let moment) = event, moment.monotonic == 450 * FaultyShop.second {
                events += [.flowForgotten(gone), sample(fresh, 77_000)]
            }
            events.append(event)
        }
        let (written, account) = cut(events, margin: RecordingExcerptTests.minute)
        #expect(account.stretches == 2)
        let tables = play(try replayed(written)).tables
        let known = tables.flows.rows.filter { $0.key == fresh }
        #expect(known.count == 1 && known.allSatisfy { $0.totals[.sentBytes] == 0 && $0.marks.contains(.partial) })
        let ends = written.filter { if case .flowForgotten(gone) = $0 { true } else { false } }
        #expect(ends.count == 1)
    }

    @Test("a stream of events says how much was left out")
    func observed() throws {
        var engine = Engine()
        var log = ObservationLog()
        var lost: UInt64 = 0
        let written = cut(RecordingExcerptTests.shop.events).events
        for event in written {
            engine.fold(event)
            guard let loss = log.receive(event, in: engine)?.loss else { continue }
            lost += loss.causes.first { $0.name == EventLoss.notRecorded }?.count ?? 0
        }
        #expect(lost == gaps(written) && lost > 0)
    }
}
