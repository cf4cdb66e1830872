import Aggregation
import Testing

@testable import Console

/// The rules that podglass brings: each can fire, and a healthy node meets none of them.
@Suite("The rules that are shipped") struct ShippedRuleTests {
    private static let second: UInt64 = 1_000_000_000

    /// A pod behind cgroup 2 with a client and a server side, driven a second at a time.
    private struct Node {
        var engine = Engine()
        var book = Rulebook(ShippedRules.rules)
        var second: UInt64 = 0
        var counters: [Counter: UInt64] = [:]
        var gauges = Gauges()
        var usage = UsageSample(cgroup: 2, read: 0)
        var drops: [String: UInt64] = [:]
        var listenDrops: UInt64 = 0
        var paths = 0

        let outbound = FlowKey(cgroup: 2, netns: 7, direction: .outbound, peer: Address(ipv4: 0x0a00_0001), port: 80)
        let inbound = FlowKey(cgroup: 2, netns: 7, direction: .inbound, peer: Address(ipv4: 0x0a00_0002), port: 8080)

        init() {
            engine.fold(.node(Aggregation.Node(name: "n", kernel: "6", processors: 4)))
            engine.fold(.owner(cgroup: 2, Owner(kind: .pod, key: "cart", workload: "cart", namespace: "shop", pod: "cart")))
            usage.memory = 500
            usage.memoryLimit = 1_000
            usage.cpu = 0
            usage.periods = 0
            usage.throttledPeriods = 0
        }

        mutating func requests(_ count: Int, status: UInt16 = 200, _ application: RequestProtocol = .http1, milliseconds: UInt64 = 5) {
            guard count > 0 else { return }
            let nanoseconds = milliseconds * 1_000_000
            let key = RequestKey(flow: application == .dns ? outbound : inbound, application: application, operation: 1, status: status)
            let bucket = RequestSample.Bucket(bucket: UInt16(Histogram.bucket(of: nanoseconds)), count: Int32(count))
            engine.fold(
                .requests(
                    RequestSample(
                        key: key, requests: UInt64(count), sampled: 0, latencies: [bucket], durations: [bucket], latencyMax: nanoseconds,
                        durationMax: nanoseconds, lastActive: second * ShippedRuleTests.second)))
        }

        /// Samples of requests for paths that nobody asked for before.
        mutating func askForNewPaths(_ count: Int) {
            let key = RequestKey(flow: inbound, application: .http1, operation: 1, status: 200)
            for _ in 0..<count {
                paths += 1
                engine.fold(
                    .request(
                        Exchange(
                            key: key, local: Address(ipv4: 1), localPort: 8080, peerPort: 40_000, cookie: 1,
                            began: second * ShippedRuleTests.second, latency: nil, duration: nil, target: "/x\(paths)y", isExtra: true)))
            }
        }

        /// Ends a second; which rules are in breach, by name.
        mutating func tick() -> Set<String> {
            second += 1
            let now = second * ShippedRuleTests.second
            var sum = Counters.zero
            for (counter, value) in counters { sum[counter] = value }
            engine.fold(.flow(FlowSample(key: outbound, counters: sum, gauges: gauges, lastActive: now)))
            for (reason, packets) in drops {
                engine.fold(.drop(DropSample(key: outbound, local: Address(ipv4: 0), reason: reason, packets: packets, lastSeen: now)))
            }
            engine.fold(
                .listener(
                    ListenerSample(
                        cgroup: 2, command: CommandName(""), netns: 7, address: Address(ipv4: 0), port: 8080, queue: 0, queueLimit: 128,
                        drops: listenDrops)))
            usage.read = now
            engine.fold(.usage(usage))
            engine.fold(.tick(Moment(wall: now, monotonic: now)))
            return Set(book.judge(engine.tables).map { book.rules[$0.rule].name })
        }

