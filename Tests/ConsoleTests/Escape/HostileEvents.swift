// What somebody would name a pod, a process, a path, a host, a cgroup or a drop's reason who wants the reader's terminal to obey.

import Aggregation
import Testing

enum HostileEvents {
    /// Titles, colours, clears, C1's own introducer, a turned line, line ends, nothing visible at all, and bytes that are no UTF-8.
    static let spell =
        "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}P1;2|\u{1b}\\\u{9b}31m\u{9d}52;c;b3duZWQ=\u{9c}\u{202e}\u{2066}\u{85}\u{7f}\r\n\t\u{0}\u{8}"
        + "\u{200b}\u{200d}\u{2028}\u{2029}\u{feff}\u{e000}\u{ad}\u{3164}\u{e0041}\u{fffe}"
        + String(decoding: [0xff, 0xc0, 0x9b], as: UTF8.self)

    static func hostile(_ text: String) -> String { text + spell }

    /// A process's name has 15 bytes.
    static let command = CommandName("\u{1b}[31m\u{9b}2J\n\u{202e}")

    static let tables: Tables = {
        var engine = Engine()
        for event in Fixture.events + ObservedEvents.names + ObservedEvents.objects + ObservedEvents.all { engine.fold(hostile(event)) }
        // Listed, not closed.
        engine.fold(.tick(Moment(wall: 1_700_000_010 * Fixture.second, monotonic: 110 * Fixture.second)))
        return engine.tables
    }()

    static let observations: [Aggregation.Observation] = {
        var (engine, log) = (Engine(), ObservationLog())
        var all: [Aggregation.Observation] = []
        for event in (ObservedEvents.names + ObservedEvents.objects + ObservedEvents.all).map(hostile) + [.tick(ObservedEvents.moment)] {
            engine.fold(event)
            all += log.receive(event, in: engine)?.observations ?? []
        }
        return all
    }()

    static let loss = EventLoss(
        time: ObservedEvents.wall, node: hostile("node"), causes: [EventLoss.Cause(name: hostile("ring_full"), count: 7)])

    /// The same event with every text of it, except the keys by which others refer to it, turned against the reader.
    static func hostile(_ event: Event) -> Event {
        switch event {
        case .node(var node):
            (node.name, node.kernel) = (hostile(node.name), hostile(node.kernel))
            return .node(node)
        case .owner(let cgroup, var owner):
            (owner.workload, owner.container) = (hostile(owner.workload), owner.container.map(hostile))
            (owner.namespace, owner.pod) = (owner.namespace.map(hostile), owner.pod.map(hostile))
            return .owner(cgroup: cgroup, owner)
        case .object(let object): return .object(hostile(object))
        case .source(let source):
            return .source(
                SourceSample(
                    name: hostile(source.name), place: hostile(source.place), state: source.state, gave: hostile(source.gave),
                    reason: hostile(source.reason ?? "")))
        case .flow(var sample):
            if sample.key.cgroup < 2 { sample.key.command = command }
            return .flow(sample)
        case .drop(var sample):
            sample.reason = hostile(sample.reason)
            return .drop(sample)
        case .listener(var sample):
            sample.command = command
            return .listener(sample)
        case .request(var exchange):
            exchange.target = hostile(exchange.target)
            return .request(exchange)
        case .incident(var incident):
            incident.cause = hostile(incident.cause)
            return .incident(incident)
        case .probe(var probe):
            (probe.name, probe.hook, probe.signal) = (hostile(probe.name), hostile(probe.hook), hostile(probe.signal))
            probe.reason = hostile(probe.reason ?? "")
            return .probe(probe)
        case .status(var status):
            status.losses = status.losses.reduce(into: [:]) { $0[hostile($1.key)] = $1.value }
            status.sampledOut = status.sampledOut.reduce(into: [:]) { $0[hostile($1.key)] = $1.value }
            status.notUnderstood = status.notUnderstood.reduce(into: [:]) { $0[hostile($1.key)] = $1.value }
            return .status(status)
        case .address, .objectGone, .translation, .usage, .flowForgotten, .dropForgotten, .listenerClosed, .connection, .timing, .requests,
            .gap, .tick:
            return event
        }
    }

    private static func hostile(_ object: ClusterObject) -> ClusterObject {
        var object = object
        object.name = hostile(object.name)
        object.namespace = object.namespace.map(hostile)
        object.node = object.node.map(hostile)
        object.labels = Labels(pairs: object.labels.pairs.map(hostile))
        if let controller = object.controller {
            object.controller = Controller(kind: hostile(controller.kind), name: hostile(controller.name))
        }
        object.containers = object.containers.map {
            .init(
                id: $0.id, name: hostile($0.name), image: hostile($0.image), role: $0.role, restarts: $0.restarts,
                reason: hostile($0.reason ?? ""))
        }
        return object
    }
}

/// What a terminal may be given beside printable text.
enum Allowed {
    case newlines
    /// RFC 4180 ends a line so.
    case carriageReturnsBeforeNewlines
    /// Rows on the clipboard.
    case tabs
}

/// Everything that a terminal could obey or a reader be misled by is an issue, and what is no UTF-8.
func expectHarmless(_ bytes: [UInt8], _ what: String, _ allowed: Allowed = .newlines, at location: SourceLocation = #_sourceLocation) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
        Issue.record("\(what) is no UTF-8", sourceLocation: location)
        return
    }
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() where scalar.misleadsTerminal && scalar != "\n" {
        switch allowed {
        case .carriageReturnsBeforeNewlines where scalar == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n": continue
        case .tabs where scalar == "\t": continue
        case .newlines, .carriageReturnsBeforeNewlines, .tabs: break
        }
        let around = String(String.UnicodeScalarView(scalars[max(0, index - 30)..<min(scalars.count, index + 10)]))
        Issue.record("\(what): U+\(String(scalar.value, radix: 16)) in \(around.debugDescription)", sourceLocation: location)
        return
    }
}
