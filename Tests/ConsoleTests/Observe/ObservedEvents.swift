// One event of every kind, seen by either end, with names and without, hostile ones among them.

import Aggregation

enum ObservedEvents {
    static let second: UInt64 = 1_000_000_000
    static let wall: UInt64 = 1_733_844_040 * second
    static let moment = Moment(wall: wall, monotonic: 1_000 * second)

    static let front = Address(ipv4: 0x0af4_0105)
    static let api = Address(ipv4: 0x0af4_0106)
    static let resolver = Address(ipv4: 0x0a60_000a)
    static let stranger = Address(high: 0x2001_0db8 << 32, low: 7)
    static let attack = "\u{1b}[31m\u{202e}\"\\\n?\u{0}\u{7f}é漢"

    static func pod(_ name: String, _ container: String, namespace: String = "default") -> Owner {
        Owner(
            kind: .pod, key: "pod:" + name, workload: name, namespace: namespace, pod: name, podUID: name, container: container,
            containerID: container)
    }

    static let names: [Event] = [
        .node(Node(name: "node-1", kernel: "6.12.9", processors: 4)),
        .owner(cgroup: 20, pod("frontend-7b58", "nginx")), .owner(cgroup: 21, pod("api-6c4b", "server")),
        .owner(cgroup: 22, Owner(kind: .unit, key: "unit:/ssh", workload: "ssh.service")),
        .owner(cgroup: 23, pod(attack, attack, namespace: attack)), .address(front, cgroup: 20), .address(api, cgroup: 21),
    ]

    static let service = Address(ipv4: 0x0a60_0010)
    static let far = Address(ipv4: 0x0af4_0207)

    /// What an API server tells: both pods, one of another node, a Service.
    static let objects: [Event] = {
        func pod(_ name: String, _ owner: String, _ address: Address, _ labels: [String: String], estimated: Bool = false) -> Event {
            var object = ClusterObject(kind: .pod, id: name, namespace: "default", name: name)
            object.labels = Labels(labels)
            object.controller = Controller(kind: "Deployment", name: owner, isEstimated: estimated)
            object.addresses = [address]
            return .object(object)
        }
        var api = ClusterObject(kind: .service, id: "s1", namespace: "default", name: "api")
        api.addresses = [service]
        return [
            pod("frontend-7b58", "frontend", front, ["app": "frontend", "tier": "web"], estimated: true),
            pod("far-5d5d", "far", far, ["app": "far", "note": attack]), .object(api),
        ]
    }()

