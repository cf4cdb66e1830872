// Folds events into tables. The one writer of the tables; pure: it has no clock, no files, no C, and the same events give
// the same tables live and in a replay. Samples are cumulative, so the engine keeps what each said last and adds the rest.
//
// The work of an interval grows with flows, not with sockets or packets. `tables` may be copied at any time: it is a value.

package struct Engine: Sendable {
    package private(set) var state: EngineState

    /// - Parameters:
    ///   - rules: what is flagged beside what is unusual.
    ///   - classes: how many series a workload may have.
    ///   - onset: from when on anything is flagged, as if the tick that reaches it were the first; nil from the start.
    package init(
        _ capacities: Capacities = Capacities(), rules: [Rule] = [], classes: [CardinalityClass] = CardinalityClass.shipped,
        watchingFrom onset: RecordedMoment? = nil
    ) {
        state = EngineState(capacities, rules: rules, classes: classes, watchingFrom: onset)
    }

    package var tables: Tables { state.tables }

    /// What an external model may be asked of the interval that ended, and what it thinks; neither is needed.
    package mutating func takeQuestions() -> [ModelQuestion] { state.takeQuestions() }
    package mutating func consider(_ opinions: [ModelOpinion]) { state.consider(opinions) }
    /// How it is doing, for those who look. `program` is how the configuration names it.
    package mutating func note(_ health: ModelHealth, of program: String) { state.note(health, of: program) }

    /// Folds one event. After a `.tick` the tables are a consistent picture of the interval that ended.
    package mutating func fold(_ event: Event) {
        if state.intervalEnded { state.beginInterval() }
        switch event {
        case .node(let node): state.tables.node = node
        case .owner(let cgroup, let owner): state.learn(owner, of: cgroup)
        case .address(let address, let cgroup): state.learn(address, of: cgroup)
        case .object(let object): state.learn(object)
        case .objectGone(let kind, let id): state.forget(kind, id: id)
        case .translation(let sample): state.learn(sample)
        case .usage(let sample): state.fold(sample)
        case .source(let sample): state.learn(sample)
        case .flow(let sample): state.fold(sample)
        case .flowForgotten(let key): state.forget(key)
        case .drop(let sample): state.fold(sample)
        case .dropForgotten(let sample): state.forget(sample)
        case .listener(let sample): state.fold(sample)
        case .listenerClosed(let netns, let address, let port):
            state.closeListener(ListenerKey(netns: netns, address: address, port: port))
        case .connection(let sample): state.fold(sample)
        case .timing(let sample): state.fold(sample)
        case .requests(let sample): state.fold(sample)
        case .request(let exchange): state.fold(exchange)
        // For the stream of events alone: what it counts comes with flows and drops.
        case .incident: break
        case .probe(let sample): state.fold(sample)
        case .status(let status):
            state.tables.status = status
            state.noteGap()
        case .gap(let intervals): state.beginGap(intervals: intervals)
        case .tick(let moment): state.endInterval(at: moment)
        }
    }
}

