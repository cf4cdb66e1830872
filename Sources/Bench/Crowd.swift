// A node made up: two hundred pods in twelve namespaces and as many flows as asked, half of them with peers that have a
// name here. The same every time.

import Aggregation

struct Crowd {
    static let second: UInt64 = 1_000_000_000
    static let pods = 200
    private static let services = ["frontend", "cart", "checkout", "payments", "search", "inventory", "mailer", "auth", "redis", "api"]

    let flows: Int

    static func address(ofPod pod: Int) -> Address { Address(ipv4: 0x0af4_0000 | UInt32(pod / 250) << 8 | UInt32(pod % 250 + 1)) }

    /// What is told before the first sample.
    func introduction() -> [Event] {
        var events: [Event] = [.node(Node(name: "ip-10-0-12-7", kernel: "6.18.0", processors: 2))]
        for pod in 0..<Crowd.pods {
            let service = Crowd.services[pod % Crowd.services.count]
            let name = "\(service)-7b58c9d4f-\(String(pod * 7919 % 46_656, radix: 36))"
            let owner = Owner(
                kind: .pod, key: "pod:\(pod)", workload: name, namespace: "team-\(pod % 12)", pod: name, podUID: "\(pod)",
                container: service,
                containerID: "\(pod)")
            events.append(.owner(cgroup: UInt64(1000 + pod), owner))
            events.append(.address(Crowd.address(ofPod: pod), cgroup: UInt64(1000 + pod)))
        }
        return events
    }

    func key(_ index: Int) -> FlowKey {
        // One flow in eight speaks IPv6, every other has a peer on this node.
        let far = UInt32(truncatingIfNeeded: index &* 2_654_435_761)
        let peer: Address =
            index % 8 == 7
            ? Address(high: 0x2001_0db8_0000_0017, low: UInt64(index) << 20 | 0xa5)
            : index % 2 == 0 ? Crowd.address(ofPod: index / 2 * 31 % Crowd.pods) : Address(ipv4: 0x0a00_0000 | far >> 10)
        return FlowKey(
            cgroup: UInt64(1000 + index % Crowd.pods), netns: UInt32(4_026_531_840 + index % Crowd.pods),
            direction: index % 3 == 0 ? .inbound : .outbound, peer: peer,
            port: UInt16(1024 + index / Crowd.pods * 17 % 60_000))
    }

    /// Every flow's sample of the interval `round`; each moved some bytes in it.
    func samples(round: Int) -> [FlowSample] {
        (0..<flows).map { index in
            var counters = Counters.zero
            let step = UInt64(index &* 7919 % 100_003)
            counters[.sentBytes] = UInt64(round) * (step * 100 + 1)
            counters[.receivedBytes] = UInt64(round) * step * 37
            counters[.opened] = UInt64(round) + 3
            counters[.closed] = UInt64(round)
            if index % 50 == 0 { counters[.retransmitsFast] = UInt64(round) }
            if index % 50 == 0 { counters[.retransmits] = UInt64(round) }
            var gauges = Gauges()
            gauges.rttSum = step
            gauges.rttCount = 3
            gauges.rttMax = UInt32(step)
            return FlowSample(key: key(index), counters: counters, gauges: gauges, lastActive: Crowd.moment(round).monotonic)
        }
    }

    static func moment(_ round: Int) -> Moment {
        Moment(wall: 1_765_380_033 * second + UInt64(round) * second, monotonic: 100_000 * second + UInt64(round) * second)
    }

    /// As many single connections, for the drill-down.
    func connections(_ count: Int, round: Int) -> [ConnectionSample] {
        (0..<count).map { index in
            ConnectionSample(
                cookie: UInt64(index + 1), key: key(index % flows), local: Crowd.address(ofPod: index % Crowd.pods),
                localPort: UInt16(20_000 + index % 40_000), peerPort: 443, state: .established, partial: index % 9 == 0, pid: UInt32(index),
                established: Crowd.moment(0).monotonic, seen: Crowd.moment(round).monotonic, sentBytes: UInt64(round * index),
                receivedBytes: UInt64(index), retransmits: 0, rtt: UInt32(index % 5000), congestionWindow: 10, sendWindow: 65_535)
        }
    }

    /// An engine that has seen `rounds` intervals of it.
    func engine(rounds: Int = 3, connections: Int = 0) -> Engine {
        var engine = Engine()
        for event in introduction() { engine.fold(event) }
        for round in 1...rounds {
            for sample in samples(round: round) { engine.fold(.flow(sample)) }
            for sample in self.connections(connections, round: round) { engine.fold(.connection(sample)) }
            engine.fold(.tick(Crowd.moment(round)))
        }
        return engine
    }
}
