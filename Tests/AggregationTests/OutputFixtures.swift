// Tables with a row or more for every schema, hostile names among them, and the small JSON reader that output is read
// back with: the tests must not trust the writer's own idea of JSON.

import Glibc

@testable import Aggregation

/// Everything that text captured from a node could try against a terminal or a parser.
let hostile = "a\"b\\c\u{1b}[31m\u{7}\n\r\t\u{0}\u{7f}\u{9b}\u{202e}\u{2028}\u{2029}\u{feff}\u{e0001}\u{f8ff}é漢\u{1f600}"

func fixtureTables() -> Tables {
    var tables = Tables()
    tables.node = Node(name: "node-\(hostile)", kernel: "6.1.0-13-amd64", processors: 2)
    tables.moment = Moment(wall: 1_700_000_100_123_456_789, monotonic: 100_123_456_789)
    tables.started = 90_000_000_000
    tables.interval = 1_000_000_000
    tables.names = ["app", "NETFILTER_DROP", hostile]

    let pod = Owner(
        kind: .pod, key: "1", workload: "front-7b58", namespace: "shop", pod: "front-7b58", podUID: "u-1", container: "app",
        containerID: "c-1")
    let owners = [pod, Owner(kind: .unit, key: "2", workload: "sshd.service"), Owner(kind: .process, key: hostile, workload: hostile)]
    for (index, owner) in owners.enumerated() {
        var row = WorkloadRow(serial: UInt64(index + 1), owner: owner)
        row.flows = 2
        row.lastActive = tables.moment.monotonic - 5_000_000
        row.totals[.sentBytes] = 123_456
        row.delta[.sentBytes] = 1_234
        if index == 0 {
            row.marks = [.partial, .estimated]
            row.connectTimes.record(1_500_000)
            row.gauges.rttSum = 900
            row.gauges.rttCount = 3
        }
        _ = tables.workloads.append(row)
    }
    for index in 0..<3 {
        let key = FlowKey(
            cgroup: UInt64(100 + index), netns: 4_026_531_840, direction: index == 0 ? .inbound : .outbound,
            peer: index == 2 ? Address(high: 0xfe80_0000_0000_0000, low: 1) : Address(ipv4: 0x0a00_0001), port: 5432)
        var flow = FlowRow(
            serial: UInt64(index + 1), key: key, workload: WorkloadIndex(index), container: index == 0 ? 0 : -1,
            since: 91_000_000_000)
        flow.marks = index == 1 ? .partial : []
        flow.delta[.sentBytes] = UInt64(index) * 333
        _ = tables.flows.append(flow)
        for kind in SymptomRow.Kind.allCases {
            var symptom = SymptomRow(
                serial: tables.symptoms.rows.last.map { $0.serial + 1 } ?? 1, kind: kind, cause: NameIndex(index), key: key,
                workload: WorkloadIndex(index - 1), container: -1)
            symptom.total = 7
            symptom.lastSeen = 99_000_000_000
            _ = tables.symptoms.append(symptom)
        }
        let connection = ConnectionSample(
            cookie: UInt64(index), key: key, local: .init(ipv4: 1), localPort: 40_000, peerPort: 5432, state: .established,
            partial: index == 0, pid: UInt32(index), established: index == 0 ? 0 : 92_000_000_000, seen: 100_000_000_000,
            sentBytes: 5, receivedBytes: 6, retransmits: 1, rtt: UInt32(index) * 100, congestionWindow: 10, sendWindow: 65_535)
        _ = tables.connections.append(ConnectionRow(sample: connection, workload: WorkloadIndex(index), container: -1))
        let listener = ListenerSample(
            cgroup: 1, command: CommandName("sshd"), netns: 1, address: .unspecified, port: 22, queue: 1, queueLimit: 128, drops: 0)
        _ = tables.listeners.append(ListenerRow(serial: UInt64(index), sample: listener, workload: WorkloadIndex(index)))
    }
    for (index, state) in ProbeSample.State.allCases.enumerated() {
        let works = state == .attached || state == .loaded
        var probe = ProbeRow(
            sample: ProbeSample(
                name: "probe\(index)", hook: "tp_btf/\(hostile)", state: state, reason: works ? nil : "no BTF", signal: "drops",
                entries: index == 0 ? 7 : nil))
        if index == 0 { probe.runsPerSecond = 12.5 }
        tables.probes.append(probe)
    }
    for state in SourceSample.State.allCases {
        tables.sources.append(
            SourceSample(
                name: state.name, place: state == .off ? "" : "/run/\(hostile)", state: state, gave: state == .off ? "" : "12 pods",
                reason: state == .works ? nil : "why \(hostile)"))
    }
    addRequests(&tables)
    tables.status.cpuRatio = 0.0125
    tables.status.residentBytes = 9_000_000
    tables.status.losses = ["ring full": 3, "map full": 4]
    return tables
}

