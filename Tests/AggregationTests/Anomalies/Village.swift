@testable import Aggregation

// A made-up node: services that call each other, a second at a time, with arrivals as Poisson counts them and latencies that are
// lognormal. Faults are changes of a service's figures. Seeded: the same every time.

struct Village {
    struct Service {
        var name: String
        /// Who it calls for each of its own requests.
        var calls: [String] = []
        /// Its own time for a request, nanoseconds: the median, and the spread in octaves.
        var latency = 4e6
        var spread = 0.5
        var errors = 0.0
        /// Connections to it are refused.
        var isDead = false
        /// How often it was deployed anew: each time another pod, cgroup and address.
        var revision = 0
    }

    static let second: UInt64 = 1_000_000_000
    /// Requests a second that come to the first service.
    var load = 50.0
    var services: [Service]
    /// The share of segments that are sent again on what a service opens.
    var loss: [String: Double] = [:]
    private var random: SplitMix
    private(set) var engine: Engine
    private(set) var now: UInt64 = 1_000
    private var flows: [FlowKey: Counters] = [:]
    /// Serials of anomalies by when they were first listed, in seconds.
    private(set) var told: [UInt64: UInt64] = [:]
    /// Each anomaly as it was last.
    private(set) var last: [UInt64: AnomalyRow] = [:]
    private(set) var sentences: [UInt64: String] = [:]

    init(_ services: [Service], seed: UInt64 = 1, capacities: Capacities = Capacities()) {
        self.services = services
        engine = Engine(capacities)
        random = SplitMix(seed: seed)
        for number in services.indices { introduce(number) }
    }

    private mutating func introduce(_ number: Int) {
        engine.fold(.owner(cgroup: cgroup(number), EngineEvents.pod(podName(services[number]))))
        engine.fold(.address(address(number), cgroup: cgroup(number)))
    }

    /// A Deployment's, from its second revision on.
    private func podName(_ service: Service) -> String {
        let letters = Array("bcdfghjklm")
        guard service.revision > 0 else { return service.name }
        return "\(service.name)-6d4cf56db6-x2x\(letters[service.revision / 10 % 10])\(letters[service.revision % 10])"
    }

    func cgroup(_ name: String) -> UInt64 { cgroup(number(name)) }
    private func cgroup(_ number: Int) -> UInt64 { UInt64(100 + number + 1_000 * services[number].revision) }
    private func address(_ number: Int) -> Address { Address(ipv4: 0x0a00_0100 + UInt32(number + 256 * services[number].revision)) }
    private func number(_ name: String) -> Int { services.firstIndex { $0.name == name } ?? 0 }

    mutating func fold(_ event: Event) { engine.fold(event) }

    /// The pod of a service is replaced by another one.
    mutating func deploy(_ name: String) {
        services[number(name)].revision += 1
        introduce(number(name))
    }

    /// Connections of a service to anybody, in the next second.
    mutating func visit(_ name: String, _ peer: Address, port: UInt16 = 443, connections: Int, refused: Int = 0) {
        let key = FlowKey(cgroup: cgroup(number(name)), netns: UInt32(10 + number(name)), direction: .outbound, peer: peer, port: port)
        var counters = flows[key] ?? .zero
        counters[.opened] += UInt64(connections)
        counters[.closed] += UInt64(connections)
        counters[.refused] += UInt64(refused)
        counters[.sentBytes] += UInt64(connections) * 500
        flows[key] = counters
    }

    /// What a service's cgroup says next.
    mutating func consume(_ name: String, memory: Double, limit: Double?) {
        var sample = UsageSample(cgroup: cgroup(number(name)), read: (now + 1) * Village.second)
        sample.memory = UInt64(memory)
        sample.memoryLimit = limit.map { UInt64($0) }
        engine.fold(.usage(sample))
    }

    func address(of name: String) -> Address { address(number(name)) }

    /// What a service answers to a client outside, or gets from one it asks, in the next second.
    mutating func answer(
        _ name: String, _ status: UInt16, requests: Int = 1, as application: RequestProtocol = .http1, from peer: Address? = nil
    ) {
        let flow = FlowKey(
            cgroup: cgroup(number(name)), netns: UInt32(10 + number(name)), direction: peer == nil ? .inbound : .outbound,
            transport: application == .dns ? .udp : .tcp, peer: peer ?? Address(ipv4: 0x0a01_0001), port: application == .dns ? 53 : 80)
        engine.fold(
            .requests(
                RequestSample(
                    key: RequestKey(flow: flow, application: application, operation: 1, status: status), requests: UInt64(requests),
                    sampled: 0, latencies: [], durations: [], latencyMax: 0, durationMax: 0, lastActive: now * Village.second)))
    }

