// What multiplies, and what it costs: a thousand pods, one of which is asked for a million different paths, while another, of the class
// `development`, talks to a hundred thousand peers. Memory at a tenth and at the end, whether the sums are what was told to the
// engine, and what the table says of who did it. As a kernel tells 65,536 flows apart, it forgets a peer some minutes later: from half
// of the run on as many leave as come. Kept simple: one thread, one engine, every request sampled.

import Aggregation
import Glibc

struct CardinalityFigures {
    private static let pods = 1_000
    private static let rounds = 1_000
    /// New ones in each round.
    private static let paths = 1_000
    private static let peers = 100
    /// Rounds after which the kernel has forgotten a peer.
    private static let memory = 500
    private static let second: UInt64 = 1_000_000_000
    /// Who does it: by number of the pod.
    private static let asked = 7
    private static let crawler = 13

    private let classes = CardinalityClass.shipped.map { shipped in
        var changed = shipped
        if shipped.name == "development" { changed.namespaces = ["dev-*"] }
        return changed
    }

    /// False where a sum is not what was told.
    func measure() -> Bool {
        let before = resident()
        var engine = Engine(classes: classes)
        for number in 0..<Self.pods { engine.fold(.owner(cgroup: cgroup(number), owner(number))) }
        var told = (connections: UInt64(0), requests: UInt64(0))
        var (tenth, half) = (0.0, 0.0)
        for round in 1...Self.rounds {
            let now = UInt64(round) * Self.second
            for number in 0..<Self.pods { engine.fold(flow(number, peer: number, opened: UInt64(round), now)) }
            told.connections += UInt64(Self.pods)
            for number in 0..<Self.peers {
                engine.fold(flow(Self.crawler, peer: Self.pods + round * Self.peers + number, opened: 1, now))
            }
            told.connections += UInt64(Self.peers)
            for number in 0..<Self.peers where round > Self.memory {
                engine.fold(.flowForgotten(key(Self.crawler, peer: Self.pods + (round - Self.memory) * Self.peers + number)))
            }
            ask(&engine, round, now)
            told.requests += UInt64(Self.paths)
            engine.fold(.tick(Moment(wall: 1_765_380_033 * Self.second + now, monotonic: now)))
            if round == Self.rounds / 10 { tenth = resident() - before }
            if round == Self.rounds / 2 { half = resident() - before }
        }
        let tables = engine.tables
        let connections = tables.flows.rows.reduce(UInt64(0)) { $0 + $1.totals[.opened] }
        let requests = tables.requests.rows.reduce(UInt64(0)) { $0 + $1.total }
        figure("memory at a tenth of it", tenth / 1e6, "MB")
        figure("memory at half of it", half / 1e6, "MB")
        figure("memory", (resident() - before) / 1e6, "MB")
        figure("rows of flows", Double(tables.flows.count), "")
        figure("rows of requests", Double(tables.requests.count), "")
        figure("connections missing of \(told.connections)", Double(told.connections) - Double(connections), "", bar: 0)
        figure("requests missing of \(told.requests)", Double(told.requests) - Double(requests), "", bar: 0)
        let listing = Listing(schema: .cardinality, query: nil, sort: nil, descending: true, limit: 4)
        for row in listing.rows(in: tables) { print("  " + tables.sentence(of: tables.cardinality[Int(row)])) }
        return connections == told.connections && requests == told.requests
    }

    private func figure(_ name: String, _ value: Double, _ unit: String, bar: Double? = nil) {
        Figure(name: "cardinality: \(name)", value: value, unit: unit, bar: bar).print()
    }

    private func cgroup(_ number: Int) -> UInt64 { UInt64(1_000 + number) }

    private func owner(_ number: Int) -> Owner {
        let name = number == Self.asked ? "cart" : number == Self.crawler ? "crawler" : "service-\(number)"
        return Owner(
            kind: .pod, key: "pod:\(number)", workload: name, namespace: number == Self.crawler ? "dev-1" : "shop", pod: name,
            podUID: "\(number)")
    }

    private func key(_ number: Int, peer: Int) -> FlowKey {
        FlowKey(
            cgroup: cgroup(number), netns: UInt32(10 + number), direction: .outbound, peer: Address(ipv4: 0x0a40_0000 + UInt32(peer)),
            port: 443)
    }

    private func flow(_ number: Int, peer: Int, opened: UInt64, _ now: UInt64) -> Event {
        var counters = Counters.zero
        counters[.opened] = opened
        return .flow(FlowSample(key: key(number, peer: peer), counters: counters, gauges: Gauges(), lastActive: now))
    }

    private func ask(_ engine: inout Engine, _ round: Int, _ now: UInt64) {
        let flow = FlowKey(
            cgroup: cgroup(Self.asked), netns: UInt32(10 + Self.asked), direction: .inbound, peer: Address(ipv4: 0x0a01_0001), port: 8_080)
        let key = RequestKey(flow: flow, application: .http1, operation: 1, status: 200)
        let latency: UInt64 = 1_000_000
        for number in 0..<Self.paths {
            let name = round * Self.paths + number
            engine.fold(
                .request(
                    Exchange(
                        key: key, local: Address(ipv4: 0x0a00_0009), localPort: 40_000, peerPort: flow.port, cookie: UInt64(name),
                        began: now,
                        latency: latency, duration: latency, target: "/item/x\(name)z")))
        }
        let buckets = [RequestSample.Bucket(bucket: UInt16(Histogram.bucket(of: latency)), count: Int32(Self.paths))]
        engine.fold(
            .requests(
                RequestSample(
                    key: key, requests: UInt64(Self.paths), sampled: UInt64(Self.paths), latencies: buckets, durations: buckets,
                    latencyMax: latency, durationMax: latency, lastActive: now)))
    }

    private func resident() -> Double { ResidentMemory.bytes() }
}
