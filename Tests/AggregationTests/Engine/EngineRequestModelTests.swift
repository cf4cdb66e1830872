import Testing

@testable import Aggregation

// A seeded stream of requests against a model that keeps every one of them.

@Suite struct EngineRequestModelTests {
    /// What the kernel counted of a key, and what of it may still be on its way.
    private struct Model {
        var requests: UInt64 = 0
        var sampled: [UInt64] = []
        var latencies: [Int: Int64] = [:]
        var durations: [Int: Int64] = [:]
        var routes: [String: UInt64] = [:]
    }

    private struct Stream {
        var random: SplitMix
        /// The share of requests that have a sample, of 8; and of samples that are lost.
        var sampledEighths: UInt64
        var lostEighths: UInt64
        var models: [RequestKey: Model] = [:]
        var delayed: [[Event]] = [[], [], []]
        var amendable: [(key: RequestKey, route: String, duration: UInt64, cookie: UInt64)] = []
        var cookie: UInt64 = 0

        private mutating func isOneOfEight(below share: UInt64) -> Bool { random.next() % 8 < share }

        /// The events of one interval but its tick.
        mutating func interval(_ keys: [RequestKey], busy: Bool) -> [Event] {
            var early: [Event] = []
            var counts: [Event] = []
            for key in keys {
                var model = models[key] ?? Model()
                var latencies: [UInt64] = []
                var durations: [UInt64] = []
                var takenBack: [UInt64] = []
                var sampled = 0
                for _ in 0..<(busy ? random.next() % 40 : 0) {
                    let route = "/r\(Character(UnicodeScalar(UInt8(97 + random.next() % 6))))"
                    let latency = 1_000 + random.magnitude() >> 24
                    let duration = latency + random.magnitude() >> 26
                    latencies.append(latency)
                    durations.append(duration)
                    model.requests += 1
                    model.latencies[Histogram.bucket(of: latency), default: 0] += 1
                    model.durations[Histogram.bucket(of: duration), default: 0] += 1
                    model.routes[route, default: 0] += 1
                    cookie += 1
                    guard isOneOfEight(below: sampledEighths) else { continue }
                    sampled += 1
                    if isOneOfEight(below: lostEighths) { continue }
                    let event = RequestEvents.exchange(key, route, latency: latency, duration: duration, cookie: cookie)
                    amendable.append((key, route, duration, cookie))
                    let delay = Int(random.next() % 8)
                    if delay < 6 { early.append(event) } else { delayed[delay - 6 + 1].append(event) }
                }
                if amendable.count > 20, let told = amendable.popLast(), told.key == key, random.next() % 2 == 0 {
                    let after = told.duration * 3
                    takenBack.append(told.duration)
                    durations.append(after)
                    model.durations[Histogram.bucket(of: told.duration), default: 0] -= 1
                    model.durations[Histogram.bucket(of: after), default: 0] += 1
                    if random.next() % 2 == 0 {
                        delayed[1].append(
                            RequestEvents.exchange(key, told.route, duration: after, amends: told.duration, cookie: told.cookie))
                    }
                }
                model.sampled.append(UInt64(sampled))
                models[key] = model
                guard !latencies.isEmpty || !durations.isEmpty else { continue }
                counts.append(
                    RequestEvents.counted(
                        key, latencies, durations: durations, requests: latencies.count, sampled: sampled, takenBack: takenBack))
            }
            let due = delayed.removeFirst()
            delayed.append([])
            return early + due + counts
        }
    }

    private let keys: [RequestKey] = [
        RequestEvents.key(EngineEvents.key(100, .inbound)), RequestEvents.key(EngineEvents.key(100, .inbound), 500),
        RequestEvents.key(EngineEvents.key(101), 404, operation: 3), RequestEvents.key(EngineEvents.key(102, port: 53), 0, .dns),
        RequestEvents.key(EngineState.otherKey(.inbound, .tcp), 200, operation: 0),
    ]

    private func expect(_ tables: Tables, like stream: Stream, isQuiet: Bool, checksBuckets: Bool) {
        for key in keys {
            let model = stream.models[key] ?? Model()
            let rows = tables.requests.rows.filter { $0.key == key }
            let booked = rows.reduce(0) { $0 + $1.total }
            let mayBeHeld = model.sampled.suffix(2).reduce(0, +)
            #expect(booked <= model.requests && model.requests - booked <= (isQuiet ? 0 : mayBeHeld))
            #expect(rows.allSatisfy { $0.delta <= $0.total && $0.latency.count <= $0.total + mayBeHeld })
            guard isQuiet || checksBuckets else { continue }
            let latencies = (0..<Histogram.bucketCount).map { bucket in rows.reduce(Int64(0)) { $0 + Int64($1.latency[bucket]) } }
            let counted = (0..<Histogram.bucketCount).map { model.latencies[$0] ?? 0 }
            #expect(zip(latencies, counted).allSatisfy { $0 <= $1 })
            guard isQuiet else { continue }
            #expect(latencies == counted)
            let durations = (0..<Histogram.bucketCount).map { bucket in rows.reduce(Int64(0)) { $0 + Int64($1.duration[bucket]) } }
            #expect(durations == (0..<Histogram.bucketCount).map { model.durations[$0] ?? 0 })
        }
    }

