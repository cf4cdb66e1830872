// What the tests of requests say to the engine, in few words, and what they read from it.

@testable import Aggregation

enum RequestEvents {
    static func key(
        _ flow: FlowKey, _ status: UInt16 = 200, operation: UInt16 = 1, _ application: RequestProtocol = .http1
    ) -> RequestKey {
        RequestKey(flow: flow, application: application, operation: operation, status: status)
    }

    /// The kernel's count of some requests; a latency each, and the same for durations.
    static func counted(
        _ key: RequestKey, _ latencies: [UInt64], durations: [UInt64]? = nil, requests: Int? = nil, sampled: Int = 0,
        takenBack: [UInt64] = [], at second: UInt64 = 1
    ) -> Event {
        let durations = durations ?? latencies
        return .requests(
            RequestSample(
                key: key, requests: UInt64(requests ?? latencies.count), sampled: UInt64(sampled), latencies: buckets(latencies),
                durations: buckets(durations, less: takenBack), latencyMax: latencies.max() ?? 0, durationMax: durations.max() ?? 0,
                lastActive: second * EngineEvents.second))
    }

    static func buckets(_ values: [UInt64], less takenBack: [UInt64] = []) -> [RequestSample.Bucket] {
        var counts: [Int: Int32] = [:]
        for value in values { counts[Histogram.bucket(of: value), default: 0] += 1 }
        for value in takenBack { counts[Histogram.bucket(of: value), default: 0] -= 1 }
        return counts.filter { $0.value != 0 }.sorted { $0.key < $1.key }
            .map { RequestSample.Bucket(bucket: UInt16($0.key), count: $0.value) }
    }

    static func exchange(
        _ key: RequestKey, _ target: String, latency: UInt64? = 1_000_000, duration: UInt64? = nil, amends: UInt64? = nil,
        isExtra: Bool = false, isCut: Bool = false, answers: [Address] = [], cookie: UInt64 = 1, at second: UInt64 = 1
    ) -> Event {
        .request(
            Exchange(
                key: key, local: Address(ipv4: 0x0a00_0009), localPort: 40_000, peerPort: key.flow.port, cookie: cookie,
                began: second * EngineEvents.second, latency: latency, duration: duration ?? latency, target: target,
                answers: answers, isExtra: isExtra, isCut: isCut, amendedDuration: amends))
    }
}

extension Tables {
    func requests(_ key: RequestKey, _ route: String?) -> RequestRow? {
        requests.rows.first { $0.key == key && name($0.route) == route }
    }

    /// The rows of a key, by route.
    func routes(of key: RequestKey) -> [String: UInt64] {
        Dictionary(requests.rows.lazy.filter { $0.key == key }.map { (self.name($0.route) ?? "-", $0.total) }, uniquingKeysWith: +)
    }

    var requestTotal: UInt64 { requests.rows.reduce(0) { $0 + $1.total } }
}
