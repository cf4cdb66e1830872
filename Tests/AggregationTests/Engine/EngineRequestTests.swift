import Testing

@testable import Aggregation

@Suite struct EngineRequestTests {
    private let flow = EngineEvents.key(100, .inbound, port: 8080)
    private let millisecond: UInt64 = 1_000_000

    private func engine(_ capacities: Capacities = Capacities()) -> Engine {
        var engine = Engine(capacities)
        engine.fold([.owner(cgroup: 100, EngineEvents.pod("cart", container: "server")), EngineEvents.tick(1)])
        return engine
    }

    @Test("Counts without a sample are one row, exact, and the sums of flow and workload")
    func countsAlone() throws {
        var engine = engine()
        let key = RequestEvents.key(flow)
        let failed = RequestEvents.key(flow, 503)
        let unanswered = RequestEvents.key(flow, RequestKey.unanswered)
        engine.fold([
            RequestEvents.counted(key, [millisecond, 2 * millisecond, 40 * millisecond], at: 2),
            RequestEvents.counted(failed, [millisecond], at: 2), RequestEvents.counted(unanswered, [], requests: 2, at: 2),
            EngineEvents.tick(2),
        ])
        let tables = engine.tables
        #expect(tables.routes(of: key) == ["~other": 3] && tables.routes(of: failed) == ["~other": 1])
        let row = try #require(tables.requests(key, "~other"))
        #expect(row.delta == 3 && row.latency.count == 3 && row.latency.maximum == 40 * millisecond && row.marks.isEmpty)
        #expect(tables.workloads[Int(row.workload)].owner.workload == "cart" && tables.name(row.container) == "server")
        #expect(row.lastActive == 2 * EngineEvents.second)
        let served = try #require(tables.workload(named: "cart")).served
        #expect(
            served.requests == 6 && served.errors == 3 && served.unanswered == 2 && served.requestsDelta == 6 && served.latency.count == 4)
        #expect(served.errorShare == 0.5)
        #expect(try #require(tables.workload(named: "cart")).called.requests == 0)
        let summary = try #require(tables.requestsOfFlow[flow])
        #expect(summary.requests == 6 && summary.errorsDelta == 3 && summary.latency == served.latency)
        #expect(tables.requestHistory(ofFlow: flow, last: 2).last.map { abs($0 - 6) < 0.01 } == true)
        #expect(tables.requestHistory(ofWorkload: Int(row.workload), last: 1).map { abs($0 - 6) < 0.01 } == [true])

