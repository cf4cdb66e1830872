// What the watch costs inside an engine: some 10,000 series, nearly all with a point a second (requests of flows, workloads and routes, RTT,
// processors, memory), rules like those that are shipped, all layers of this process. Beside it runs an engine that has no room for
// series, workloads to know and rules, with the same events: the difference is the watch. CPU of this thread, memory as resident pages.

import Aggregation
import Glibc

struct WatchFigures {
    private static let workloads = 250
    private static let flows = 800
    private static let routes = 3
    /// Intervals: five minutes, so that everything is warm, and of these measured.
    private static let rounds = 300
    private static let measured = 150
    /// Intervals at the end in which every latency is half as long again: much is uncertain.
    private static let trouble = 20

    /// What stands in the shipped rules that look at every row; a copy, because Bench does not import the console.
    private static let rules: [(table: String, when: String)] = [
        ("pods", "errorshare>5% requests>=20 for 20s"), ("pods", "errorshare>50% requests>=20 for 10s"),
        ("pods", "p99>2s requests>=20 for 1m"), ("requests", "errors>=10 protocol=dns for 20s"),
        ("pods", "recentretransshare>5% recentretrans>5/s for 30s"), ("pods", "recentconnectfailures>20% recentconnects>=10 for 20s"),
        ("pods", "recenttimeouts>=3 for 10s"), ("pods", "recentlistendrops>=0.5/s for 10s"), ("pods", "recentresets>20/s for 30s"),
        ("pods", "recentdrops>20/s for 30s"), ("drops", "persecond>=1/s cause=NETFILTER_DROP for 20s"), ("pods", "zerowindows>=1 for 1m"),
    ]

    private struct Course {
        var ticks: [Double] = []
        var folds: [Double] = []
        var troubled: [Double] = []
        var bytes = 0.0
        var series = 0
        var discordsRefused: UInt64 = 0
        var engine: Engine?
    }

    func measure() throws {
        var capacities = Capacities()
        capacities.series = 0
        capacities.acquaintances = 0
        // What a run leaves to the allocator is used again by the next, so the first is for that, and engines are kept until the end.
        let first = run(Engine(capacities))
        let bare = run(Engine(capacities))
        let rules = try WatchFigures.rules.enumerated().map { try Rule(name: "rule \($0)", table: $1.table, when: $1.when) }
        let watched = run(Engine(Capacities(), rules: rules))
        let series = Double(watched.series)
        func perSecond(_ course: Course) -> Double { (course.ticks.reduce(0, +) + course.folds.reduce(0, +)) / Double(course.ticks.count) }
        let cost = perSecond(watched) - perSecond(bare)
        keep((first.engine, bare.engine, watched.engine))
        figure("series", series, "")
        figure("the engine without the watch, of a processor", perSecond(bare) / 1e7, "%")
        figure("the watch, of a processor", cost / 1e7, "%", bar: 5)
        figure("the watch, a series and second", cost / series, "ns")
        figure("end of an interval, 99th percentile", watched.ticks.sorted().quantile(0.99) / 1e6, "ms")
        figure("end of an interval, longest", (watched.ticks.max() ?? 0) / 1e6, "ms")
        figure("end of an interval while everything slows, longest", (watched.troubled.max() ?? 0) / 1e6, "ms")
        figure("doubts that layer 3 was not asked about in these 20 s", Double(watched.discordsRefused), "")
        figure("memory of the watch", (watched.bytes - bare.bytes) / 1e6, "MB", bar: 40)
        figure("memory of the watch, a series", (watched.bytes - bare.bytes) / series, "bytes")
    }

    private func figure(_ name: String, _ value: Double, _ unit: String, bar: Double? = nil) {
        Figure(name: "watch: \(name)", value: value, unit: unit, bar: bar).print()
    }

    private func run(_ engine: consuming Engine) -> Course {
        var town = Town()
        keep(town.events(round: 0, isSlow: false))
        let before = ResidentMemory.bytes()
        var engine = engine
        var course = Course()
        for event in town.introduction() { engine.fold(event) }
        for round in 1...WatchFigures.rounds + WatchFigures.trouble {
            let isTroubled = round > WatchFigures.rounds
            let events = town.events(round: round, isSlow: isTroubled)
            let fold = Stopwatch.nanoseconds { for event in events { engine.fold(event) } }
            let tick = Stopwatch.nanoseconds { engine.fold(.tick(Town.moment(round))) }
            if isTroubled {
                course.troubled.append(tick)
            } else if round > WatchFigures.rounds - WatchFigures.measured {
                course.folds.append(fold)
                course.ticks.append(tick)
            }
            if round == WatchFigures.rounds {
                course.series = engine.state.seriesCount
                course.bytes = ResidentMemory.bytes() - before
            }
        }
        course.discordsRefused = engine.tables.discordsRefused
        course.engine = engine
        return course
    }

    /// Workloads that call each other, fifty requests a second on each flow; the same every time.
    private struct Town {
        static let second: UInt64 = 1_000_000_000
        private var state: UInt64 = 1
        private var counters = [Counters](repeating: .zero, count: WatchFigures.flows + WatchFigures.workloads)

        private var crowds: [Group] = []
        private var lone = Group(requests: 1, usual: [], slow: [])

        init() {
            lone = group(of: 1)
            crowds = (0..<256).map { _ in
                let requests = 45 + random(15)
                return group(of: requests)
            }
        }

