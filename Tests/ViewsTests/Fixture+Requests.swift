// Requests for the tables built by hand: a fast route and a slow one, failures, DNS, a request that nobody answered, a route
// that attacks the terminal; and two minutes of latencies with a bad half minute in them.

@testable import Aggregation

extension Fixture {
    private struct Kind {
        var flow: Int
        var application = RequestProtocol.http1
        var operation: UInt16
        var status: UInt16
        var route: String?
        /// The median in microseconds, 0 without a response.
        var median: UInt64
        var total: UInt64
        var isEncrypted = false
    }

    private static let kinds = [
        Kind(flow: 1, operation: 1, status: 200, route: "/api/users/{id}", median: 4_200, total: 120_411),
        Kind(flow: 1, operation: 3, status: 201, route: "/api/orders", median: 31_000, total: 9_120),
        Kind(flow: 1, operation: 3, status: 503, route: "/api/orders", median: 1_500_000, total: 37),
        Kind(flow: 0, operation: 1, status: 404, route: "/assets/{file}", median: 900, total: 612, isEncrypted: true),
        Kind(flow: 10, application: .dns, operation: 1, status: 0, median: 300, total: 4_800),
        Kind(flow: 10, application: .dns, operation: 28, status: 3, median: 280, total: 4_799),
        Kind(flow: 8, operation: 1, status: RequestKey.unanswered, route: "/healthz", median: 0, total: 12),
        Kind(flow: 3, operation: 1, status: 200, route: "~other", median: 12_000, total: 7_001),
        Kind(flow: 5, operation: 8, status: 500, route: hostile, median: 64_000, total: 3),
    ]

    static func addRequests(_ tables: inout Tables) {
        tables.requests.history.advance(60)
        for (index, kind) in kinds.enumerated() {
            let flow = tables.flows.count > kind.flow ? tables.flows[kind.flow].key : flowKey(kind.flow)
            let key = RequestKey(
                flow: flow, application: kind.application, operation: kind.operation, status: kind.status, isEncrypted: kind.isEncrypted)
            var route: NameIndex = -1
            if let name = kind.route {
                route = NameIndex(tables.names.count)
                tables.names.append(name)
            }
            var row = RequestRow(
                serial: UInt64(600 + index), key: key, route: route, workload: WorkloadIndex(kind.flow % owners.count), container: -1,
                since: monotonic)
            row.total = kind.total
            row.delta = kind.total / 120
            row.lastActive = index == 6 ? monotonic - 20 * second : monotonic
            row.marks = index == 7 || index == 0 ? .estimated : []
            if kind.median > 0 {
                for step in 1...UInt64(400) { row.latency.record(latency(step, of: kind.median)) }
                for step in 1...UInt64(400) { row.duration.record(latency(step, of: kind.median) * 3 / 2) }
            }
            let added = tables.requests.append(row)
            for age in stride(from: 59, through: 0, by: -1) {
                tables.requests.history.record(Double((age * 5 + index * 11) % 17) * 10, row: added, seconds: age + 1)
            }
            addExchanges(&tables, row, kind)
            sum(&tables, row)
        }
        addLatencies(&tables)
    }

    /// The `step`th of 400 latencies, nanoseconds: half of the median to its tenfold.
    private static func latency(_ step: UInt64, of median: UInt64) -> UInt64 {
        let factor = step < 200 ? 500 + step * 5 / 2 : step < 380 ? 1000 + (step - 200) * 4 : 1720 + (step - 380) * 414
        return median * factor
    }

    private static func addExchanges(_ tables: inout Tables, _ row: RequestRow, _ kind: Kind) {
        let answered = kind.median > 0
        for sample in 0..<3 as Range<UInt64> {
            var exchange = Exchange(
                key: row.key, local: address(10, 244, 1, 7), localPort: 8080, peerPort: UInt16(50_000 + sample), cookie: 70_000 + sample,
                began: monotonic - (3 + 7 * sample) * second, latency: answered ? kind.median * 10_000 - sample * 1_000_000 : nil,
                duration: answered ? kind.median * 15_000 : nil, target: "", isPartial: sample == 2)
            exchange.target =
                kind.application == .dns ? "cart.shop.svc.cluster.local" : "/api/\(sample)/\(kind.route ?? "")?token=secret"
            if kind.application == .dns, kind.status == 0 {
                exchange.answers = [address(10, 96, 0, 17), address(10, 96, 0, 18)]
                exchange.timeToLive = 30
            }
            _ = tables.exchanges.append(
                ExchangeRow(
                    serial: row.serial * 10 + sample, exchange: exchange, request: row.serial, route: row.route, workload: row.workload,
                    container: -1))
        }
    }

    private static func sum(_ tables: inout Tables, _ row: RequestRow) {
        func add(_ summary: inout RequestSummary) {
            summary.requests += row.total
            summary.requestsDelta += row.delta
            if row.key.isError {
                summary.errors += row.total
                summary.errorsDelta += row.delta
            }
            if !row.key.isAnswered { summary.unanswered += row.total }
            summary.latency.merge(row.latency)
        }
        add(&tables.requestsOfFlow[row.key.flow, default: RequestSummary()])
        switch row.key.flow.direction {
        case .inbound: add(&tables.workloads[Int(row.workload)].served)
        case .outbound: add(&tables.workloads[Int(row.workload)].called)
        }
    }

    /// An interval a slice; from the 40th to the 70th second the first two rows are slow.
    private static func addLatencies(_ tables: inout Tables) {
        for age in stride(from: UInt64(119), through: 0, by: -1) {
            var entries: ContiguousArray<LatencyLog.Entry> = []
            for row in tables.requests.rows where row.latency.count > 0 {
                let slow = (40..<70).contains(age) && row.serial < 602 ? 4 : 0
                for bucket in 0..<Histogram.bucketCount where row.latency[bucket] > 0 && (UInt64(bucket) + age) % 4 < 3 {
                    let band = Int(LatencyLog.band(ofBucket: bucket)) + slow
                    entries.append(
                        LatencyLog.Entry(
                            request: row.serial, band: UInt8(min(LatencyLog.bands - 1, band)),
                            count: row.latency[bucket] * UInt32(row.delta / 400 + 1)))
                }
            }
            tables.latencyLog.append(LatencyLog.Slice(end: monotonic - age * second, length: second, entries: entries))
        }
    }
}