        /// What a healthy pod does in a second: some errors, retransmits, failures and drops belong to it.
        mutating func live() {
            requests(50)
            requests(30, status: 0, .dns, milliseconds: 1)
            if second % 10 == 0 { requests(5, status: 500) }
            requests(5, status: 3, .dns)
            counters[.sentBytes, default: 0] += 2_000_000
            counters[.receivedBytes, default: 0] += 100_000
            counters[.opened, default: 0] += 10
            counters[.retransmits, default: 0] += 3
            if second % 10 == 0 { counters[.refused, default: 0] += 1 }
            if second % 30 == 0 { counters[.timedOut, default: 0] += 1 }
            counters[.resetsReceived, default: 0] += 2
            drops["TCP_OLD_DATA", default: 0] += 5
            gauges.zeroWindows = second % 10 == 0 ? 1 : 0
            usage.cpu = (usage.cpu ?? 0) + 900_000_000
            usage.periods = (usage.periods ?? 0) + 10
            usage.throttledPeriods = (usage.throttledPeriods ?? 0) + (second % 2)
        }
    }

    /// What makes a rule fire, beside a healthy pod's life, each second.
    private static let troubles: [String: @Sendable (inout Node) -> Void] = [
        "errors": { $0.requests(10, status: 500) },
        "most-requests-fail": { $0.requests(100, status: 503) },
        "slow": { $0.requests(3, milliseconds: 4_000) },
        "dns-failures": { $0.requests(2, status: 2, .dns) },
        "retransmits": { $0.counters[.retransmits, default: 0] += 200 },
        "connect-failures": { $0.counters[.refused, default: 0] += 8 },
        "syn-timeouts": { $0.counters[.timedOut, default: 0] += 1 },
        "listen-overflow": { $0.listenDrops += 2 },
        "resets": { $0.counters[.resetsSent, default: 0] += 50 },
        "drops": { $0.drops["TCP_OFOMERGE", default: 0] += 40 },
        "firewall-drops": { $0.drops["NETFILTER_DROP", default: 0] += 3 },
        "protocol-drops": { $0.drops["SOCKET_RCVBUFF", default: 0] += 10 },
        "zero-window": { $0.gauges.zeroWindows = 2 },
        "cpu": { $0.usage.cpu = ($0.usage.cpu ?? 0) + 2_900_000_000 },
        "throttled": { $0.usage.throttledPeriods = ($0.usage.throttledPeriods ?? 0) + 5 },
        "memory-limit": { $0.usage.memory = 980 },
        "cardinality": { $0.askForNewPaths(400) },
    ]

    @Test("all of them are read without a mistake, and say what they mean and what to do")
    func reading() {
        let configuration = Configuration(Array(ShippedRules.text.utf8))
        #expect(configuration.mistakes.filter { !$0.sentence.contains("shipped") } == [])
        #expect(ShippedRules.rules.count == ShippedRules.text.split(separator: "\n").count { $0 == "[[rule]]" })
        #expect(Set(ShippedRules.rules.map(\.name)) == Set(Self.troubles.keys).union(["silent"]))
        for rule in ShippedRules.rules {
            #expect(rule.sentence?.contains("{workload}") == true && rule.sentence?.contains("{value}") == true, "\(rule.name)")
            #expect(rule.measure != nil && rule.duration > 0 || rule.name == "silent", "\(rule.name)")
        }
    }

    @Test("a healthy node meets none of them")
    func healthy() {
        var node = Node()
        for _ in 0..<700 {
            node.live()
            let breaches = node.tick()
            #expect(breaches.isEmpty, "\(node.second): \(breaches)")
        }
    }

    @Test("each of them can fire, and ends when the trouble does", arguments: troubles.keys.sorted())
    func firing(name: String) throws {
        let trouble = try #require(Self.troubles[name])
        var node = Node()
        for _ in 0..<40 {
            node.live()
            #expect(node.tick().isEmpty)
        }
        var fired: Set<String> = []
        for _ in 0..<330 where !fired.contains(name) {
            node.live()
            trouble(&node)
            fired.formUnion(node.tick())
        }
        #expect(fired.contains(name))
        node.usage.memory = 500
        var last: Set<String> = []
        for _ in 0..<60 {
            node.live()
            last = node.tick()
        }
        #expect(last.isEmpty)
    }

    @Test("a pod that had traffic all the time and gets none is silent")
    func silence() {
        var node = Node()
        for _ in 0..<400 {
            node.live()
            _ = node.tick()
        }
        node.drops = [:]
        var fired: Set<String> = []
        for _ in 0..<130 { fired.formUnion(node.tick()) }
        #expect(fired == ["silent"])
        for _ in 0..<12 {
            node.live()
            fired = node.tick()
        }
        #expect(fired.isEmpty)
    }
}
