import Testing

@testable import Aggregation

/// Recent values, against a model that keeps everything and counts anew what lies in the windows.
@Suite struct RecentTests {
    private struct Seen {
        var at: UInt64
        var latency: UInt64
        var isError: Bool
        var key: RequestKey
    }

    private static let second = EngineEvents.second

    /// When the windows that are in use at the last of these ticks began.
    private func windowsBegan(_ ticks: [UInt64]) -> UInt64 {
        var (finished, running) = (ticks[0], ticks[0])
        for tick in ticks.dropFirst() where tick - running >= 10 * RecentTests.second { (finished, running) = (running, tick) }
        return finished
    }

    @Test("What is recent is what a naive count of the windows gives, in workloads, flows and rows", arguments: 0..<12 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let flow = EngineEvents.key(100, .inbound)
        let keys = [RequestEvents.key(flow), RequestEvents.key(flow, 500), RequestEvents.key(flow, 0, .dns)]
        var engine = Engine()
        engine.fold(.owner(cgroup: 100, EngineEvents.pod("cart")))
        var now = RecentTests.second
        var ticks: [UInt64] = []
        var seen: [Seen] = []
        for step in 0..<120 {
            var counts: [RequestKey: [UInt64]] = [:]
            if step % 40 < 25 {
                for _ in 0..<random.next() % 12 {
                    let key = keys[Int(random.next() % 3)]
                    counts[key, default: []].append(1_000 + random.magnitude() >> 24)
                }
            }
            now += [200_000_000, 1_000_000_000, 3_500_000_000, 15_000_000_000][random.next() % 16 < 12 ? 1 : Int(random.next() % 4)]
            for key in keys {
                guard let latencies = counts[key] else { continue }
                engine.fold(RequestEvents.counted(key, latencies, at: now / RecentTests.second))
                seen += latencies.map { Seen(at: now, latency: $0, isError: key.isError, key: key) }
            }
            engine.fold(.tick(Moment(wall: now, monotonic: now)))
            ticks.append(now)
            // What was before the first tick is of no interval.
            let began = windowsBegan(ticks)
            let recent = seen.filter { $0.at > began }
            expect(engine.tables.workloads[0].served.recent, holds: recent)
            expect(engine.tables.requestsOfFlow[flow]?.recent ?? Recent(), holds: recent)
            for row in engine.tables.requests.rows { expect(row.recent, holds: recent.filter { $0.key == row.key }) }
            #expect(engine.tables.recent.seconds(at: now) == (now > began ? Double(now - began) / 1e9 : nil))
        }
        #expect(seen.count > 100)
    }

    private func expect(_ recent: Recent, holds seen: [Seen]) {
        #expect(recent.requests == UInt64(seen.count))
        #expect(recent.errors == UInt64(seen.count { $0.isError }))
        #expect(recent.isEmpty == seen.isEmpty)
        var latencies = Histogram()
        // As the engine is told: buckets, and the exact largest alone.
        for one in seen { latencies.record(Histogram.middle(of: Histogram.bucket(of: one.latency))) }
        for quantile in [0.5, 0.95] {
            let bucket = recent.latency(quantile).map { Histogram.bucket(of: $0) }
            #expect(bucket == latencies.quantile(quantile).map { Histogram.bucket(of: $0) })
        }
    }

    @Test("Two histograms together have the quantiles of the merged one", arguments: 0..<20 as Range<UInt64>)
    func quantiles(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var (left, right) = (Histogram(), Histogram())
        for _ in 0..<random.next() % 50 { left.record(random.magnitude() >> 20) }
        for _ in 0..<random.next() % 50 { right.record(random.magnitude() >> 30) }
        var both = left
        both.merge(right)
        for quantile in [0, 0.5, 0.9, 0.95, 0.99, 1] { #expect(Histogram.quantile(quantile, of: left, right) == both.quantile(quantile)) }
    }

    @Test("Traffic, failures, resets and drops of a workload are recent for 10 to 20 seconds")
    func traffic() throws {
        let key = EngineEvents.key(100)
        var engine = Engine()
        engine.fold(.owner(cgroup: 100, EngineEvents.pod("cart")))
        engine.fold(EngineEvents.tick(1))
        engine.fold(
            EngineEvents.flow(key, [.sentBytes: 14_480, .retransmits: 10, .opened: 3, .refused: 1, .timedOut: 2, .resetsSent: 4], at: 2))
        engine.fold(EngineEvents.drop(key, 6, at: 2))
        engine.fold(EngineEvents.listener(100, drops: 5))
        engine.fold(EngineEvents.tick(2))
        func value(_ word: String) -> Double? { Schema.pods.field(word)?.value(engine.tables, 0).number }
        #expect(value("recentretrans") == 10 && value("recentretransshare") == 0.5)
        #expect(value("recentconnects") == 6 && value("recentconnectfailures") == 0.5 && value("recenttimeouts") == 2)
        #expect(value("recentresets") == 4 && value("recentdrops") == 6 && value("recentlistendrops") == 5)
        for second in 3...20 as ClosedRange<UInt64> {
            engine.fold(EngineEvents.tick(second))
            // The windows turn at 11 and at 21.
            #expect(value("recenttimeouts") == 2)
        }
        #expect(value("recentretrans").map { ($0 * 19).rounded() } == 10)
        engine.fold(EngineEvents.tick(21))
        #expect(value("recenttimeouts") == 0 && value("recentretrans") == 0 && value("recentconnectfailures") == nil)
    }

    @Test("A workload that had traffic all the time and has none is silent; one that had little, or that ended, is not")
    func silence() {
        let keys = [EngineEvents.key(100), EngineEvents.key(101), EngineEvents.key(102)]
        var engine = Engine()
        for (index, key) in keys.enumerated() { engine.fold(.owner(cgroup: key.cgroup, EngineEvents.pod("pod\(index)"))) }
        for second in 1...600 as ClosedRange<UInt64> {
            for (index, key) in keys.enumerated() where second < 400 && (index != 1 || second % 60 == 0) {
                engine.fold(EngineEvents.flow(key, [.sentBytes: second], at: second))
            }
            for key in keys {
                var usage = UsageSample(cgroup: key.cgroup, read: second * EngineEvents.second)
                if key.cgroup != 102 || second < 400 { usage.cpu = second }
                engine.fold(.usage(usage))
            }
            engine.fold(EngineEvents.tick(second))
            let silent = (0..<3).map { Schema.pods.field("silent")?.value(engine.tables, $0).number }
            #expect(silent[1] == nil && silent[2] == nil)
            if second < 400 { #expect(silent[0] == nil) }
            if second == 600 { #expect(silent[0] == Double(201 * EngineEvents.second)) }
        }
    }

    @Test("A workload whose place is given to another takes nothing over, and an hour of silence costs nothing")
    func emptiness() {
        var recent = Recent()
        recent.add(requests: 3, errors: 1)
        recent.add(3, bucket: 20, like: 5_000)
        #expect(recent.errorShare == 1.0 / 3)
        recent.turn()
        #expect(!recent.isEmpty)
        recent.turn()
        #expect(recent.isEmpty && recent == Recent() && recent.errorShare == nil && recent.latency(0.5) == nil)
    }
}
