// Seeded events of every kind. Keys come from small pools, so that samples repeat, change and are forgotten as they do live.

@testable import Aggregation

struct RandomEvents {
    private var random: SplitMix
    private let keys: [FlowKey]

    init(seed: UInt64, keys count: Int = 40) {
        random = SplitMix(seed: seed)
        var generator = SplitMix(seed: seed ^ 0xabcd)
        keys = (0..<count).map { _ in
            FlowKey(
                cgroup: .random(in: 0...UInt64.max, using: &generator) >> UInt64.random(in: 0...63, using: &generator),
                command: Bool.random(using: &generator)
                    ? CommandName("") : CommandName(first: generator.next(), second: generator.next() >> 16),
                netns: .random(in: 0...UInt32.max, using: &generator), direction: Bool.random(using: &generator) ? .inbound : .outbound,
                transport: Bool.random(using: &generator) ? .tcp : .udp,
                peer: Bool.random(using: &generator)
                    ? Address(ipv4: .random(in: 0...UInt32.max, using: &generator))
                    : Address(high: generator.next(), low: generator.next()),
                port: .random(in: 0...UInt16.max, using: &generator))
        }
    }

    /// Small mostly, and sometimes anything.
    private mutating func number<Integer: FixedWidthInteger & UnsignedInteger>(_ type: Integer.Type = Integer.self) -> Integer {
        Integer(truncatingIfNeeded: random.next() >> UInt64.random(in: 0...63, using: &random))
    }

    private mutating func text() -> String {
        let texts = ["", "app", "shop", hostile, "NETFILTER_DROP", String(repeating: "x", count: 300), "é漢😀"]
        return texts[Int.random(in: texts.indices, using: &random)] + String(number(UInt8.self))
    }

    private mutating func optional() -> String? { Bool.random(using: &random) ? text() : nil }

    private mutating func address() -> Address {
        Bool.random(using: &random) ? Address(ipv4: number()) : Address(high: number(), low: number())
    }

    private mutating func key() -> FlowKey { keys[Int.random(in: keys.indices, using: &random)] }

    private mutating func requestKey() -> RequestKey {
        RequestKey(
            flow: key(), application: Bool.random(using: &random) ? .http1 : .dns, operation: number(),
            status: Bool.random(using: &random) ? RequestKey.unanswered : number(), isEncrypted: Bool.random(using: &random))
    }