        engine.fold(EngineEvents.tick(3))
        #expect(engine.tables.requests(key, "~other")?.delta == 0 && engine.tables.requestsOfFlow[flow]?.requestsDelta == 0)
        #expect(engine.tables.requestsOfFlow[flow]?.requests == 6 && engine.tables.workload(named: "cart")?.served.requestsDelta == 0)
    }

    @Test("Where every request has a sample, each route is exact and there is no ~other")
    func sampledWhole() throws {
        var engine = engine()
        let key = RequestEvents.key(flow)
        engine.fold([
            RequestEvents.exchange(key, "/a", latency: millisecond), RequestEvents.exchange(key, "/b", latency: 8 * millisecond),
            RequestEvents.exchange(key, "/a", latency: 3 * millisecond),
            RequestEvents.counted(key, [millisecond, 8 * millisecond, 3 * millisecond], sampled: 3, at: 2), EngineEvents.tick(2),
        ])
        #expect(engine.tables.routes(of: key) == ["/a": 2, "/b": 1])
        let a = try #require(engine.tables.requests(key, "/a"))
        #expect(a.marks.isEmpty && a.latency.maximum == 3 * millisecond && a.latency.minimum == millisecond && a.latency.count == 2)
        #expect(engine.tables.requests(key, "/b")?.duration.maximum == 8 * millisecond)
        // The heat map has the same latencies.
        let slice = try #require(engine.tables.latencyLog.slices.last)
        #expect(slice.entries.filter { $0.request == a.serial }.map(\.count).reduce(0, +) == 2 && slice.entries.count == 3)
    }

    @Test("What had no sample is shared out over the samples, marked, and sums to the kernel's count")
    func sharedOut() throws {
        var engine = engine()
        let key = RequestEvents.key(flow)
        let latencies = (0..<100).map { $0 < 75 ? millisecond : 50 * millisecond }
        engine.fold((0..<4).map { RequestEvents.exchange(key, $0 < 3 ? "/a" : "/b", latency: $0 < 3 ? millisecond : 50 * millisecond) })
        engine.fold([RequestEvents.counted(key, latencies, sampled: 4, at: 2), EngineEvents.tick(2)])
        #expect(engine.tables.routes(of: key) == ["/a": 75, "/b": 25])
        let b = try #require(engine.tables.requests(key, "/b"))
        #expect(b.marks == .estimated && b.latency.quantile(0.01).map { $0 > 48 * millisecond } == true && b.latency.count == 25)
        // Nothing to share over: what is left has no route, and what the others count stays estimated.
        engine.fold([RequestEvents.counted(key, [millisecond, millisecond], at: 3), EngineEvents.tick(3)])
        #expect(engine.tables.routes(of: key) == ["/a": 75, "/b": 25, "~other": 2])
        #expect(engine.tables.requests(key, "~other")?.marks == [] && engine.tables.requests(key, "/a")?.marks == .estimated)
    }

    @Test("A sample counted before its exchange comes is held back for two intervals, then has no route")
    func heldBack() throws {
        for late in 1...3 {
            var engine = engine()
            let key = RequestEvents.key(flow)
            engine.fold([RequestEvents.counted(key, [millisecond], sampled: 1, at: 2), EngineEvents.tick(2)])
            #expect(engine.tables.requestTotal == 0)
            for second in 1..<UInt64(late) { engine.fold(EngineEvents.tick(2 + second)) }
            engine.fold([RequestEvents.exchange(key, "/a", latency: millisecond), EngineEvents.tick(UInt64(2 + late))])
            for second in 0..<3 { engine.fold(EngineEvents.tick(UInt64(3 + late + second))) }
            #expect(engine.tables.routes(of: key) == (late < 3 ? ["/a": 1] : ["~other": 1]))
            #expect(engine.tables.requestsOfFlow[flow]?.requests == 1)
        }
    }

    @Test("An exchange that comes before its count waits for it, and one that was never counted makes no row")
    func early() throws {
        var engine = engine()
        let key = RequestEvents.key(flow)
        engine.fold([RequestEvents.exchange(key, "/a"), EngineEvents.tick(2)])
        #expect(engine.tables.requests.count == 0)
        engine.fold([RequestEvents.counted(key, [millisecond], sampled: 1, at: 3), EngineEvents.tick(3)])
        #expect(engine.tables.routes(of: key) == ["/a": 1] && engine.tables.requests(key, "/a")?.marks == [])
        engine.fold([RequestEvents.exchange(key, "/never"), EngineEvents.tick(4), EngineEvents.tick(5), EngineEvents.tick(6)])
        #expect(engine.tables.routes(of: key) == ["/a": 1])
    }

    @Test("An extra sample tells the route of a request that had none within the budget")
    func extra() {
        var engine = engine()
        let key = RequestEvents.key(flow, 500)
        engine.fold([
            RequestEvents.exchange(key, "/bad", isExtra: true), RequestEvents.counted(key, [millisecond], at: 2), EngineEvents.tick(2),
        ])
        #expect(engine.tables.routes(of: key) == ["/bad": 1] && engine.tables.requests(key, "/bad")?.marks == [])
    }

    @Test("A response that went on moves its duration to another bucket")
    func amended() throws {
        var engine = engine()
        let key = RequestEvents.key(flow)
        engine.fold([
            RequestEvents.exchange(key, "/a", latency: millisecond, duration: 2 * millisecond),
            RequestEvents.counted(key, [millisecond], durations: [2 * millisecond], sampled: 1, at: 2), EngineEvents.tick(2),
            RequestEvents.exchange(key, "/a", latency: millisecond, duration: 90 * millisecond, amends: 2 * millisecond),
            RequestEvents.counted(key, [], durations: [90 * millisecond], requests: 0, takenBack: [2 * millisecond], at: 3),
            EngineEvents.tick(3),
        ])
        let row = try #require(engine.tables.requests(key, "/a"))
        #expect(row.total == 1 && row.duration.count == 1 && row.duration.quantile(0.5) == 90 * millisecond)
        #expect(row.latency.count == 1 && engine.tables.exchanges.count == 1)
        #expect(engine.tables.exchanges[0].exchange.duration == 90 * millisecond)
        // The same without its exchange: the kernel's buckets alone.
        engine.fold([
            RequestEvents.counted(key, [], durations: [900 * millisecond], requests: 0, takenBack: [90 * millisecond], at: 4),
            EngineEvents.tick(4),
        ])
        #expect(engine.tables.requests(key, "/a")?.duration.count == 1)
        #expect(engine.tables.requests(key, "/a")?.duration.maximum == 900 * millisecond)
    }
}
