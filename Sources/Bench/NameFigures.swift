// What a peer's name costs in a large cluster: 10,000 pods and 2,000 Services, looked up by the address of a flow's peer, and what
// telling of them all, and of one that changed after publishing, takes.

import Aggregation

struct NameFigures {
    private static let pods = 10_000
    private static let services = 2_000
    private static let rounds = 9

    func measure() {
        let events = NameFigures.events()
        var engine = Engine()
        let learning = Stopwatch.nanoseconds { for event in events { engine.fold(event) } }
        engine.fold(.tick(Crowd.moment(1)))
        let tables = engine.tables
        let keys = (0..<events.count).map { index in
            FlowKey(
                cgroup: 1, netns: 1, direction: .outbound, peer: NameFigures.address(index &* 7_919 % events.count), port: 80)
        }
        var known = 0
        let lookups = (0..<NameFigures.rounds).map { _ in
            Stopwatch.nanoseconds {
                for key in keys { if case .object(let index) = tables.peer(key) { known &+= Int(index) } }
            } / Double(keys.count)
        }
        keep(known)
        var published = tables
        let changes = (0..<NameFigures.rounds).map { round in
            let change = Stopwatch.nanoseconds { engine.fold(NameFigures.pod(round, labels: ["round": "\(round)"])) }
            published = engine.tables
            return change
        }
        keep(published)
        Figure(name: "names, 12,000 of a cluster: look up a peer", value: lookups.median, unit: "ns", bar: 100).print()
        Figure(name: "names, 12,000 of a cluster: learn one", value: learning / Double(events.count), unit: "ns").print()
        Figure(name: "names, 12,000 of a cluster: learn a change after publishing", value: changes.median / 1e6, unit: "ms").print()
    }

    private static func address(_ index: Int) -> Address { Address(ipv4: 0x0a00_0001 + UInt32(index)) }

    private static func events() -> [Event] {
        (0..<pods).map { pod($0, labels: [:]) }
            + (0..<services).map { index in
                var service = ClusterObject(
                    kind: .service, id: "service-\(index)", namespace: "team-\(index % 40)", name: "service-\(index)")
                service.addresses = [address(pods + index)]
                return .object(service)
            }
    }

    private static func pod(_ index: Int, labels: [String: String]) -> Event {
        var pod = ClusterObject(kind: .pod, id: "uid-\(index)", namespace: "team-\(index % 40)", name: "app-\(index % 500)-\(index)")
        pod.labels = Labels(labels.merging(["app": "app-\(index % 500)", "pod-template-hash": "7b58c9d4f"]) { one, _ in one })
        pod.controller = Controller(kind: "Deployment", name: "app-\(index % 500)")
        pod.addresses = [address(index)]
        return .object(pod)
    }
}
