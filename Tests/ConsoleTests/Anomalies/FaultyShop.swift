// A shop of two pods, a second at a time: front asks cart 60 times a second, and for a while cart takes 25 times as long and fails a part.
// Seeded, the same every time. Cumulative counters go on rising, so that whoever cuts seconds out has to take care.

import Aggregation

@testable import Console

struct FaultyShop {
    static let second: UInt64 = 1_000_000_000
    static let front = Address(ipv4: 0x0af4_0105)
    static let cart = Address(ipv4: 0x0af4_0106)
    static let calling = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: cart, port: 8080)
    static let serving = FlowKey(cgroup: 21, netns: 8, direction: .inbound, peer: front, port: 8080)
    static let header = RecordingHeader(version: "0.1.0", node: "node-1", started: 1_700_000_000 * second)

    var seconds = 180
    /// When cart is slow; ticks are numbered from 0.
    var faults: [Range<Int>] = [120..<160]
    /// A name that attacks the terminal.
    var cartName = "cart-1"
    /// Of 60 requests, while cart is slow.
    var errors: UInt64 = 20
    /// From then on most fail.
    var graveFrom = Int.max

    static func pod(_ name: String) -> Owner {
        Owner(kind: .pod, key: "pod:" + name, workload: name, namespace: "shop", pod: name, podUID: name, container: "server")
    }

    var events: [Event] {
        var random = Chance(state: 7)
        var events: [Event] = [
            .node(Node(name: "node-1", kernel: "6.12.9", processors: 4)), .owner(cgroup: 20, FaultyShop.pod("front-7b58")),
            .owner(cgroup: 21, FaultyShop.pod(cartName)), .address(FaultyShop.front, cgroup: 20), .address(FaultyShop.cart, cgroup: 21),
        ]
        for tick in 0...seconds {
            let isFaulty = faults.contains { $0.contains(tick) }
            let now = UInt64(100 + tick) * FaultyShop.second
            for (key, back) in [(FaultyShop.calling, false), (FaultyShop.serving, true)] {
                var counters = Counters.zero
                counters[back ? .receivedBytes : .sentBytes] = UInt64(tick) * 20_000
                counters[back ? .sentBytes : .receivedBytes] = UInt64(tick) * 1_500_000
                counters[.opened] = UInt64(2 + tick)
                counters[.closed] = UInt64(tick)
                var gauges = Gauges()
                gauges.rttSum = 800 + random.below(100)
                gauges.rttCount = 1
                gauges.rttMax = UInt32(gauges.rttSum)
                events.append(.flow(FlowSample(key: key, counters: counters, gauges: gauges, lastActive: now)))
                guard tick > 0 else { continue }
                let failing: UInt64 = isFaulty ? (tick >= graveFrom ? 50 : errors) : 0
                events.append(.requests(sample(key, status: 200, count: 60 - failing, slow: isFaulty, now, &random)))
                if failing > 0 { events.append(.requests(sample(key, status: 503, count: failing, slow: true, now, &random))) }
            }
            if tick == 50 { events.append(.owner(cgroup: 30, FaultyShop.pod("late-1"))) }
            events.append(.status(Status()))
            events.append(.tick(Moment(wall: UInt64(1_700_000_000 + tick) * FaultyShop.second, monotonic: now)))
        }
        return events
    }

    private func sample(
        _ key: FlowKey, status: UInt16, count: UInt64, slow: Bool, _ now: UInt64, _ random: inout Chance
    ) -> RequestSample {
        var buckets: [UInt16: Int32] = [:]
        var longest: UInt64 = 0
        for _ in 0..<count {
            // 3 to 6 ms.
            let nanoseconds = (3_000_000 + random.below(3_000_000)) * (slow ? 25 : 1)
            longest = max(longest, nanoseconds)
            buckets[UInt16(Histogram.bucket(of: nanoseconds)), default: 0] += 1
        }
        let told = buckets.sorted { $0.key < $1.key }.map { RequestSample.Bucket(bucket: $0.key, count: $0.value) }
        return RequestSample(
            key: RequestKey(flow: key, application: .http1, operation: 1, status: status), requests: count, sampled: 0, latencies: told,
            durations: told, latencyMax: longest, durationMax: longest, lastActive: now)
    }

    func write(to path: String) throws {
        var writer = try RecordingWriter(path: path, overwriting: true, header: FaultyShop.header)
        for event in events { try writer.append(event) }
        try writer.finish()
    }

    /// Knuth's linear congruential generator: enough for jitter.
    struct Chance {
        var state: UInt64

        mutating func below(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
    }
}