    /// frontend's and api's ends of one connection.
    static let client = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: api, port: 8080)
    static let server = FlowKey(cgroup: 21, netns: 8, direction: .inbound, peer: front, port: 8080)

    static func exchange(
        _ key: FlowKey, _ application: RequestProtocol = .http1, operation: UInt16 = 1, status: UInt16 = 200, target: String,
        at milliseconds: UInt64 = 6_528, answers: [Address] = [], isCut: Bool = false
    ) -> Exchange {
        let isAnswered = status != RequestKey.unanswered
        let isClient = key.direction == .outbound
        return Exchange(
            key: RequestKey(flow: key, application: application, operation: operation, status: status),
            local: key == server ? api : front, localPort: isClient ? 53_122 : key.port, peerPort: isClient ? key.port : 53_122, cookie: 77,
            began: moment.monotonic - milliseconds * 1_000_000, latency: isAnswered ? 3_400_000 : nil,
            duration: isAnswered ? 5_000_000 : nil, target: target, answers: answers, timeToLive: answers.isEmpty ? 0 : 30, isCut: isCut)
    }

    static func incident(
        _ kind: Incident.Kind, _ key: FlowKey = client, cause: String = "", count: UInt32 = 1, flags: UInt8 = 0, isOutgoing: Bool = false,
        at milliseconds: UInt64
    ) -> Incident {
        let isClient = key.direction == .outbound
        return Incident(
            kind: kind, key: key, local: key == server ? api : front, localPort: isClient ? 53_122 : key.port,
            peerPort: isClient ? key.port : 53_122, cookie: key.cgroup == 0 ? 0 : 77, time: moment.monotonic - milliseconds * 1_000_000,
            cause: cause, count: count, tcpFlags: flags, isOutgoing: isOutgoing)
    }

    static func closed(_ key: FlowKey, partial: Bool = false) -> ConnectionSample {
        ConnectionSample(
            cookie: 77, key: key, local: key == server ? api : front, localPort: key == server ? 8080 : 53_122,
            peerPort: key == server ? 53_122 : 8080, state: .closed, partial: partial, pid: partial ? 0 : 4_242,
            established: partial ? 0 : moment.monotonic - 6 * second, seen: moment.monotonic - second, sentBytes: 20_000,
            receivedBytes: 1_500_000, retransmits: 3, rtt: partial ? 0 : 850, congestionWindow: 10, sendWindow: 65_536)
    }

    static let all: [Event] = {
        let question = FlowKey(cgroup: 20, netns: 7, direction: .outbound, transport: .udp, peer: resolver, port: 53)
        let unknown = FlowKey(cgroup: 0, netns: 1, direction: .inbound, peer: Address(ipv4: 0x0808_0808), port: 8080)
        let toClient = FlowKey(cgroup: 0, netns: 1, direction: .outbound, peer: Address(ipv4: 0x0808_0808), port: 443)
        let six = FlowKey(cgroup: 1, command: CommandName("curl"), netns: 1, direction: .outbound, peer: stranger, port: 443)
        let hostile = FlowKey(cgroup: 23, netns: 9, direction: .inbound, peer: stranger, port: 80)
        let listener = FlowKey(cgroup: 22, netns: 1, direction: .inbound, peer: stranger, port: 22)
        return [
            .incident(incident(.opened, at: 7_000)), .incident(incident(.opened, server, at: 6_999)),
            .request(exchange(client, target: "/api/v1/products?token=secret")),
            .request(exchange(server, status: 503, target: "/api/v1/products", at: 6_500)),
            .request(
                exchange(server, operation: 3, status: RequestKey.unanswered, target: "http://user:word@api/cut", at: 6_400, isCut: true)),
            .request(
                exchange(question, .dns, status: 0, target: "api.example.com", at: 6_300, answers: [Address(ipv4: 0x0a00_0001), stranger])),
            .request(exchange(question, .dns, operation: 28, status: 3, target: "nowhere.example.com.", at: 6_200)),
            .request(exchange(question, .dns, status: RequestKey.unanswered, target: "lost.example.com", at: 6_100)),
            .incident(incident(.retransmit, cause: "fast", count: 3, at: 5_000)),
            .incident(incident(.retransmit, cause: "syn", at: 4_900)), .incident(incident(.retransmit, server, cause: "synack", at: 4_800)),
            .incident(incident(.drop, server, cause: "NETFILTER_DROP", flags: 0x02, at: 4_700)),
            .incident(incident(.drop, server, cause: "TCP_OVERWINDOW", flags: 0x18, isOutgoing: true, at: 4_600)),
            .incident(incident(.drop, unknown, cause: "NO_SOCKET", flags: 0x02, at: 4_500)),
            .incident(incident(.drop, toClient, cause: "SOCKET_RCVBUFF", flags: 0x10, at: 4_400)),
            .incident(incident(.resetSent, server, at: 4_300)), .incident(incident(.resetSent, unknown, flags: 0x02, at: 4_200)),
            .incident(incident(.resetReceived, at: 4_100)), .incident(incident(.failed, six, cause: "refused", at: 4_000)),
            .incident(incident(.opened, listener, at: 3_900)), .request(exchange(hostile, target: attack, at: 3_800)),
            .request(exchange(hostile, .dns, status: 0, target: attack, at: 3_700)), .connection(closed(client)),
            .connection(closed(server, partial: true)), .incident(incident(.opened, toService, at: 900)),
            .incident(incident(.opened, fromFar, at: 800)), .request(exchange(toService, target: "/by/service", at: 700)),
        ]
    }()

    /// To a Service, and from a pod of another node.
    static let toService = FlowKey(cgroup: 20, netns: 7, direction: .outbound, peer: service, port: 80)
    static let fromFar = FlowKey(cgroup: 21, netns: 8, direction: .inbound, peer: far, port: 8080)

    static let observations = observed(all)

    /// What an interval of these events shows.
    static func observed(_ events: [Event], names: [Event] = names + objects) -> [Observation] {
        var engine = Engine()
        var log = ObservationLog()
        for event in names + events + [.tick(moment)] {
            engine.fold(event)
            if let interval = log.receive(event, in: engine) { return interval.observations }
        }
        return []
    }

    static let loss = EventLoss(
        time: wall, node: "node-1",
        causes: [
            .init(name: "ring_full", count: 12), .init(name: "sampled_out.incidents", count: 3), .init(name: EventLoss.stream, count: 5),
        ])
}
