// What the engine's tests say to it, in few words, and what they read from it.

@testable import Aggregation

enum EngineEvents {
    static let second: UInt64 = 1_000_000_000

    static func key(
        _ cgroup: UInt64, _ direction: Direction = .outbound, peer: UInt32 = 0x0a00_0001, port: UInt16 = 80, netns: UInt32 = 7
    ) -> FlowKey {
        FlowKey(cgroup: cgroup, netns: netns, direction: direction, peer: Address(ipv4: peer), port: port)
    }

    static func flow(_ key: FlowKey, _ counters: [Counter: UInt64], at second: UInt64 = 1) -> Event {
        var sum = Counters.zero
        for (counter, value) in counters { sum[counter] = value }
        return .flow(FlowSample(key: key, counters: sum, gauges: Gauges(), lastActive: second * self.second))
    }

    static func pod(_ name: String, container: String? = nil) -> Owner {
        Owner(
            kind: .pod, key: "pod:" + name, workload: name, namespace: "shop", pod: name, podUID: name, container: container,
            containerID: container)
    }

    static func drop(
        _ key: FlowKey, _ packets: UInt64, local: UInt32 = 0, reason: String = "NETFILTER_DROP", kind: DropSample.Kind = .drop,
        at second: UInt64 = 1
    ) -> Event {
        .drop(
            DropSample(
                kind: kind, key: key, local: Address(ipv4: local), reason: reason, packets: packets, lastSeen: second * self.second))
    }

    static func listener(
        _ cgroup: UInt64, _ address: UInt32 = 0, port: UInt16 = 80, netns: UInt32 = 7, queue: UInt32 = 0, drops: UInt64 = 0
    ) -> Event {
        .listener(
            ListenerSample(
                cgroup: cgroup, command: CommandName(""), netns: netns, address: Address(ipv4: address), port: port, queue: queue,
                queueLimit: 128, drops: drops))
    }

    static func connection(
        _ cookie: UInt64, _ key: FlowKey, _ state: ConnectionState = .established, sent: UInt64 = 0, at second: UInt64 = 1
    ) -> Event {
        .connection(
            ConnectionSample(
                cookie: cookie, key: key, local: Address(ipv4: 0x0a00_0009), localPort: 40_000, peerPort: key.port, state: state,
                partial: false, pid: 1, established: self.second, seen: second * self.second, sentBytes: sent, receivedBytes: 0,
                retransmits: 0, rtt: 100, congestionWindow: 10, sendWindow: 1_000))
    }

    static func tick(_ second: UInt64) -> Event {
        .tick(Moment(wall: (1_700_000_000 + second) * self.second, monotonic: second * self.second))
    }
}

extension Engine {
    mutating func fold(_ events: [Event]) { for event in events { fold(event) } }
}

extension Tables {
    func flow(_ key: FlowKey) -> FlowRow? { flows.rows.first { $0.key == key } }

    func other(_ direction: Direction) -> FlowRow? { flows.rows.first { $0.isOther && $0.key.direction == direction } }

    func workload(named name: String) -> WorkloadRow? { workloads.rows.first { $0.owner.workload == name } }

    func owner(of key: FlowKey) -> String? { flow(key).map { workloads[Int($0.workload)].owner.workload } }

    /// The total of a kind and cause, over all rows.
    func total(_ kind: SymptomRow.Kind, _ cause: String? = nil) -> UInt64 {
        symptoms.rows.filter { $0.kind == kind && (cause == nil || name($0.cause) == cause) }.reduce(0) { $0 &+ $1.total }
    }

    /// Everything that anything outside can read: two tables with the same print are the same.
    var fingerprint: [String] {
        var lines: [String] = []
        for schema in Schema.all {
            var writer = JSONLine(schema)
            let rows = schema.rows(self)
            var index = 0
            writer.write(rows, of: self) { line in
                let row = Int(rows[index])
                index += 1
                lines.append(
                    "\(schema.identity(self, row)) \(schema.history(self, row, 4)) \(String(decoding: line, as: UTF8.self))")
            }
        }
        lines.append(String(decoding: StatusLine.bytes(self, linesDropped: 0), as: UTF8.self))
        lines += addresses.map { "\($0.key) \($0.value)" }.sorted()
        lines += localServers.map { "\($0.key) \($0.value)" }.sorted()
        lines += names
        return lines
    }
}
