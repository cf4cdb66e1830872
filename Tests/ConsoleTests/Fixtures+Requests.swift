// The requests of the shop: front calls cart over HTTP/1, both ends seen; cart asks DNS for the payment's name. Some are slow,
// some fail, one is never answered, one attacks the terminal; from the fourth interval on there are more than samples.

import Aggregation

extension Fixture {
    static let resolver = Address(ipv4: 0x0a60_000a)
    static let payment = Address(ipv4: 0xcb00_7107)

    static let probesOfRequests: [Event] = ["egress", "ingress"].map { way in
        .probe(
            ProbeSample(
                name: "requests_" + way, hook: "cgroup_skb/" + way, state: .attached, signal: "requests and responses; UDP"))
    }

    /// One kind of request as one interval tells it: a latency a request, all of it sampled but what is beyond `targets`.
    private struct Batch {
        var key: RequestKey
        var targets: [String]
        var microseconds: [UInt64]
        var answers: [Address] = []
    }

    private static let calling = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: cart, port: 8080)
    private static let serving = FlowKey(cgroup: 21, netns: 8, direction: .inbound, peer: front, port: 8080)
    private static let asking = FlowKey(cgroup: 21, netns: 8, direction: .outbound, transport: .udp, peer: resolver, port: 53)
    private static let paying = FlowKey(cgroup: 21, netns: 8, direction: .outbound, peer: payment, port: 443)

    /// GET and POST as one end sees them: the client waits for the network, too.
    private static func http(_ flow: FlowKey, _ tick: UInt64, wire: UInt64) -> [Batch] {
        func batch(_ operation: UInt16, _ status: UInt16, _ targets: [String], _ microseconds: [UInt64]) -> Batch {
            Batch(
                key: RequestKey(flow: flow, application: .http1, operation: operation, status: status), targets: targets,
                microseconds: microseconds.map { $0 + wire })
        }
        let first: UInt64 = 100 + tick * 4
        let carts: [String] = (first..<first + 4).map { "/api/cart/\($0)" }
        // The last two intervals bring twice as many as are sampled.
        let count = tick > 3 ? 12 : 6
        let quick = [UInt64](repeating: 900 + tick * 40, count: count)
        var batches = [batch(1, 200, carts + ["/assets/logo.svg", "/assets/shop.css"], quick)]
        batches.append(batch(3, 201, ["/api/orders?token=secret"], [24_000 + tick * 500]))
        if tick > 2 { batches.append(batch(3, 503, ["/api/orders"], [1_500_000])) }
        if tick == 4 { batches.append(batch(1, 404, ["/\u{1b}[31mevil"], [700])) }
        if tick == 5 { batches.append(batch(1, RequestKey.unanswered, ["/api/report"], [])) }
        return batches
    }

    private static func dns(_ tick: UInt64) -> [Batch] {
        func batch(_ type: UInt16, _ status: UInt16, _ answers: [Address]) -> Batch {
            Batch(
                key: RequestKey(flow: asking, application: .dns, operation: type, status: status), targets: ["pay.example.com"],
                microseconds: [350 + tick * 10], answers: answers)
        }
        return [batch(1, 0, [payment]), batch(28, tick == 3 ? 2 : 0, [])]
    }

    /// What interval `tick` tells, which ends at second 100 + tick.
    static func requests(_ tick: UInt64) -> [Event] {
        let now = (100 + tick) * second
        var asked = Counters.zero
        for counter in [Counter.sentDatagrams, .receivedDatagrams] { asked[counter] = 2 * tick }
        asked[.sentBytes] = 80 * tick
        asked[.receivedBytes] = 160 * tick
        var paid = Counters.zero
        paid[.opened] = 1
        paid[.sentBytes] = 2_000 * tick
        return [
            .flow(FlowSample(key: asking, counters: asked, gauges: Gauges(), lastActive: now)),
            .flow(FlowSample(key: paying, counters: paid, gauges: Gauges(), lastActive: now)),
        ] + batches(tick).flatMap { events($0, now: now) }
    }

    private static func batches(_ tick: UInt64) -> [Batch] {
        http(calling, tick, wire: 300) + http(serving, tick, wire: 0) + dns(tick)
    }

    private static func events(_ batch: Batch, now: UInt64) -> [Event] {
        let isClient = batch.key.flow.direction == .outbound
        let count = max(batch.microseconds.count, batch.key.isAnswered ? 0 : batch.targets.count)
        let exchanges = batch.targets.enumerated().map { index, target -> Event in
            let latency = batch.key.isAnswered ? batch.microseconds[index] * 1_000 : nil
            return .request(
                Exchange(
                    key: batch.key, local: batch.key.flow.cgroup == 20 ? front : cart, localPort: isClient ? 40_001 : batch.key.flow.port,
                    peerPort: isClient ? batch.key.flow.port : 40_001, cookie: batch.key.flow.cgroup, began: now - second / 2,
                    latency: latency, duration: latency.map { $0 * 3 / 2 }, target: target, answers: batch.answers,
                    timeToLive: batch.answers.isEmpty ? 0 : 30))
        }
        func buckets(_ values: [UInt64]) -> [RequestSample.Bucket] {
            Dictionary(grouping: values) { Histogram.bucket(of: $0) }.sorted { $0.key < $1.key }.map {
                RequestSample.Bucket(bucket: UInt16($0.key), count: Int32($0.value.count))
            }
        }
        let latencies = batch.microseconds.map { $0 * 1_000 }
        let durations = latencies.map { $0 * 3 / 2 }
        let sample = RequestSample(
            key: batch.key, requests: UInt64(count), sampled: UInt64(batch.targets.count), latencies: buckets(latencies),
            durations: buckets(durations), latencyMax: latencies.max() ?? 0, durationMax: durations.max() ?? 0, lastActive: now)
        return exchanges + [.requests(sample)]
    }
}
