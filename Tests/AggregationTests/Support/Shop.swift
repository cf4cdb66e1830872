@testable import Aggregation

// A small shop on one node: three pods, a systemd unit, and what they say to each other.

enum Shop {
    static let second: UInt64 = 1_000_000_000
    static let minute = 60 * second

    /// Flows, in order: 0 front → cart (rtt 2 ms), 1 front → 10.0.9.9:443 (no rtt), 2 cart ← front:6379 (300 ms, partial),
    /// 3 sshd ← fe80::1:22 (40 µs), 4 coredns → cart:53 (1 s).
    static let tables: Tables = {
        var tables = Tables()
        tables.moment = Moment(wall: 1_700_000_000 * second, monotonic: 10_000 * second)
        tables.interval = second
        let owners = [
            pod("front-7b58", "shop"), pod("cart-1", "shop"), pod("coredns-abc", "kube-system"),
            Owner(kind: .unit, key: "/system.slice/ssh.service", workload: "ssh.service"),
        ]
        for (index, owner) in owners.enumerated() {
            _ = tables.workloads.append(WorkloadRow(serial: UInt64(index + 1), owner: owner))
        }
        tables.names = ["server", "redis", "timeout", "NETFILTER_DROP"]
        tables.addresses[cart] = 1
        append(&tables, workload: 0, container: 0, .outbound, cart, port: 80, rtt: 2_000, sent: 5 << 20)
        append(&tables, workload: 0, container: 0, .outbound, Address(ipv4: 0x0a00_0909), port: 443, rtt: 0, sent: 1_000)
        append(&tables, workload: 1, container: 1, .inbound, Address(ipv4: 0x0a00_0001), port: 6379, rtt: 300_000, sent: 64 << 10)
        append(&tables, workload: 3, container: -1, .inbound, Address(high: 0xfe80 << 48, low: 1), port: 22, rtt: 40, sent: 0)
        append(&tables, workload: 2, container: -1, .outbound, cart, port: 53, rtt: 1_000_000, sent: 10_000_000)
        tables.flows[2].marks = .partial
        tables.flows[3].marks = [.partial, .estimated]

        for (index, minutes) in [1, 4, 10, 90].enumerated() {
            var row = SymptomRow(
                serial: UInt64(index + 1), kind: .retransmit, cause: 2, key: tables.flows[index].key,
                workload: tables.flows[index].workload, container: -1)
            row.total = UInt64(index * 100)
            row.delta = UInt64(index * 3)
            row.lastSeen = tables.moment.monotonic - UInt64(minutes) * minute
            _ = tables.symptoms.append(row)
        }
        addRequests(&tables)
        for (name, cpu) in [("flows", 0.004), ("drops", 0.02), ("resets", nil)] {
            var row = ProbeRow(sample: ProbeSample(name: name, hook: "tp_btf/\(name)", state: .attached, signal: "what \(name) show"))
            row.cpuRatio = cpu
            tables.probes.append(row)
        }
        return tables
    }()

    /// In order: 0 GET 200 (10 ms), 1 GET 404 (20 ms), 2 POST 503 (2 s) at cart; 3 A NOERROR (1 ms), 4 AAAA NXDOMAIN of coredns;
    /// 5 GET that nobody answered, encrypted.
    private static func addRequests(_ tables: inout Tables) {
        let rows: [(flow: Int, RequestProtocol, operation: UInt16, status: UInt16, milliseconds: UInt64)] = [
            (2, .http1, 1, 200, 10), (2, .http1, 1, 404, 20), (2, .http1, 3, 503, 2_000), (4, .dns, 1, 0, 1), (4, .dns, 28, 3, 1),
            (0, .http1, 1, RequestKey.unanswered, 0),
        ]
        for (index, row) in rows.enumerated() {
            let flow = tables.flows[row.flow]
            let key = RequestKey(
                flow: flow.key, application: row.1, operation: row.operation, status: row.status, isEncrypted: index == 5)
            var request = RequestRow(
                serial: UInt64(index + 1), key: key, route: row.1 == .http1 ? 0 : -1, workload: flow.workload, container: flow.container,
                since: 0)
            request.total = UInt64(index + 1)
            request.delta = UInt64(index)
            if key.isAnswered { request.latency.record(row.milliseconds * 1_000_000) }
            _ = tables.requests.append(request)
        }
    }

    static let cart = Address(ipv4: 0x0a00_0002)

    private static func pod(_ name: String, _ namespace: String) -> Owner {
        Owner(kind: .pod, key: name, workload: name, namespace: namespace, pod: name, podUID: "uid-" + name)
    }

    private static func append(
        _ tables: inout Tables, workload: WorkloadIndex, container: NameIndex, _ direction: Direction, _ peer: Address,
        port: UInt16, rtt: UInt64, sent: UInt64
    ) {
        let key = FlowKey(cgroup: UInt64(workload) + 100, netns: 1, direction: direction, peer: peer, port: port)
        var row = FlowRow(serial: UInt64(tables.flows.count + 1), key: key, workload: workload, container: container, since: 0)
        row.gauges.rttSum = rtt
        row.gauges.rttCount = rtt == 0 ? 0 : 1
        row.totals[.sentBytes] = sent
        row.delta[.sentBytes] = sent / 10
        _ = tables.flows.append(row)
    }

    /// The rows of a table that a query keeps.
    static func rows(_ query: String, of schema: Schema = .flows) throws -> [Int32] {
        let query = try Query.parse(query, schema: schema)
        return schema.rows(tables).filter { query.matches(tables, row: Int($0)) }
    }
}
