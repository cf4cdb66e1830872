// The node's senses: loads every probe that this kernel lets us load, finds what is older than podglass, and once an
// interval sweeps the sockets and tells what it found as events. Lives on one thread, which owns it.
//
// A probe that cannot load is a row with its reason; only without the socket meter itself is there nothing to see.

import Aggregation
import CLibbpf
import CLinux
import CProbes
import Glibc

package final class NodeProbes {
    /// The ring holds a second's budget of samples of every processor, should they come in one burst: a power of two.
    static let ringBytes: UInt32 = {
        let wanted =
            Int(libbpf_num_possible_cpus()) * Int(LIMIT_SAMPLES_PER_SECOND.rawValue) * 384
            + 2 * Int(LIMIT_REQUEST_SAMPLES.rawValue) * (MemoryLayout<answer_record>.size + 8)
        var bytes = Int(LIMIT_RING_BYTES.rawValue)
        while bytes < wanted, bytes < 32 << 20 { bytes *= 2 }
        return UInt32(bytes)
    }()
    /// Flows without a connection that stayed silent for so long leave the kernel's table.
    private static let flowIdle: UInt64 = 60_000_000_000
    private static let symptomIdle: UInt64 = 600_000_000_000
    /// Rows taken out of the kernel's tables in one interval, at most.
    private static let forgottenAtOnce = 2_000

    private(set) var maps = SharedMaps()
    var objects: [BPFObject] = []
    var states: [String: (state: ProbeSample.State, reason: String?)] = [:]
    private var sweeper: BPFIterator?
    var lister: BPFIterator?
    var ownerFinder: BPFIterator?
    var control: UnsafeMutablePointer<control>?
    private(set) var ring: OpaquePointer?
    var ownersFoundAt: UInt64 = 0
    private(set) var namespacesPassedOver: UInt64 = 0
    private(set) var unseenClosings = UnseenClosings()
    var unseen = EventCheck()
    let closed = ConnectionInbox()
    var requests: RequestReader?
    private let dropReasons: [UInt32: String]
    private let wantsIncidents: Bool
    var identity: Identity
    var usage: UsageReader
    var processCost = ProcessCost()
    var programCost = ProgramCost()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    var pass: UInt32 = 0
    private let observesRequests: Bool
    let hostRoot: String?
    let features: KernelFeatures
    /// Whether the meters are in a table, because this kernel has none on sockets.
    private(set) var isEarly: Bool
    /// What this kernel said where it should have taken meters on sockets.
    private(set) var refusalOfMeters: String?
    var definitions: [ProbeDefinition] { ProbeDefinition.all(isEarly: isEarly) }
    /// Flows in the kernel's table, and sockets with a meter, at the last pass.
    package private(set) var flowCount = 0
    package private(set) var meterCount: UInt64 = 0
    package let node = Node.read()
    package let place: Place
    var translations: Translations
    var sourcesToldAt: UInt64 = 0
    var toldSources: [String: SourceSample] = [:]

    /// Which connections the next passes list.
    package enum Listed: Equatable, Sendable {
        case none, all
        case flow(FlowKey)
    }

    package var listed = Listed.none

    /// Loads and attaches. Throws only where nothing at all can be seen.
    /// - Parameters:
    ///   - observesRequests: false leaves nothing on the path of packets.
    ///   - incidents: whether single events are told, too.
    package init(hostRoot: String?, observesRequests: Bool = true, incidents: Bool = false) throws(ProbeError) {
        self.observesRequests = observesRequests
        self.hostRoot = hostRoot
        wantsIncidents = incidents
        podglass_libbpf_quiet()
        let types = try KernelTypes()
        features = try KernelFeatures(types)
        isEarly = !features.has(.socketMeters)
        identity = try Identity(hostRoot: hostRoot)
        place = Place.read(hostRoot: hostRoot)
        translations = Translations(place.hostNetwork, isBuiltIn: types.hasFunction("ctnetlink_get_conntrack"))
        usage = UsageReader(ControllerTrees(unified: identity.tree.mountPoint, hostRoot: hostRoot))
        dropReasons = types.dropReasons()
        do {
            try load(types)
        } catch {
            // What the kernel's own words promise it may still refuse; then what older ones take is tried.
            guard !isEarly, error.errno != EPERM else { throw error }
            isEarly = true
            refusalOfMeters = error.sentence
            objects = []
            maps = SharedMaps()
            do { try load(types) } catch _ { throw error }
        }
        podglass_release_memory()
    }

    deinit {
        if let ring { ring_buffer__free(ring) }
        programCost.stop()
        buffer.deallocate()
    }

    private func load(_ types: borrowing KernelTypes) throws(ProbeError) {
        for definition in definitions { states[definition.program] = (.off, nil) }
        var settings = settings()
        settings.drop_has_socket = features.has(.receivingSocket) ? 1 : 0
        settings.root_cgroup = UInt32(truncatingIfNeeded: identity.tree.rootID)
        settings.request_samples = max(1, UInt32(LIMIT_REQUEST_SAMPLES.rawValue) / UInt32(max(1, libbpf_num_possible_cpus())))
        settings.purge_reason = dropReasons.first { $0.value == "QUEUE_PURGE" }?.key ?? 0
        settings.incidents = wantsIncidents ? 1 : 0
        // SKB_NOT_DROPPED_YET and, since 6.4, SKB_CONSUMED say that nothing was lost.
        settings.first_drop_reason = dropReasons.first { $0.value == "CONSUMED" }.map { $0.key + 1 } ?? 1
        var index = 0
        while true {
            let embedded = podglass_object(index)
            guard let name = embedded.name.map({ String(cString: $0) }) else { break }
            index += 1
            guard observesRequests || name != "requests" else {
                for definition in definitions where definition.object == name {
                    states[definition.program] = (.off, "switched off with --no-requests")
                }
                continue
            }
            markMissing(in: name, types)
            guard definitions.contains(where: { $0.object == name && states[$0.program]?.state == .off }) else { continue }
            do {
                try load(embedded, settings, types)
            } catch {
                for definition in definitions where definition.object == name && states[definition.program]?.state == .off {
                    states[definition.program] = (.refused, error.sentence)
                }
                if definitions.contains(where: { $0.object == name && $0.isEssential }) { throw error }
            }
        }
        // Before the first packet is seen: a row has to be there for it.
        if let map = maps["requests"] { requests = try RequestReader(rows: map, maps) }
        try startAll()
        startCounting(settings)
        makeRing()
    }

    /// The programs of an object that have nothing to hang on here.
    private func markMissing(in object: String, _ types: borrowing KernelTypes) {
        for definition in definitions where definition.object == object {
            if let lacking = definition.needs.first(where: { !features.has($0) }) {
                states[definition.program] = (.missing, lacking.absence)
            } else if case .tracepoint(let name) = definition.hook, types.tracepointArguments(name) == nil {
                states[definition.program] = (.missing, "this kernel has no tracepoint \(name)")
            }
        }
    }

    private func load(_ embedded: embedded_object, _ settings: settings, _ types: borrowing KernelTypes) throws(ProbeError) {
        let object = try BPFObject(embedded, isEarly: isEarly)
        for definition in definitions where definition.object == object.name && states[definition.program]?.state == .missing {
            object.skip(definition.program)
        }
        object.shareMaps(maps)
        object.sizeRing(NodeProbes.ringBytes)
        object.configure(settings)
        try object.load()
        object.publishMaps(maps)
        objects.append(object)
    }

    /// Starts what is loaded. Listeners are known before the first connection is told of, so that what is accepted in between
    /// has an owner; then again, for those that began to listen meanwhile.
    private func startAll() throws(ProbeError) {
        try start { $0.program == "old_listeners" }
        try start {
            switch $0.hook {
            case .tracepoint, .packets, .meterIterator, .tapIterator: true
            case .startIterator: false
            }
        }
        try start { $0.object == "discover" }
        let sockets = objects.first { $0.name == "sockets" }
        sockets?.variables(size: MemoryLayout<CProbes.start>.size)?.storeBytes(of: 1, toByteOffset: 0, as: UInt32.self)
    }

    private func start(where isWanted: (ProbeDefinition) -> Bool) throws(ProbeError) {
        for definition in definitions where isWanted(definition) && states[definition.program]?.reason == nil {
            guard let object = objects.first(where: { $0.name == definition.object }) else { continue }
            do {
                try start(definition, in: object)
            } catch {
                states[definition.program] = (.refused, error.sentence)
                if definition.isEssential { throw error }
            }
        }
    }

    private func start(_ definition: ProbeDefinition, in object: BPFObject) throws(ProbeError) {
        switch definition.hook {
        case .tracepoint:
            try object.attach(definition.program)
            states[definition.program] = (.attached, nil)
        case .meterIterator:
            let iterator = try object.iterator(definition.program, map: isEarly ? nil : maps["meters"])
            if definition.program == "sweep" { sweeper = iterator } else { lister = iterator }
            if control == nil {
                control = object.variables(size: MemoryLayout<CProbes.control>.size)?.bindMemory(to: CProbes.control.self, capacity: 1)
            }
            states[definition.program] = (.loaded, nil)
        case .packets:
            try object.attach(definition.program, cgroup: identity.tree.rootDescriptor)
            states[definition.program] = (.attached, nil)
        case .tapIterator:
            requests?.settler = try object.iterator(definition.program, map: maps["taps"])
            states[definition.program] = (.loaded, nil)
        case .startIterator:
            let iterator = try object.iterator(definition.program, map: nil)
            states[definition.program] = (.loaded, nil)
            switch definition.program {
            case "old_listeners": try iterator.run(into: buffer)
            case "old_sockets":
                namespacesPassedOver = try NetworkNamespaces.visitAll { () throws(ProbeError) in try iterator.run(into: self.buffer) }
            default:
                ownerFinder = iterator
                try iterator.run(into: buffer)
            }
        }
    }

    private func makeRing() {
        guard let descriptor = maps["ring"] else { return }
        ring = ring_buffer__new(
            descriptor,
            { context, data, size in
                guard let context, let data else { return 0 }
                Unmanaged<ConnectionInbox>.fromOpaque(context).takeUnretainedValue().receive(
                    UnsafeRawBufferPointer(start: data, count: size))
                return 0
            }, Unmanaged.passUnretained(closed).toOpaque(), nil)
    }

    /// Empties the ring into memory; called several times an interval, so that it does not fill.
    package func consumeRing() {
        if let ring { ring_buffer__consume(ring) }
    }

    /// Ends an interval: sweeps, and tells everything that is known as events, a tick last.
    package func collect(_ tell: (Event) -> Void) throws(ProbeError) {
        consumeRing()
        try sweep()
        try report(tell)
    }

    /// What is told after a pass, a tick last: user space's part of `collect`.
    package func report(_ tell: (Event) -> Void) throws(ProbeError) {
        let moment = Clock.now()
        rememberCgroups()
        identity.introducePods(now: moment.monotonic, tell)
        tellFlows(moment.monotonic, tell)
        tellSymptoms(moment.monotonic, tell)
        tellListeners(moment.monotonic, tell)
        tellSources(moment.monotonic, tell)
        try tellRequests(moment.monotonic, tell)
        tellUsage(moment.monotonic, tell)
        // Once more: a connection that was counted since the sweep has its sample, too.
        rememberCgroups()
        for sample in closed.takeTimings() {
            identity.introduce(sample.key.cgroup, now: moment.monotonic, tell)
            tell(.timing(sample))
        }
        for exchange in closed.takeExchanges() {
            identity.introduce(exchange.key.flow.cgroup, now: moment.monotonic, tell)
            tell(.request(exchange))
        }
        for sample in closed.takeConnections() {
            identity.introduce(sample.key.cgroup, now: moment.monotonic, tell)
            tell(.connection(sample))
        }
        for record in closed.takeIncidents() {
            guard let incident = Incident(record, reasons: dropReasons) else { continue }
            identity.introduce(incident.key.cgroup, now: moment.monotonic, tell)
            tell(.incident(incident))
        }
        try tellConnections(moment.monotonic, tell)
        tellCost(moment.monotonic, tell)
        tell(.tick(moment))
    }

    /// Empties the ring; who was made is known before anybody is introduced.
    private func rememberCgroups() {
        consumeRing()
        for made in closed.takeCgroups() { identity.remember(made.cgroup, path: made.path) }
    }

    /// One pass over all sockets: the kernel folds them into flows, nothing is told. The kernel's part of `collect`.
    package func sweep() throws(ProbeError) {
        guard let sweeper, let control else { return }
        pass &+= 1
        control.pointee.pass = pass
        control.pointee.meters = 0
        try visit(sweeper)
        meterCount = UInt64(control.pointee.meters)
    }

    /// Walks all sockets of the node: their meters, or where these are in a table the sockets of one namespace after the other.
    func visit(_ iterator: BPFIterator, _ consume: @escaping (UnsafeRawBufferPointer) -> Void = { _ in }) throws(ProbeError) {
        guard isEarly else { return try iterator.run(into: buffer, consume) }
        namespacesPassedOver = try NetworkNamespaces.visitAll { () throws(ProbeError) in try iterator.run(into: self.buffer, consume) }
    }

    private func tellFlows(_ now: UInt64, _ tell: (Event) -> Void) {
        guard let descriptor = maps["flows"] else { return }
        let map = BPFMap<flow_key, flow_row>(descriptor: descriptor)
        var silent: [flow_key] = []
        flowCount = 0
        map.forEach { key, row in
            flowCount += 1
            var sample = FlowSample(FlowKey(key), row, pass: pass)
            unseenClosings.settle(&sample, met: met(row), pass: pass)
            identity.introduce(key.cgroup, at: Address(row.pointee.local), in: key.netns, now: now, tell)
            tell(.flow(sample))
            if sample.counters.connections == 0, row.pointee.pass &+ 2 < pass, now > row.pointee.last_active,
                now - row.pointee.last_active > NodeProbes.flowIdle, silent.count < NodeProbes.forgottenAtOnce
            {
                silent.append(key)
            }
        }
        for key in silent {
            guard var row = map.take(key) else { continue }
            var sample = FlowSample(FlowKey(key), &row, pass: pass)
            unseenClosings.settle(&sample, met: nil, pass: pass)
            tell(.flow(sample))
            tell(.flowForgotten(sample.key))
            unseenClosings.forget(sample.key)
        }
        tellOtherFlows(tell)
        unseenClosings.endPass(pass)
    }

    /// Established sockets of a flow that the newest pass came by; nil where it did not come by all sockets.
    private func met(_ row: UnsafePointer<flow_row>) -> UInt64? {
        guard sweeper != nil, !isEarly || namespacesPassedOver == 0 else { return nil }
        return row.pointee.pass == pass ? UInt64(row.pointee.met) : 0
    }

    private func tellOtherFlows(_ tell: (Event) -> Void) {
        guard let descriptor = maps["other_flows"] else { return }
        let map = BPFMap<UInt32, flow_row>(descriptor: descriptor)
        for direction in Direction.allCases {
            guard var row = map.lookUp(UInt32(direction.rawValue)) else { continue }
            let key = FlowKey(cgroup: 0, netns: 0, direction: direction, peer: .unspecified, port: 0)
            var sample = FlowSample(key, &row, pass: pass)
            unseenClosings.settle(&sample, met: met(&row), pass: pass)
            if !sample.counters.isZero { tell(.flow(sample)) }
        }
    }

    private func tellSymptoms(_ now: UInt64, _ tell: (Event) -> Void) {
        guard let descriptor = maps["symptoms"] else { return }
        let map = BPFMap<symptom_key, symptom_row>(descriptor: descriptor)
        var silent: [symptom_key] = []
        map.forEach { key, row in
            guard let sample = DropSample(key, row.pointee, reasons: dropReasons) else { return }
            identity.introduce(key.flow.cgroup, now: now, tell)
            tell(.drop(sample))
            if now > row.pointee.last_seen, now - row.pointee.last_seen > NodeProbes.symptomIdle, silent.count < NodeProbes.forgottenAtOnce
            {
                silent.append(key)
            }
        }
        for key in silent {
            guard let row = map.take(key), let sample = DropSample(key, row, reasons: dropReasons) else { continue }
            tell(.drop(sample))
            tell(.dropForgotten(sample))
        }
    }
}
