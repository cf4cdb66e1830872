// What a recording has to say before it can go on somewhere in the midst: names, objects, and each cumulative sample as it was last.
// Folded from events, told again as events. Its owner is an excerpt; each kind is bounded as the encoder's memory is, and what finds
// no place is counted: a recording that begins there does not know it.

package struct RecordingState: Sendable {
    private var node: Node?
    private var owners: [UInt64: Owner] = [:]
    private var addresses: [Address: UInt64] = [:]
    private var objects: [ObjectKey: ClusterObject] = [:]
    private var sources: [String: SourceSample] = [:]
    private var probes: [String: ProbeSample] = [:]
    private var flows: [FlowKey: FlowSample] = [:]
    private var drops: [DropKey: DropSample] = [:]
    private var listeners: [ListenerKey: ListenerSample] = [:]
    private var translations: Set<TranslationSample> = []
    private var usages: [UInt64: UsageSample] = [:]
    private var status: Status?
    /// Of the last tick.
    package private(set) var moment = Moment.zero
    package private(set) var refused: UInt64 = 0

    package init() {}

    package mutating func fold(_ event: Event) {
        switch event {
        case .node(let node): self.node = node
        case .owner(let cgroup, let owner):
            if owners.count >= RecordingLimits.remembered, owners[cgroup] == nil { forgetIdleOwners() }
            keep(owner, as: cgroup, in: \.owners)
        case .address(let address, let cgroup): keep(cgroup, as: address, in: \.addresses)
        case .object(let object): keep(object, as: ObjectKey(kind: object.kind, id: object.id), in: \.objects)
        case .objectGone(let kind, let id): objects[ObjectKey(kind: kind, id: id)] = nil
        case .source(let sample): keep(sample, as: sample.name, in: \.sources)
        case .probe(let sample): keep(sample, as: sample.name, in: \.probes)
        case .flow(let sample): keep(sample, as: sample.key, in: \.flows, limit: RecordingLimits.flowSlots)
        case .flowForgotten(let key): flows[key] = nil
        case .drop(let sample): keep(sample, as: DropKey(sample), in: \.drops)
        case .dropForgotten(let sample): drops[DropKey(sample)] = nil
        case .listener(let sample): keep(sample, as: RecordingState.key(of: sample), in: \.listeners)
        case .listenerClosed(let netns, let address, let port):
            listeners[ListenerKey(netns: netns, address: address, port: port)] = nil
        case .translation(let sample):
            if translations.count >= RecordingLimits.remembered { translations.removeAll() }
            translations.insert(sample)
        case .usage(let sample): keep(sample, as: sample.cgroup, in: \.usages)
        case .status(let status): self.status = status
        case .tick(let moment): self.moment = moment
        // What happened, and is not what stands.
        case .connection, .timing, .requests, .request, .incident, .gap: break
        }
    }

    private mutating func keep<Key: Hashable, Value>(
        _ value: Value, as key: Key, in place: WritableKeyPath<RecordingState, [Key: Value]>, limit: Int = RecordingLimits.remembered
    ) {
        guard self[keyPath: place].count < limit || self[keyPath: place][key] != nil else {
            refused += 1
            return
        }
        self[keyPath: place][key] = value
    }

    /// Cgroups come and go all day; those that nothing stands for have ended, most likely.
    private mutating func forgetIdleOwners() {
        var busy = Set(flows.keys.map(\.cgroup))
        busy.formUnion(listeners.values.map(\.cgroup))
        busy.formUnion(usages.keys)
        owners = owners.filter { busy.contains($0.key) }
        addresses = addresses.filter { owners[$0.value] != nil }
    }

    private static func key(of sample: ListenerSample) -> ListenerKey {
        ListenerKey(netns: sample.netns, address: sample.address, port: sample.port)
    }

    /// All of it, in an order that is the same each time: names before what bears them.
    package var events: [Event] {
        var events: [Event] = []
        if let node { events.append(.node(node)) }
        events += owners.sorted { $0.key < $1.key }.map { .owner(cgroup: $0.key, $0.value) }
        events += addresses.sorted { ($0.key.high, $0.key.low) < ($1.key.high, $1.key.low) }.map { .address($0.key, cgroup: $0.value) }
        events += objects.values.sorted { ($0.kind.rawValue, $0.id) < ($1.kind.rawValue, $1.id) }.map { .object($0) }
        events += sources.values.sorted { $0.name < $1.name }.map { .source($0) }
        events += probes.values.sorted { $0.name < $1.name }.map { .probe($0) }
        events += listeners.values.sorted { RecordingState.precedes(RecordingState.key(of: $0), RecordingState.key(of: $1)) }
            .map { .listener($0) }
        events += flows.values.sorted { RecordingState.precedes($0.key, $1.key) }.map { .flow($0) }
        events += drops.values.sorted { ($0.reason, $0.lastSeen) < ($1.reason, $1.lastSeen) }.map { .drop($0) }
        events += translations.sorted(by: RecordingState.precedes).map { .translation($0) }
        events += usages.values.sorted { $0.cgroup < $1.cgroup }.map { .usage($0) }
        if let status { events.append(.status(status)) }
        return events
    }

    private static func precedes(_ one: ListenerKey, _ other: ListenerKey) -> Bool {
        (one.netns, one.port, one.address.high, one.address.low) < (other.netns, other.port, other.address.high, other.address.low)
    }

    private static func precedes(_ one: FlowKey, _ other: FlowKey) -> Bool {
        if one.cgroup != other.cgroup { return one.cgroup < other.cgroup }
        if one.peer != other.peer { return (one.peer.high, one.peer.low) < (other.peer.high, other.peer.low) }
        return (one.port, one.netns, one.direction.rawValue, one.transport.rawValue)
            < (other.port, other.netns, other.direction.rawValue, other.transport.rawValue)
    }

    private static func precedes(_ one: TranslationSample, _ other: TranslationSample) -> Bool {
        if one.client != other.client { return (one.client.high, one.client.low) < (other.client.high, other.client.low) }
        if one.service != other.service { return (one.service.high, one.service.low) < (other.service.high, other.service.low) }
        return (one.servicePort, one.backendPort, one.backend.high, one.backend.low)
            < (other.servicePort, other.backendPort, other.backend.high, other.backend.low)
    }

    /// What stood earlier and does not now, as the events that said so.
    package func ends(since earlier: RecordingState) -> [Event] {
        var events: [Event] = []
        events += earlier.flows.keys.filter { flows[$0] == nil }.sorted(by: RecordingState.precedes).map { .flowForgotten($0) }
        events += earlier.drops.filter { drops[$0.key] == nil }.values.sorted { ($0.reason, $0.lastSeen) < ($1.reason, $1.lastSeen) }
            .map { .dropForgotten($0) }
        events += earlier.listeners.keys.filter { listeners[$0] == nil }.sorted(by: RecordingState.precedes)
            .map { .listenerClosed(netns: $0.netns, $0.address, port: $0.port) }
        events += earlier.objects.keys.filter { objects[$0] == nil }.sorted { ($0.kind.rawValue, $0.id) < ($1.kind.rawValue, $1.id) }
            .map { .objectGone($0.kind, id: $0.id) }
        return events
    }
}
