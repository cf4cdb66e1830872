// Tables built by hand: pods in namespaces, units and processes, IPv4 and IPv6, marks, missing values, names that attack
// the terminal and names of wide characters.

@testable import Aggregation

enum Fixture {
    static let wall: UInt64 = 1_765_380_033_000_000_000
    static let second: UInt64 = 1_000_000_000
    static let monotonic: UInt64 = 273_600 * second
    static let hostile = "evil\u{1b}]0;owned\u{7}\u{202e}txt.exe\r\n\u{9b}31m"
    static let wide = "商店-購物車-七號"
    static let combining = "cafe\u{301}-zwj\u{200d}"

    static func address(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> Address {
        Address(ipv4: a << 24 | b << 16 | c << 8 | d)
    }

    static let owners: [Owner] = [
        Owner(
            kind: .pod, key: "u1", workload: "frontend-7b58c9d4f-x2lkj", namespace: "shop", pod: "frontend-7b58c9d4f-x2lkj",
            podUID: "u1", container: "web"),
        Owner(
            kind: .pod, key: "u2", workload: "cart-6c4bd8f7c9-9zq4m", namespace: "shop", pod: "cart-6c4bd8f7c9-9zq4m", podUID: "u2",
            container: "cart"),
        Owner(
            kind: .pod, key: "u3", workload: "coredns-76f75df574-abcde", namespace: "kube-system", pod: "coredns-76f75df574-abcde",
            podUID: "u3", container: "coredns"),
        Owner(kind: .unit, key: "kubelet.service", workload: "kubelet.service"),
        Owner(kind: .process, key: "sshd", workload: "sshd"),
        Owner(kind: .process, key: hostile, workload: hostile),
        Owner(kind: .pod, key: "u7", workload: wide, namespace: "測試", pod: wide, podUID: "u7"),
        Owner(kind: .container, key: "u8", workload: combining),
    ]

    static func counters(_ values: [Counter: UInt64]) -> Counters {
        var counters = Counters()
        for (counter, value) in values { counters[counter] = value }
        return counters
    }

    static func flowKey(_ index: Int) -> FlowKey {
        let peers = [
            address(10, 244, 1, 7), address(10, 244, 1, 9), Address("2001:db8:0:17::a5") ?? .unspecified, address(192, 168, 100, 200),
        ]
        return FlowKey(
            cgroup: UInt64(1000 + index % owners.count), netns: 4_026_531_840, direction: index % 2 == 0 ? .outbound : .inbound,
            peer: peers[index % peers.count], port: [5432, 8080, 443, 53, 22][index % 5])
    }

    /// `flows` flows over the eight workloads above.
    static func tables(flows: Int = 24, at moment: Moment = Moment(wall: wall, monotonic: monotonic)) -> Tables {
        var tables = Tables()
        tables.node = Node(name: "ip-10-0-12-7", kernel: "6.1.0-18-cloud-amd64", processors: 8)
        tables.moment = moment
        tables.started = monotonic - 60 * second
        tables.interval = second
        tables.names = ["web", "cart", "fast", "timeout", "NETFILTER_DROP", "received", "refused", "queue full", hostile]
        tables.status.cpuRatio = 0.012
        tables.status.probeCPURatio = 0.0031
        tables.status.residentBytes = 14_300_000
        tables.status.mapBytes = 9_437_184
        addWorkloads(&tables)
        addFlows(&tables, count: flows)
        addSymptoms(&tables)
        addConnections(&tables)
        addListeners(&tables)
        addAnomalies(&tables)
        addRequests(&tables)
        addProbes(&tables)
        addLabels(&tables)
        return tables
    }

    private static func addWorkloads(_ tables: inout Tables) {
        tables.workloads.history.advance(60)
        for (index, owner) in owners.enumerated() {
            var row = WorkloadRow(serial: UInt64(100 + index), owner: owner)
            let scale = UInt64(owners.count - index)
            row.totals = counters([
                .sentBytes: scale * 48_000_000, .receivedBytes: scale * scale * 3_100_000, .opened: 1200 * scale,
                .retransmits: index == 1 ? 57 : 0, .refused: index == 4 ? 12 : 0, .resetsSent: index == 1 ? 3 : 0,
            ])
            row.delta = counters([.sentBytes: scale * 812_000, .receivedBytes: scale * 31_000, .opened: scale * 3])
            row.totals[.opened] = row.totals[.closed] &+ UInt64(12 * scale)
            row.gauges.rttCount = index == 4 ? 0 : 2
            row.gauges.rttSum = 840 * scale
            row.flows = UInt32(3 + index)
            row.drops = index == 0 ? 4 : 0
            row.lastActive = monotonic - second
            row.marks = index == 2 ? .partial : []
            if index < 4 { (row.usageBefore, row.usage) = usage(index) }
            for sample in 1...UInt64(20) where index < 3 { row.connectTimes.record(sample * 130_000) }
            let added = tables.workloads.append(row)
            record(&tables.workloads.history, row: added, seed: index)
            tables.addresses[address(10, 244, 1, UInt32(7 + 2 * index))] = WorkloadIndex(added)
        }
    }

    /// Two readings of a cgroup, a second apart; the third has no limits, the fourth no controllers.
    private static func usage(_ index: Int) -> (UsageSample, UsageSample) {
        var first = UsageSample(cgroup: UInt64(1000 + index), read: monotonic - second)
        first.cpu = 90 * second
        if index < 3 { (first.memory, first.memoryStall, first.memoryKills) = (UInt64(index + 1) * 94_000_000, 5_000, UInt64(index % 2)) }
        if index < 2 { (first.memoryLimit, first.periods, first.throttledPeriods) = (512 << 20, 400, 40) } else { first.periods = 0 }
        var last = first
        last.read = monotonic
        last.cpu = 90 * second + [1_270_000_000, 50_000_000, 600_000, 230_000_000][index]
        last.periods = first.periods.map { index < 2 ? $0 + 10 : $0 }
        last.throttledPeriods = first.throttledPeriods.map { $0 + (index == 0 ? 4 : 0) }
        return (first, last)
    }

    /// Sixty seconds of a made-up rate, the oldest first.
    private static func record(_ history: inout History, row: Int, seed: Int) {
        for age in stride(from: 59, through: 0, by: -1) {
            history.record(Double((age * 7 + seed * 13) % 23) * 40_000, row: row, seconds: age + 1)
        }
    }

    private static func addFlows(_ tables: inout Tables, count: Int) {
        tables.flows.history.advance(60)
        for index in 0..<count {
            var row = FlowRow(
                serial: UInt64(5000 + index), key: flowKey(index), workload: WorkloadIndex(index % owners.count),
                container: index % 3 == 0 ? 0 : -1, since: monotonic)
            let scale = UInt64((count - index) * 5 + 1)
            row.key.port = UInt16(truncatingIfNeeded: [5432, 8080, 443, 53, 22][index % 5] + index / 8)
            row.totals = counters([
                .sentBytes: scale * 1_250_000, .receivedBytes: scale * 77_000, .opened: scale,
                .retransmits: UInt64(index % 5 == 1 ? index : 0),
                .connects: 4, .connectNanoseconds: 4 * 1_700_000,
            ])
            row.delta = counters([.sentBytes: scale * 2_100, .receivedBytes: index % 7 == 0 ? 0 : scale * 900, .opened: UInt64(index % 4)])
            row.totals[.opened] = row.totals[.closed] &+ UInt64(index % 9)
            row.gauges.rttCount = index % 6 == 5 ? 0 : 1
            row.gauges.rttSum = UInt64(300 + 713 * index)
            row.gauges.rttMax = UInt32(300 + 713 * index)
            row.drops = index == 3 ? 9 : 0
            row.lastActive = monotonic
            row.marks = index % 4 == 1 ? .partial : []
            let added = tables.flows.append(row)
            record(&tables.flows.history, row: added, seed: index)
        }
    }

    private static func addSymptoms(_ tables: inout Tables) {
        tables.symptoms.history.advance(60)
        let kinds: [(SymptomRow.Kind, NameIndex)] = [
            (.retransmit, 2), (.retransmit, 3), (.drop, 4), (.reset, 5), (.failure, 6), (.listenDrop, 7), (.drop, 8),
        ]
        for (index, (kind, cause)) in kinds.enumerated() {
            var row = SymptomRow(
                serial: UInt64(9000 + index), kind: kind, cause: cause, key: flowKey(index),
                workload: index == 6 ? -1 : WorkloadIndex(index), container: -1)
            row.total = UInt64(37 * (7 - index))
            row.delta = UInt64(index % 3)
            row.lastSeen = monotonic - UInt64(index) * second
            let added = tables.symptoms.append(row)
            tables.symptoms.history.record(Double(index % 3), row: added)
        }
    }

    private static func addConnections(_ tables: inout Tables) {
        for index in 0..<5 {
            let sample = ConnectionSample(
                cookie: UInt64(70_000 + index), key: flowKey(0), local: address(10, 244, 1, 3), localPort: UInt16(40_000 + index),
                peerPort: 5432, state: index == 4 ? .closeWait : .established, partial: index == 1, pid: index == 2 ? 0 : 4711,
                established: index == 1 ? 0 : monotonic - UInt64(index + 1) * 97 * second, seen: monotonic,
                sentBytes: UInt64(1_000_000 * (index + 1)), receivedBytes: UInt64(7000 * index), retransmits: UInt32(index == 3 ? 8 : 0),
                rtt: index == 4 ? 0 : 412, congestionWindow: 10, sendWindow: 65_535)
            var row = ConnectionRow(sample: sample, workload: 0, container: 0)
            row.sentPerSecond = Double(5000 - 900 * index)
            _ = tables.connections.append(row)
        }
    }

    private static func addListeners(_ tables: inout Tables) {
        let bound = [Address.unspecified, address(127, 0, 0, 1), address(10, 0, 12, 7)]
        for index in 0..<3 {
            let sample = ListenerSample(
                cgroup: UInt64(1000 + index), command: CommandName("web"), netns: 4_026_531_840, address: bound[index],
                port: UInt16(8080 + index), queue: index == 1 ? 128 : 0, queueLimit: 128, drops: index == 1 ? 3112 : 0)
            _ = tables.listeners.append(ListenerRow(serial: UInt64(300 + index), sample: sample, workload: WorkloadIndex(index)))
        }
    }

    private static func addProbes(_ tables: inout Tables) {
        var first = ProbeRow(sample: ProbeSample(name: "drops", hook: "tp_btf/kfree_skb", state: .attached, signal: "dropped packets"))
        first.runsPerSecond = 812
        first.nanosecondsPerRun = 143
        first.cpuRatio = 0.00012
        let refused = ProbeSample(
            name: "resets", hook: "tp_btf/tcp_send_reset", state: .refused,
            reason: "the kernel has no BTF for it; boot a kernel with CONFIG_DEBUG_INFO_BTF=y", signal: "resets sent")
        let map = ProbeSample(
            name: "flows", hook: "map/hash", state: .loaded, signal: "counters of flows", entries: 1234, limit: 65_536, bytes: 9_437_184,
            lost: 2)
        tables.probes = [first, ProbeRow(sample: refused), ProbeRow(sample: map)]
    }
}
