import Testing

@testable import Aggregation

/// What the tables must say, kept as naively as can be: dictionaries of sums.
private struct NaiveNode {
    var random: SplitMix
    let keys: [FlowKey]
    /// What the kernel's rows hold.
    var kernel: [FlowKey: Counters] = [:]
    /// What was told, ever and in this interval.
    var told: [FlowKey: Counters] = [:]
    var totals: [FlowKey: Counters] = [:]
    var delta: [FlowKey: Counters] = [:]
    var kernelDrops: [DropKey: UInt64] = [:]
    var toldDrops: [DropKey: UInt64] = [:]
    var drops: [FlowKey: UInt64] = [:]
    var second: UInt64 = 10

    init(seed: UInt64, keys count: Int) {
        random = SplitMix(seed: seed)
        keys = (0..<count).map { (index: Int) -> FlowKey in
            let direction: Direction = index % 3 == 0 ? .inbound : .outbound
            let peer = 0x0a00_0000 + UInt32(index)
            return EngineEvents.key(UInt64(index % 7 + 2), direction, peer: peer, port: UInt16(index % 5))
        }
    }

    /// Owners first, as the probes tell them.
    var introduction: [Event] { (0..<7).map { (index: UInt64) -> Event in .owner(cgroup: index + 2, EngineEvents.pod("pod-\(index)")) } }

    mutating func next() -> [Event] {
        let key = keys[Int.random(in: keys.indices, using: &random)]
        switch Int.random(in: 0..<12, using: &random) {
        case 0...5:
            for counter in Counter.allCases where Int.random(in: 0..<3, using: &random) == 0 {
                kernel[key, default: .zero][counter] += UInt64.random(in: 0...1_000, using: &random)
            }
            return Bool.random(using: &random) ? [tell(key)] : []
        case 6: return [tell(key), tell(key)]
        case 7:
            let last = tell(key)
            kernel[key] = .zero
            told[key] = .zero
            return [last, .flowForgotten(key)]
        case 8...9:
            let sample = DropSample(key: key, local: .unspecified, reason: "REASON_\(key.port)", packets: 0, lastSeen: now)
            kernelDrops[DropKey(sample), default: 0] += UInt64.random(in: 1...9, using: &random)
            return [tell(sample)]
        case 10:
            let sample = DropSample(key: key, local: .unspecified, reason: "REASON_\(key.port)", packets: 0, lastSeen: now)
            let last = tell(sample)
            kernelDrops[DropKey(sample)] = nil
            toldDrops[DropKey(sample)] = nil
            return [last, .dropForgotten(sample)]
        default:
            // Now and then a long silence, in which forgotten rows are folded away.
            second += Int.random(in: 0..<20, using: &random) == 0 ? 1_000 : 1
            return [EngineEvents.tick(second)]
        }
    }

    private var now: UInt64 { second * EngineEvents.second }

    private mutating func tell(_ key: FlowKey) -> Event {
        let counters = kernel[key, default: .zero]
        let new = counters &- told[key, default: .zero]
        told[key] = counters
        totals[key, default: .zero] &+= new
        delta[key, default: .zero] &+= new
        return .flow(FlowSample(key: key, counters: counters, gauges: Gauges(), lastActive: now))
    }

    private mutating func tell(_ sample: DropSample) -> Event {
        var sample = sample
        sample.packets = kernelDrops[DropKey(sample), default: 0]
        drops[sample.key, default: 0] += sample.packets - toldDrops[DropKey(sample), default: 0]
        toldDrops[DropKey(sample)] = sample.packets
        return .drop(sample)
    }
}

@Suite("The engine against a naive model") struct EngineModelTests {
    private func run(seed: UInt64, keys: Int, _ capacities: Capacities, check: (Tables, NaiveNode) -> Void) {
        var node = NaiveNode(seed: seed, keys: keys)
        var engine = Engine(capacities)
        engine.fold(node.introduction + [EngineEvents.tick(9)])
        var owners: [UInt64: FlowKey] = [:]
        for _ in 0..<1_000 {
            for event in node.next() {
                engine.fold(event)
                guard case .tick = event else { continue }
                check(engine.tables, node)
                expectUniqueSerials(engine.tables, &owners)
                node.delta = [:]
            }
        }
        engine.fold(EngineEvents.tick(node.second + 1))
        check(engine.tables, node)
    }

    /// A serial number means one row for ever, whatever place the row has.
    private func expectUniqueSerials(_ tables: Tables, _ owners: inout [UInt64: FlowKey]) {
        let serials = tables.flows.rows.map(\.serial) + tables.workloads.rows.map(\.serial) + tables.symptoms.rows.map(\.serial)
        #expect(Set(serials).count == serials.count)
        for row in tables.flows.rows {
            #expect(owners[row.serial] ?? row.key == row.key)
            owners[row.serial] = row.key
        }
    }

    private func sum(_ counters: some Sequence<Counters>) -> Counters {
        var sum = Counters.zero
        for each in counters { sum &+= each }
        return sum
    }

    @Test("every flow, workload and symptom is the sum of what was told", arguments: 1...5 as ClosedRange<UInt64>)
    func roomy(seed: UInt64) {
        run(seed: seed, keys: 60, Capacities()) { tables, node in
            for row in tables.flows.rows where !row.isOther && !row.isForgotten {
                #expect(row.delta == node.delta[row.key, default: .zero])
            }
            for index in 0..<7 {
                let row = tables.workload(named: "pod-\(index)")
                let own = node.totals.filter { $0.key.cgroup == UInt64(index + 2) }.values
                #expect(row?.totals ?? .zero == sum(own))
                #expect(row?.drops ?? 0 == node.drops.filter { $0.key.cgroup == UInt64(index + 2) }.values.reduce(0, +))
            }
            expectSums(tables, node)
            #expect(tables.flows.refused == 0)
        }
    }

    @Test("nothing is lost or doubled where every table is too small", arguments: 1...5 as ClosedRange<UInt64>)
    func cramped(seed: UInt64) {
        var capacities = Capacities()
        capacities.flows = 14
        capacities.symptoms = 24
        capacities.workloads = 4
        run(seed: seed, keys: 60, capacities) { tables, node in
            expectSums(tables, node)
            #expect(tables.flows.count <= 14)
            #expect(tables.symptoms.count <= 24)
            // One more: `~other` itself.
            #expect(tables.workloads.count <= 5)
        }
    }

    private func expectSums(_ tables: Tables, _ node: NaiveNode) {
        let all = sum(node.totals.values)
        #expect(sum(tables.flows.rows.map(\.totals)) == all)
        #expect(sum(tables.flows.rows.map(\.delta)) == sum(node.delta.values))
        #expect(sum(tables.workloads.rows.map(\.totals)) == all)
        #expect(sum(tables.workloads.rows.map(\.delta)) == sum(node.delta.values))
        let drops = node.drops.values.reduce(0, +)
        #expect(tables.flows.rows.reduce(0) { $0 + $1.drops } == drops)
        #expect(tables.workloads.rows.reduce(0) { $0 + $1.drops } == drops)
        #expect(tables.total(.drop) == drops)
        for symptom in EngineState.symptoms where symptom.kind != .failure {
            let kind = EngineState.symptoms.filter { $0.kind == symptom.kind }
            #expect(tables.total(symptom.kind) == kind.reduce(0) { $0 &+ all[$1.counter] })
        }
    }
}