    mutating func change(_ name: String, _ body: (inout Service) -> Void) { body(&services[number(name)]) }

    mutating func run(seconds: Int) {
        for _ in 0..<seconds { step() }
    }

    private mutating func step() {
        now += 1
        let entry = services[0].name
        serve(entry, from: nil, count: poisson(load))
        for (key, counters) in flows {
            var gauges = Gauges()
            gauges.rttSum = 100
            gauges.rttCount = 1
            engine.fold(.flow(FlowSample(key: key, counters: counters, gauges: gauges, lastActive: now * Village.second)))
        }
        engine.fold(.tick(Moment(wall: (1_700_000_000 + now) * Village.second, monotonic: now * Village.second)))
        for row in engine.tables.anomalies.rows {
            if told[row.serial] == nil { told[row.serial] = now }
            last[row.serial] = row
            sentences[row.serial] = engine.tables.sentence(of: row)
        }
    }

    /// `count` requests arrive at a service. What it takes is its own time and that of whom it calls.
    @discardableResult
    private mutating func serve(_ name: String, from caller: String?, count: Int) -> (latencies: [Double], errors: Int) {
        let service = services[number(name)]
        var latencies = (0..<count).map { _ in service.latency * Binary.exp2(normal() * service.spread) }
        var errors = (0..<count).count { _ in uniform() < service.errors }
        for called in service.calls where count > 0 {
            let below = serve(called, from: name, count: count)
            for (index, latency) in below.latencies.enumerated() where index < latencies.count { latencies[index] += latency }
            errors = min(count, errors + below.errors)
        }
        let clients = caller.map { address(number($0)) } ?? Address(ipv4: 0x0a01_0001)
        // What the caller sees: a lost segment is sent again after 200 ms.
        var seen = latencies
        if let share = caller.flatMap({ loss[$0] }), share > 0 {
            for index in seen.indices where uniform() < 2 * share { seen[index] += 200e6 }
        }
        if let caller {
            let out = FlowKey(
                cgroup: cgroup(number(caller)), netns: UInt32(10 + number(caller)), direction: .outbound, peer: address(number(name)),
                port: 80)
            note(out, requests: count, lost: loss[caller] ?? 0, refused: service.isDead)
            if !service.isDead { tell(out, seen, errors) }
        }
        guard !service.isDead else { return ([], count) }
        let inbound = FlowKey(cgroup: cgroup(number(name)), netns: UInt32(10 + number(name)), direction: .inbound, peer: clients, port: 80)
        note(inbound, requests: count, lost: 0, refused: false)
        tell(inbound, latencies, errors)
        return (seen, errors)
    }

    private mutating func note(_ key: FlowKey, requests: Int, lost: Double, refused: Bool) {
        var counters = flows[key] ?? .zero
        if refused {
            counters[.refused] += UInt64(requests)
        } else {
            let opened = UInt64(poisson(Double(requests) / 5))
            counters[.opened] += opened
            counters[.closed] += opened
            counters[.sentBytes] += UInt64(requests) * 500
            counters[.receivedBytes] += UInt64(requests) * 2_000
            counters[.retransmits] += UInt64(poisson(Double(requests) * lost))
        }
        flows[key] = counters
    }

    private mutating func tell(_ flow: FlowKey, _ latencies: [Double], _ errors: Int) {
        for (status, share) in [(UInt16(200), latencies.dropFirst(errors)), (500, latencies.prefix(errors))] where !share.isEmpty {
            var buckets: [UInt16: Int32] = [:]
            for latency in share { buckets[UInt16(Histogram.bucket(of: UInt64(latency))), default: 0] += 1 }
            let told = buckets.sorted { $0.key < $1.key }.map { RequestSample.Bucket(bucket: $0.key, count: $0.value) }
            let key = RequestKey(flow: flow, application: .http1, operation: 1, status: status)
            engine.fold(
                .requests(
                    RequestSample(
                        key: key, requests: UInt64(share.count), sampled: 0, latencies: told, durations: told,
                        latencyMax: UInt64(share.max() ?? 0), durationMax: UInt64(share.max() ?? 0), lastActive: now * Village.second)))
        }
    }

    // MARK: - Chance

    private mutating func uniform() -> Double { (Double(random.next() >> 11) + 0.5) / 9_007_199_254_740_992 }

    /// Twelve uniform values less six: near enough.
    private mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }

    private mutating func poisson(_ mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        if mean > 60 { return max(0, Int((mean + normal() * mean.squareRoot()).rounded())) }
        // Arrivals one after the other, in units of an octave.
        var count = 0
        var passed = 0.0
        while true {
            passed -= Binary.log2(uniform()) * 0.6931471805599453
            if passed > mean { return count }
            count += 1
        }
    }
}