        static func moment(_ round: Int) -> Moment {
            Moment(wall: 1_765_380_033 * second + UInt64(round) * second, monotonic: 100_000 * second + UInt64(round) * second)
        }

        private mutating func random(_ count: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % count
        }

        func introduction() -> [Event] {
            (0..<WatchFigures.workloads).flatMap { number -> [Event] in
                let owner = Owner(
                    kind: .pod, key: "pod:\(number)", workload: "service-\(number)", namespace: "team-\(number % 12)",
                    pod: "service-\(number)", podUID: "\(number)")
                let cgroup = UInt64(1_000 + number)
                return [.owner(cgroup: cgroup, owner), .address(address(number), cgroup: cgroup)]
            }
        }

        private func address(_ number: Int) -> Address { Address(ipv4: 0x0af4_0000 | UInt32(number / 250) << 8 | UInt32(number % 250 + 1)) }

        private func key(_ number: Int) -> FlowKey {
            if number >= WatchFigures.flows {
                let workload = number - WatchFigures.flows
                return FlowKey(
                    cgroup: UInt64(1_000 + workload), netns: UInt32(10 + workload), direction: .inbound, peer: Address(ipv4: 0x0a01_0001),
                    port: 8_080)
            }
            let workload = number % WatchFigures.workloads
            return FlowKey(
                cgroup: UInt64(1_000 + workload), netns: UInt32(10 + workload), direction: .outbound,
                peer: address((workload + 1 + number / WatchFigures.workloads * 17) % WatchFigures.workloads), port: 8_080)
        }

        mutating func events(round: Int, isSlow: Bool) -> [Event] {
            let now = Town.moment(round).monotonic
            var events: [Event] = []
            for number in counters.indices {
                let key = key(number)
                // What came is chosen from what was made before, so that making events does not take longer than folding them.
                let crowd = crowds[Int(random(UInt64(crowds.count)))]
                let requests = crowd.requests
                counters[number][.sentBytes] += requests * 500
                counters[number][.receivedBytes] += requests * 15_000
                counters[number][.opened] += 20 + random(5)
                counters[number][.retransmits] += random(4) == 0 ? 1 : 0
                var gauges = Gauges()
                gauges.rttCount = 3
                gauges.rttSum = 900 + UInt64(random(200))
                events.append(.flow(FlowSample(key: key, counters: counters[number], gauges: gauges, lastActive: now)))
                let failed = random(10) == 0 ? UInt64(1) : 0
                events.append(.requests(sample(key, 200, crowd, isSlow, sampled: number >= WatchFigures.flows, now)))
                if failed > 0 { events.append(.requests(sample(key, 500, lone, isSlow, sampled: false, now))) }
                guard number >= WatchFigures.flows else { continue }
                for route in 0..<WatchFigures.routes {
                    events.append(.request(exchange(key, route, isSlow, now)))
                }
                var usage = UsageSample(cgroup: key.cgroup, read: now)
                usage.cpu = UInt64(round) * 300_000_000 + random(20_000_000)
                usage.memory = 400_000_000 + random(8_000_000)
                events.append(.usage(usage))
            }
            return events
        }

        /// Some five octaves around 4 ms.
        private mutating func latency() -> UInt64 {
            let octaves = (0..<4).reduce(0.0) { sum, _ in sum + Double(random(1_000)) / 1_000 } - 2
            return UInt64(4e6 * pow(2, 1.2 * octaves))
        }

        /// Requests of a second, usual and half as slow again.
        private struct Group {
            var requests: UInt64
            var usual: [RequestSample.Bucket]
            var slow: [RequestSample.Bucket]
        }

        private mutating func group(of requests: UInt64) -> Group {
            let latencies = (0..<requests).map { _ in latency() }
            func buckets(_ halves: UInt64) -> [RequestSample.Bucket] {
                var counts: [UInt16: Int32] = [:]
                for latency in latencies { counts[UInt16(Histogram.bucket(of: latency * halves / 2)), default: 0] += 1 }
                return counts.sorted { $0.key < $1.key }.map { RequestSample.Bucket(bucket: $0.key, count: $0.value) }
            }
            return Group(requests: requests, usual: buckets(2), slow: buckets(3))
        }

        private func sample(
            _ key: FlowKey, _ status: UInt16, _ group: Group, _ isSlow: Bool, sampled: Bool, _ now: UInt64
        ) -> RequestSample {
            let told = isSlow ? group.slow : group.usual
            let longest = told.last.map { Histogram.middle(of: Int($0.bucket)) } ?? 0
            return RequestSample(
                key: RequestKey(flow: key, application: .http1, operation: 1, status: status), requests: group.requests,
                sampled: sampled ? UInt64(WatchFigures.routes) : 0, latencies: told, durations: told, latencyMax: longest,
                durationMax: longest, lastActive: now)
        }

        private mutating func exchange(_ key: FlowKey, _ route: Int, _ isSlow: Bool, _ now: UInt64) -> Exchange {
            let latency = latency() * (isSlow ? 3 : 2) / 2
            return Exchange(
                key: RequestKey(flow: key, application: .http1, operation: 1, status: 200), local: address(0), localPort: 8_080,
                peerPort: UInt16(20_000 + random(40_000)), cookie: random(1 << 30), began: now - latency, latency: latency,
                duration: latency, target: ["/cart", "/checkout", "/items"][route])
        }
    }
}