/// HTTP at the server with a route that attacks, DNS, and a request that nobody answered; an exchange of each.
private func addRequests(_ tables: inout Tables) {
    let keys = [
        RequestKey(flow: tables.flows[0].key, application: .http1, operation: 1, status: 503, isEncrypted: true),
        RequestKey(flow: tables.flows[1].key, application: .dns, operation: 28, status: 3),
        RequestKey(flow: tables.flows[2].key, application: .http1, operation: 3, status: RequestKey.unanswered),
    ]
    for (index, key) in keys.enumerated() {
        var row = RequestRow(
            serial: UInt64(index + 1), key: key, route: [2, -1, 0][index], workload: WorkloadIndex(index), container: -1,
            since: 99_000_000_000)
        row.total = UInt64(10 * index + 4)
        row.delta = UInt64(index + 1)
        if key.isAnswered {
            for sample in 1...UInt64(100) { row.latency.record(sample * 1_000_000) }
            for sample in 1...UInt64(100) { row.duration.record(sample * 2_000_000) }
        }
        row.marks = index == 0 ? .estimated : []
        _ = tables.requests.append(row)
        var exchange = Exchange(
            key: key, local: .init(ipv4: 1), localPort: 40_000, peerPort: 50_000, cookie: 77, began: 98_000_000_000,
            latency: key.isAnswered ? 1_000_000 : nil, duration: key.isAnswered ? 2_000_000 : nil, target: "/\(hostile)?token=secret")
        if key.application == .dns {
            exchange.target = hostile
            exchange.answers = [Address(ipv4: 0x0a00_0001), Address(high: 0xfe80 << 48, low: 1)]
            exchange.timeToLive = 30
        }
        exchange.isPartial = index == 0
        _ = tables.exchanges.append(
            ExchangeRow(
                serial: UInt64(index + 1), exchange: exchange, request: row.serial, route: row.route, workload: row.workload, container: -1)
        )
    }
    var summary = RequestSummary()
    summary.requests = 40
    summary.errors = 10
    summary.requestsDelta = 4
    summary.errorsDelta = 1
    for sample in 1...UInt64(100) { summary.latency.record(sample * 1_000_000) }
    tables.workloads[0].served = summary
    tables.workloads[1].called = summary
    tables.requestsOfFlow[tables.flows[0].key] = summary
    tables.addAnomalies()
    for (index, label) in Label.allCases.enumerated() {
        let row = CardinalityRow(
            serial: UInt64(index + 1), workload: WorkloadIndex(index % 3), label: label, classIndex: index % 4,
            distinct: 1 << UInt64(2 * index), growth: UInt64(index), kept: UInt32(index), folded: UInt64(index % 2), series: 9,
            treatment: LabelTreatment.allCases[index % LabelTreatment.allCases.count], since: 91_000_000_000, lastActive: 99_000_000_000,
            marks: [[], .estimated, [.estimated, .partial]][index % 3])
        _ = tables.cardinality.append(row)
    }
}

/// The repository's file at `path`, from this file's own place.
func repositoryPath(_ path: String, from file: String = #filePath) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + path
}

func readText(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

/// Under RECORD=1 writes `text` to the golden file and returns nil, so that the test fails; else returns what is there.
func golden(_ path: String, recording text: String) -> String? {
    let path = repositoryPath(path)
    guard getenv("RECORD") != nil else { return readText(path) }
    if let file = fopen(path, "w") {
        fputs(text, file)
        fclose(file)
    }
    return nil
}
