// The events of one interval, until its end: names are learnt in its course, so nothing is shown before. Bounded; what finds no room
// is counted as lost. Beside the events it reads the losses that the status tells and says by how much they grew.

package struct ObservationLog: Sendable {
    /// What an interval showed, in the order of time.
    package struct Interval: Sendable {
        package var moment: Moment
        package var observations: [Observation]
        package var loss: EventLoss?
    }

    /// Events kept of an interval; the kernel's budgets let through some thousand a second and processor.
    package static let limit = 65_536
    /// Samples that, left out, are events the stream does not show.
    private static let samples: Set<String> = ["incidents", "requests", "closed_connections"]

    private let limit: Int
    /// Nil where nobody asked for anomalies.
    private var anomalies: AnomalyAccount?
    private var events: [Event] = []
    private var refused: UInt64 = 0
    private var reported: [String: UInt64] = [:]
    private var lost: [String: UInt64] = [:]

    package init(limit: Int = ObservationLog.limit, tellsAnomalies: Bool = false) {
        self.limit = limit
        anomalies = tellsAnomalies ? AnomalyAccount() : nil
    }

    /// Takes an event that the engine has folded; gives what is to be shown when it ends an interval.
    package mutating func receive(_ event: Event, in engine: Engine) -> Interval? {
        switch event {
        case .request, .incident: keep(event)
        case .connection(let sample): if sample.state == .closed { keep(event) }
        case .status(let status): note(status)
        case .gap(let intervals): lost[EventLoss.notRecorded, default: 0] &+= intervals
        case .tick(let moment): return end(at: moment, engine)
        case .node, .owner, .address, .flow, .flowForgotten, .drop, .dropForgotten, .listener, .listenerClosed, .timing, .requests, .probe,
            .object,
            .objectGone, .translation, .usage, .source:
            break
        }
        return nil
    }

    private mutating func keep(_ event: Event) {
        if events.count < limit { events.append(event) } else { refused += 1 }
    }

    private mutating func note(_ status: Status) {
        var all = status.losses
        for (name, count) in status.sampledOut where ObservationLog.samples.contains(name) { all["sampled_out." + name] = count }
        for (name, count) in status.notUnderstood { all["not_understood." + name] = count }
        // As many as a recording may name; a live node has some twenty.
        for (name, count) in all where reported[name] != nil || reported.count < RecordingLimits.lossCauses * 3 {
            let before = reported[name] ?? 0
            if count > before { lost[name, default: 0] &+= count - before }
            reported[name] = count
        }
    }

    private mutating func end(at moment: Moment, _ engine: Engine) -> Interval {
        defer {
            events.removeAll(keepingCapacity: events.count < 4096)
            lost.removeAll()
            refused = 0
        }
        if refused > 0 { lost[EventLoss.stream] = refused }
        var observations: [Observation] = []
        for event in events { observations += Observation.all(of: event, in: engine, at: moment) }
        observations += anomalies?.observations(engine, at: moment) ?? []
        // Stable, so that a request stands before a response of the same nanosecond.
        let order = observations.indices.sorted { (observations[$0].time, $0) < (observations[$1].time, $1) }
        let causes = lost.sorted { $0.key < $1.key }.map { EventLoss.Cause(name: $0.key, count: $0.value) }
        let node = engine.state.tables.node.name
        return Interval(
            moment: moment, observations: order.map { observations[$0] },
            loss: causes.isEmpty ? nil : EventLoss(time: moment.wall, node: node, causes: causes))
    }
}