/// What the engine remembers beside the tables: indices by key, and what each cumulative sample said last.
package struct EngineState: Sendable {
    package var tables: Tables
    let capacities: Capacities
    var intervalEnded = false
    var nextSerial: UInt64 = 1

    var flowIndex: [FlowKey: Int32] = [:]
    /// The last sample's counters, a row each, in the order of `tables.flows`.
    var lastCounters: ContiguousArray<Counters> = []
    /// The last sample's counters of flows that have no row.
    var refusedFlows: [FlowKey: Counters] = [:]
    /// Rows whose `isForgotten` is true: what can make room.
    var forgottenFlows = 0
    /// False once a search for room found little: the next interval searches again.
    var mayMakeRoom = true

    var workloadIndex: [String: WorkloadIndex] = [:]
    /// Workloads without a row when they were last looked for, the longest silent last, and those that got one since.
    var freeWorkloads: [WorkloadIndex] = []
    var claimedWorkloads: Set<WorkloadIndex> = []
    var hasSoughtWorkloads = false
    var hasSoughtCgroups = false
    /// When symptoms that are over were looked for last, CLOCK_MONOTONIC.
    var symptomsDroppedAt: UInt64 = 0
    var placeOfCgroup: [UInt64: Place] = [:]
    /// The same the other way round; nil until asked for again.
    var cgroupsOfWorkload: [WorkloadIndex: [UInt64]]?
    /// Cgroups whose container got another name in this interval.
    var renamedCgroups: Set<UInt64> = []
    var listenersChanged = false
    var nameIndex: [String: NameIndex] = [:]
    /// Places in `Tables.names` that nothing refers to any more.
    var freeNames: [NameIndex] = []

    var symptomIndex: [SymptomKey: Int32] = [:]
    var lastDrops: [DropKey: UInt64] = [:]
    var listenerIndex: [ListenerKey: Int32] = [:]
    var lastListenDrops: [ListenerKey: UInt64] = [:]

    var requests = RequestBooks()
    /// What sources of names know.
    var objects = ObjectBook()

    var liveConnections: [ConnectionSample] = []
    var closedConnections: [ConnectionSample] = []
    var closedInInterval = 0
    var probeIndex: [String: Int] = [:]

    var cardinality: CardinalityBook
    var watch: Watch
    let onset: RecordedMoment?
    /// False until the onset: the tables are filled, and nothing is judged.
    var isWatching: Bool
    var rulebook: Rulebook
    var acquaintances: Acquaintances
    /// Behind a gap in a recording, until the next tick.
    var isAfterGap = false
    var intervalsNotRecorded: UInt64 = 0
    /// For an external model: what it may be asked, and of which series it was asked.
    var questions: [ModelQuestion] = []
    var asked: [UInt64: Int32] = [:]
    var nextQuestion: UInt64 = 0
    /// Whether an anomaly has ended or left since groups were made.
    var haveAnomaliesChanged = false
    /// By the row that a rule speaks of: `AnomalyRow.serial`.
    var anomalyOfBreach: [RuleBreach: UInt64] = [:]

    init(
        _ capacities: Capacities, rules: [Rule], classes: [CardinalityClass] = CardinalityClass.shipped,
        watchingFrom onset: RecordedMoment? = nil
    ) {
        self.capacities = capacities
        self.onset = onset
        isWatching = onset == nil
        cardinality = CardinalityBook(classes: classes, labels: capacities.labels, sketches: capacities.sketches)
        watch = Watch(capacity: capacities.series, discordQuestions: capacities.discordQuestions)
        rulebook = Rulebook(rules)
        acquaintances = Acquaintances(capacity: capacities.acquaintances)
        tables = Tables(capacities)
        tables.classes = cardinality.classes
    }

    /// Series under watch.
    package var seriesCount: Int { watch.seriesCount }

    mutating func serial() -> UInt64 {
        defer { nextSerial += 1 }
        return nextSerial
    }

    /// Where the traffic of a cgroup is booked.
    struct Place: Sendable {
        var workload: WorkloadIndex
        var container: NameIndex
        /// Learnt from the first flow; 0 before.
        var netns: UInt32 = 0
    }
}

struct SymptomKey: Hashable, Sendable {
    var kind: SymptomRow.Kind
    var cause: NameIndex
    var flow: FlowKey
    var workload: WorkloadIndex
}

struct DropKey: Hashable, Sendable {
    var kind: DropSample.Kind
    var key: FlowKey
    var local: Address
    var reason: String

    init(_ sample: DropSample) {
        kind = sample.kind
        key = sample.key
        local = sample.local
        reason = sample.reason
    }
}

struct ListenerKey: Hashable, Sendable {
    var netns: UInt32
    var address: Address
    var port: UInt16
}