    @Test("Rows of a key sum to the kernel's count and histogram, less what is held back", arguments: 0..<16 as Range<UInt64>)
    func model(seed: UInt64) {
        var stream = Stream(random: SplitMix(seed: seed), sampledEighths: [8, 4, 1, 0][Int(seed % 4)], lostEighths: seed / 4 % 2)
        var engine = Engine()
        var flows: [FlowKey: UInt64] = [:]
        for second in 1..<40 as Range<UInt64> {
            engine.fold(stream.interval(keys, busy: second < 30))
            engine.fold(EngineEvents.tick(second))
            expect(engine.tables, like: stream, isQuiet: second == 39, checksBuckets: second % 6 == 0)
        }
        for key in keys { flows[key.flow, default: 0] += stream.models[key]?.requests ?? 0 }
        #expect(engine.tables.requestsOfFlow.mapValues(\.requests) == flows.filter { $0.value > 0 })
        let sides = engine.tables.workloads.rows.reduce(0) { $0 + $1.served.requests + $1.called.requests }
        #expect(sides == flows.values.reduce(0, +))
        // Whole samples, none of them lost: exact by route, and nothing is marked.
        guard stream.sampledEighths == 8, stream.lostEighths == 0 else { return }
        for key in keys where !EngineState.isOther(key.flow) {
            #expect(engine.tables.routes(of: key) == stream.models[key]?.routes)
            #expect(engine.tables.requests.rows.allSatisfy { $0.marks.isEmpty })
        }
    }

    @Test("Any routes, any limits: sums stay exact and rows stay few", arguments: 0..<12 as Range<UInt64>)
    func smallLimits(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var capacities = Capacities()
        capacities.requests = 32
        capacities.routes = 4
        capacities.exchanges = 20
        capacities.requestFlows = 8
        capacities.workloads = 6
        capacities.flows = 12
        var engine = Engine(capacities)
        var total: UInt64 = 0
        for second in 1..<120 as Range<UInt64> {
            // Time goes in large steps at the end, so that rows are idle for long.
            let now = second < 60 ? second : 60 + (second - 60) * 100
            for _ in 0..<random.next() % 30 {
                let flow = EngineEvents.key(
                    100 + random.next() % 12, random.next() % 2 == 0 ? .inbound : .outbound, port: UInt16(random.next() % 3))
                let key = RequestEvents.key(flow, [200, 404, 500, RequestKey.unanswered][Int(random.next() % 4)])
                if random.next() % 8 == 0 { engine.fold(EngineEvents.flow(flow, [.sentBytes: now], at: now)) }
                if random.next() % 16 == 0 { engine.fold(.flowForgotten(flow)) }
                let latency = 1_000 + random.magnitude() >> 30
                let isSampled = random.next() % 2 == 0
                if isSampled { engine.fold(RequestEvents.exchange(key, "/x\(random.next() % 40)", latency: latency, at: now)) }
                engine.fold(RequestEvents.counted(key, [latency], sampled: isSampled ? 1 : 0, at: now))
                total += 1
            }
            engine.fold(EngineEvents.tick(now))
            let tables = engine.tables
            #expect(tables.requestTotal == total && tables.requests.count <= 32 && tables.exchanges.count <= 20)
            #expect(tables.requests.rows.reduce(0) { $0 + $1.latency.count } == total)
            #expect(tables.requestsOfFlow.count <= 8 && tables.requestsOfFlow.values.reduce(0) { $0 + $1.requests } == total)
            #expect(tables.workloads.rows.reduce(0) { $0 + $1.served.requests + $1.called.requests } == total)
            #expect(Set(tables.requests.rows.map(\.serial)).count == tables.requests.count)
            let serials = Set(tables.requests.rows.map(\.serial))
            #expect(tables.exchanges.rows.allSatisfy { serials.contains($0.request) })
            #expect(tables.requests.rows.allSatisfy { $0.workload >= 0 && Int($0.workload) < tables.workloads.count })
            #expect(engine.state.requests.accounts.count <= 32)
        }
        #expect(engine.tables.requests.refused > 0 && engine.tables.requestFlowsRefused > 0)
    }
}
