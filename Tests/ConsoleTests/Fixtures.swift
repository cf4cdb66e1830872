// A recording that is part of the tests: some seconds of a shop on one node, made of events by hand and kept as a file, so
// that a format which no longer reads what it wrote is noticed. RECORD=1 writes files anew, and then the test fails and says so.

import Aggregation
import Foundation
import Testing

@testable import Console

enum Fixture {
    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
    }

    static let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"

    /// Compares with the file of that name.
    static func check(_ text: String, _ name: String, at location: SourceLocation = #_sourceLocation) {
        let recorded = String(decoding: TemporaryDirectory.read(path(name)), as: UTF8.self)
        if recorded == text { return }
        if isRecording {
            TemporaryDirectory.write(Array(text.utf8), to: path(name))
            Issue.record("recorded \(name); look at it, then run without RECORD", sourceLocation: location)
            return
        }
        let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
        let place = line.map { "line \($0.offset + 1)\n-\($0.element.0)\n+\($0.element.1)" } ?? "the number of lines"
        Issue.record("\(name) differs from its golden at \(place)", sourceLocation: location)
    }

    static let second: UInt64 = 1_000_000_000

    private static func pod(_ name: String, _ container: String) -> Owner {
        Owner(
            kind: .pod, key: "pod:" + name, workload: name, namespace: "shop", pod: name, podUID: name, container: container,
            containerID: container)
    }

    static let front = Address(ipv4: 0x0af4_0105)
    static let cart = Address(ipv4: 0x0af4_0106)

    /// front talks to cart (Fixtures+Requests.swift) and loses segments; a stranger's packets for cart are dropped; sshd has an old connection; a process
    /// whose name is an attack on the terminal listens.
    static let events: [Event] = {
        var events: [Event] = [
            .node(Node(name: "node-1", kernel: "6.12.9", processors: 4)),
            .owner(cgroup: 20, pod("front-7b58", "nginx")), .owner(cgroup: 21, pod("cart-1", "server")),
            .owner(cgroup: 22, Owner(kind: .unit, key: "unit:/system.slice/ssh.service", workload: "ssh.service")),
            .address(front, cgroup: 20), .address(cart, cgroup: 21),
            .probe(ProbeSample(name: "sockets", hook: "tp_btf/inet_sock_set_state", state: .attached, signal: "connections")),
            .probe(ProbeSample(name: "drops", hook: "tp_btf/kfree_skb", state: .attached, signal: "dropped packets")),
            .probe(
                ProbeSample(
                    name: "resets", hook: "tp_btf/tcp_send_reset", state: .refused, reason: "the verifier says no", signal: "resets")),
        ]
        events += probesOfRequests + objects
        var attacker = FlowKey(
            cgroup: 1, command: CommandName("\u{1b}[31mevil"), netns: 1, direction: .outbound, peer: Address(high: 0xfd00 << 48, low: 9),
            port: 443)
        for tick in 0...5 as ClosedRange<UInt64> {
            func flow(
                _ cgroup: UInt64, _ direction: Direction, _ peer: Address, _ port: UInt16, netns: UInt32, rtt: UInt64,
                _ counters: [Counter: UInt64]
            ) {
                var sum = Counters.zero
                for (counter, value) in counters { sum[counter] = value }
                var gauges = Gauges()
                gauges.rttSum = rtt * 2
                gauges.rttCount = rtt == 0 ? 0 : 2
                gauges.rttMax = UInt32(rtt * 3 / 2)
                let key = FlowKey(cgroup: cgroup, netns: netns, direction: direction, peer: peer, port: port)
                events.append(.flow(FlowSample(key: key, counters: sum, gauges: gauges, lastActive: (100 + tick) * second)))
            }
            flow(
                20, .outbound, cart, 8080, netns: 7, rtt: 850,
                [
                    .sentBytes: tick * 20_000, .receivedBytes: tick * 1_500_000, .opened: 2 + tick, .closed: tick, .connects: 2 + tick,
                    .connectNanoseconds: (2 + tick) * 900_000, .retransmits: tick * 3, .retransmitsFast: tick * 2,
                    .retransmitsTimeout: tick,
                ])
            flow(
                21, .inbound, front, 8080, netns: 8, rtt: 840,
                [.sentBytes: tick * 1_500_000, .receivedBytes: tick * 20_000, .opened: 2 + tick, .closed: tick])
            flow(22, .inbound, Address(ipv4: 0xc0a8_0007), 22, netns: 1, rtt: 12_000, [.adopted: 1, .sentBytes: tick * 300])
            attacker.port = 443
            var sent = Counters.zero
            sent[.timedOut] = tick / 2
            events.append(.flow(FlowSample(key: attacker, counters: sent, gauges: Gauges(), lastActive: (100 + tick) * second)))
            let stranger = FlowKey(cgroup: 0, netns: 7, direction: .inbound, peer: Address(ipv4: 0x0808_0808), port: 8080)
            events.append(
                .drop(DropSample(key: stranger, local: cart, reason: "NETFILTER_DROP", packets: tick * 4, lastSeen: (100 + tick) * second)))
            events.append(
                .listener(
                    ListenerSample(
                        cgroup: 21, command: CommandName(""), netns: 8, address: .unspecified, port: 8080, queue: UInt32(tick),
                        queueLimit: 511,
                        drops: tick / 3)))
            let key = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: cart, port: 8080)
            for cookie in 1...2 as ClosedRange<UInt64> {
                events.append(
                    .connection(
                        ConnectionSample(
                            cookie: cookie, key: key, local: front, localPort: 40_000 + UInt16(cookie), peerPort: 8080, state: .established,
                            partial: false, pid: 4_242, established: 99 * second, seen: (100 + tick) * second, sentBytes: tick * 10_000,
                            receivedBytes: tick * 750_000, retransmits: UInt32(tick), rtt: 850, congestionWindow: 10, sendWindow: 65_536)))
            }
            events.append(.timing(TimingSample(key: key, nanoseconds: 900_000 + tick * 1_000)))
            events += requests(tick)
            var status = Status()
            status.cpuRatio = 0.0123
            status.residentBytes = 20 << 20
            status.mapBytes = 3 << 20
            status.losses = tick > 3 ? ["ring_full": 7] : [:]
            status.sampledOut = tick > 3 ? ["requests": (tick - 3) * 12] : [:]
            status.notUnderstood = tick > 2 ? ["http1.gap": tick] : [:]
            events.append(.status(status))
            events.append(.tick(Moment(wall: (1_700_000_000 + tick) * second, monotonic: (100 + tick) * second)))
        }
        return events
    }()

    static let recording = path("shop.podglass")

    static func write(to path: String) throws {
        var writer = try RecordingWriter(
            path: path, overwriting: true, header: RecordingHeader(version: "0.1.0", node: "node-1", started: 1_700_000_000 * second))
        for event in events { try writer.append(event) }
        try writer.finish()
    }
}