    private mutating func buckets() -> [RequestSample.Bucket] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
            RequestSample.Bucket(bucket: number(), count: Int32(truncatingIfNeeded: random.next() >> 33) - 1_000)
        }
    }

    private mutating func objectKind() -> ClusterObject.Kind {
        ClusterObject.Kind.allCases[Int.random(in: 0..<ClusterObject.Kind.allCases.count, using: &random)]
    }

    private mutating func object() -> ClusterObject {
        var object = ClusterObject(kind: objectKind(), id: text(), namespace: optional(), name: text())
        object.labels = Labels(pairs: (0..<Int.random(in: 0...3, using: &random)).map { _ in text() })
        if Bool.random(using: &random) {
            object.controller = Controller(kind: text(), name: text(), isEstimated: Bool.random(using: &random))
        }
        object.node = optional()
        object.addresses = (0..<Int.random(in: 0...3, using: &random)).map { _ in address() }
        let roles = ClusterObject.Container.Role.allCases
        object.containers = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            ClusterObject.Container(
                id: text(), name: text(), image: text(), role: roles[Int.random(in: roles.indices, using: &random)], restarts: number(),
                reason: optional())
        }
        object.hasEnded = Bool.random(using: &random)
        return object
    }

    mutating func next() -> Event {
        switch Int.random(in: 0..<26, using: &random) {
        case 0: return .node(Node(name: text(), kernel: text(), processors: number()))
        case 1:
            return .owner(
                cgroup: number(),
                Owner(
                    kind: Owner.Kind.allCases[Int.random(in: 0..<Owner.Kind.allCases.count, using: &random)], key: text(),
                    workload: text(), namespace: optional(), pod: optional(), podUID: optional(), container: optional(),
                    containerID: optional()))
        case 2: return .address(address(), cgroup: number())
        case 3...6:
            var counters = Counters.zero
            for counter in Counter.allCases where Bool.random(using: &random) { counters[counter] = number() }
            var gauges = Gauges()
            gauges.rttSum = number()
            gauges.rttCount = number()
            gauges.rttMax = number()
            gauges.zeroWindows = number()
            return .flow(FlowSample(key: key(), counters: counters, gauges: gauges, lastActive: number()))
        case 7: return .flowForgotten(key())
        case 8:
            let drop = DropSample(
                kind: Bool.random(using: &random) ? .drop : .resetSent, key: key(), local: address(), reason: text(), packets: number(),
                lastSeen: number())
            return Int.random(in: 0..<4, using: &random) == 0 ? .dropForgotten(drop) : .drop(drop)
        case 9:
            if Int.random(in: 0..<4, using: &random) == 0 { return .listenerClosed(netns: number(), address(), port: number()) }
            return .listener(
                ListenerSample(
                    cgroup: number(), command: CommandName(text()), netns: number(), address: address(), port: number(), queue: number(),
                    queueLimit: number(), drops: number()))
        case 10, 11:
            let states = ConnectionState.allCases
            return .connection(
                ConnectionSample(
                    cookie: number(), key: key(), local: address(), localPort: number(), peerPort: number(),
                    state: states[Int.random(in: states.indices, using: &random)], partial: Bool.random(using: &random), pid: number(),
                    established: number(), seen: number(), sentBytes: number(), receivedBytes: number(), retransmits: number(),
                    rtt: number(), congestionWindow: number(), sendWindow: number()))
        case 12: return .timing(TimingSample(key: key(), nanoseconds: number()))
        case 13:
            let states = ProbeSample.State.allCases
            return .probe(
                ProbeSample(
                    name: text(), hook: text(), state: states[Int.random(in: states.indices, using: &random)], reason: optional(),
                    signal: text(), runs: number(), nanoseconds: number(), measuredFor: number(),
                    entries: Bool.random(using: &random) ? number() : nil, limit: Bool.random(using: &random) ? number() : nil,
                    bytes: Bool.random(using: &random) ? number() : nil, lost: number()))
        case 14:
            var status = Status()
            status.cpuRatio = Double.random(in: 0...4, using: &random)
            if Bool.random(using: &random) { status.probeCPURatio = Double.random(in: 0...1, using: &random) }
            status.residentBytes = number()
            status.mapBytes = number()
            for _ in 0..<Int.random(in: 0...5, using: &random) { status.losses[text()] = number() }
            for _ in 0..<Int.random(in: 0...3, using: &random) { status.sampledOut[text()] = number() }
            for _ in 0..<Int.random(in: 0...3, using: &random) { status.notUnderstood[text()] = number() }
            return .status(status)
        case 15, 16:
            return .requests(
                RequestSample(
                    key: requestKey(), requests: number(), sampled: number(), latencies: buckets(), durations: buckets(),
                    latencyMax: number(), durationMax: number(), lastActive: number()))
        case 17:
            return .request(
                Exchange(
                    key: requestKey(), local: address(), localPort: number(), peerPort: number(), cookie: number(), began: number(),
                    latency: Bool.random(using: &random) ? number() : nil, duration: Bool.random(using: &random) ? number() : nil,
                    target: text(), answers: (0..<Int.random(in: 0...3, using: &random)).map { _ in address() }, timeToLive: number(),
                    isExtra: Bool.random(using: &random), isPartial: Bool.random(using: &random), isCut: Bool.random(using: &random),
                    amendedDuration: Bool.random(using: &random) ? number() : nil))
        case 18:
            let kinds = Incident.Kind.allCases
            return .incident(
                Incident(
                    kind: kinds[Int.random(in: kinds.indices, using: &random)], key: key(), local: address(), localPort: number(),
                    peerPort: number(), cookie: number(), time: number(), cause: text(), count: number(), tcpFlags: number()))
        case 19: return .object(object())
        case 20: return .objectGone(objectKind(), id: text())
        case 21:
            return .translation(
                TranslationSample(
                    client: address(), transport: Bool.random(using: &random) ? .tcp : .udp, service: address(), servicePort: number(),
                    backend: address(), backendPort: number()))
        case 22:
            var sample = UsageSample(cgroup: number(), read: number())
            for field in [
                \UsageSample.cpu, \.periods, \.throttledPeriods, \.memory, \.memoryLimit, \.memoryStall, \.memoryKills,
            ] where Bool.random(using: &random) { sample[keyPath: field] = number() }
            return .usage(sample)
        case 23:
            let states = SourceSample.State.allCases
            return .source(
                SourceSample(
                    name: text(), place: text(), state: states[Int.random(in: states.indices, using: &random)], gave: text(),
                    reason: optional()))
        case 24: return .gap(intervals: number())
        default: return .tick(Moment(wall: number(), monotonic: number()))
        }
    }
}
