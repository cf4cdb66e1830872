// Turns events into bytes. Samples are cumulative, so one that says nothing new is not written: a quiet flow costs
// nothing. What was written last is kept for that, bounded by `RecordingLimits`.

package struct EventEncoder: Sendable {
    var payload = PayloadWriter()
    var lastTick = Moment.zero
    var flows = FlowSlots()
    private var node: Node?
    private var owners: [UInt64: Owner] = [:]
    private var addresses: [Address: UInt64] = [:]
    private var drops: [DropKey: DropSample] = [:]
    private var listeners: [ListenerKey: ListenerSample] = [:]
    private var probes: [String: ProbeSample] = [:]
    private var objects: [ObjectKey: ClusterObject] = [:]
    private var usages: [UInt64: UsageSample] = [:]
    private var sources: [String: SourceSample] = [:]

    package init() {}

    /// Bytes that `takePayload` would give.
    package var count: Int { payload.bytes.count }

    /// The events encoded since the last call. A decoder needs every payload, in this order.
    package mutating func takePayload() -> [UInt8] {
        defer { payload.removeAll() }
        return payload.bytes
    }

    package mutating func encode(_ event: Event) {
        switch event {
        case .node(let node):
            guard self.node != node else { return }
            self.node = node
            encode(node)
        case .owner(let cgroup, let owner):
            if EventEncoder.remember(owner, as: cgroup, in: &owners) { encode(owner, cgroup: cgroup) }
        case .address(let address, let cgroup):
            guard EventEncoder.remember(cgroup, as: address, in: &addresses) else { return }
            begin(.address)
            payload.address(address)
            payload.varint(cgroup)
        case .object(let object):
            let key = ObjectKey(kind: object.kind, id: object.id)
            if EventEncoder.remember(object, as: key, in: &objects) { encode(object) }
        case .objectGone(let kind, let id):
            objects[ObjectKey(kind: kind, id: id)] = nil
            begin(.objectGone)
            payload.byte(kind.rawValue)
            payload.text(id)
        case .translation(let sample): encode(sample)
        case .usage(let sample): if EventEncoder.remember(sample, as: sample.cgroup, in: &usages) { encode(sample) }
        case .source(let sample): if EventEncoder.remember(sample, as: sample.name, in: &sources) { encode(sample) }
        case .flow(let sample): encode(sample)
        case .flowForgotten(let key):
            begin(.flowForgotten)
            reference(key)
            flows.remove(key)
        case .drop(let sample):
            if EventEncoder.remember(sample, as: DropKey(sample), in: &drops) { encode(sample, as: .drop) }
        case .dropForgotten(let sample):
            drops[DropKey(sample)] = nil
            encode(sample, as: .dropForgotten)
        case .listener(let sample):
            let key = ListenerKey(netns: sample.netns, address: sample.address, port: sample.port)
            if EventEncoder.remember(sample, as: key, in: &listeners) { encode(sample) }
        case .listenerClosed(let netns, let address, let port):
            listeners[ListenerKey(netns: netns, address: address, port: port)] = nil
            begin(.listenerClosed)
            payload.varint(netns)
            payload.address(address)
            payload.varint(port)
        case .connection(let sample): encode(sample)
        case .requests(let sample): encode(sample)
        case .request(let exchange): encode(exchange)
        case .incident(let incident): encode(incident)
        case .timing(let sample):
            begin(.timing)
            reference(sample.key)
            payload.varint(sample.nanoseconds)
        case .probe(let sample):
            if EventEncoder.remember(sample, as: sample.name, in: &probes) { encode(sample) }
        case .status(let status): encode(status)
        case .gap(let intervals):
            begin(.gap)
            payload.varint(intervals)
        case .tick(let moment):
            begin(.tick)
            payload.difference(moment.wall, from: lastTick.wall)
            payload.difference(moment.monotonic, from: lastTick.monotonic)
            lastTick = moment
        }
    }

    /// True where `value` is not what was written last.
    private static func remember<Key: Hashable, Value: Equatable>(
        _ value: Value, as key: Key, in last: inout [Key: Value]
    ) -> Bool {
        if let old = last[key] {
            if old == value { return false }
        } else if last.count >= RecordingLimits.remembered {
            last.removeAll()
        }
        last[key] = value
        return true
    }
}
