// Which anomalies belong together, and where each group began. Two belong together when they touch the same workload or peer, or
// workloads of which one calls the other, and the later one began while the earlier one went on, within two minutes. The origin is
// the trouble that no further one explains: the called side of what failed or slowed, followed along the calls as far as there are
// anomalies; but load that grew before anything else is its own origin.

extension EngineState {
    /// Nanoseconds between the beginnings of two that belong together.
    private static let nearness: UInt64 = 120_000_000_000
    /// So many earlier ones of a node are compared with each.
    private static let neighbours = 32
    /// Nanoseconds by which load must have grown before what it caused.
    private static let head: UInt64 = 3_000_000_000

    /// Those that are over stay in their groups as long as they are listed, so that a group does not fall apart while it ends.
    mutating func groupAnomalies() {
        flagSubjects()
        // Where nothing is open and nothing has ended or left, all groups are as they were.
        guard haveAnomaliesChanged || tables.anomalies.rows.contains(where: \.isOpen) else { return }
        haveAnomaliesChanged = false
        let rows = tables.anomalies.rows.indices.sorted {
            (tables.anomalies[$0].since, tables.anomalies[$0].serial) < (tables.anomalies[$1].since, tables.anomalies[$1].serial)
        }
        var groups = Groups(count: rows.count)
        var touched: [AnomalyNode: [Int]] = [:]
        for (number, row) in rows.enumerated() where !tables.anomalies[row].isNovelty {
            for node in nodes(of: tables.anomalies[row]) { touched[node, default: []].append(number) }
        }
        // In the order of their beginnings, so that what is near stands near.
        func join(_ numbers: [Int]) {
            for (place, later) in numbers.enumerated() {
                for earlier in numbers[max(0, place - EngineState.neighbours)..<place] where isNear(rows[earlier], rows[later]) {
                    groups.join(earlier, later)
                }
            }
        }
        for numbers in touched.values { join(numbers) }
        let calls = calls(among: touched)
        for call in calls { join(((touched[call.caller] ?? []) + (touched[call.callee] ?? [])).sorted()) }
        joinNovelties(rows, touched, &groups)
        for members in groups.members() { settle(members.map { rows[$0] }, calls) }
    }

    /// What is new is evidence beside an anomaly of the same workload that began about then and overlaps, else of its peer; it joins no two.
    private func joinNovelties(_ rows: [Int], _ touched: [AnomalyNode: [Int]], _ groups: inout Groups) {
        func overlaps(_ one: AnomalyRow, _ other: AnomalyRow) -> Bool {
            let (first, second) = one.since <= other.since ? (one, other) : (other, one)
            return second.since &- first.since <= EngineState.nearness && (first.isOpen || second.since <= first.ended)
        }
        for (number, row) in rows.enumerated() where tables.anomalies[row].isNovelty {
            let novelty = tables.anomalies[row]
            let found = nodes(of: novelty).lazy.compactMap { node in
                touched[node]?.first { overlaps(tables.anomalies[rows[$0]], novelty) }
            }.first
            if let found { groups.join(found, number) }
        }
    }

    /// Whether the later one began while the earlier one went on, and soon enough after it.
    private func isNear(_ earlier: Int, _ later: Int) -> Bool {
        let (one, other) = (tables.anomalies[earlier], tables.anomalies[later])
        return other.since &- one.since <= EngineState.nearness && (one.isOpen || other.since <= one.ended)
    }

    /// The workload or peer that an anomaly is about, first, and whom else it touches.
    private func nodes(of row: AnomalyRow) -> [AnomalyNode] {
        let own: [AnomalyNode] = row.workload >= 0 ? [.workload(row.workload)] : []
        guard let key = row.flow else { return own }
        return own + [node(ofPeer: key)]
    }

    private func node(ofPeer key: FlowKey) -> AnomalyNode {
        tables.peerWorkload(key).map { .workload($0) } ?? .peer(key.peer)
    }

    /// Which of these workloads and peers call which, by the flows that moved something of late.
    private func calls(among nodes: [AnomalyNode: [Int]]) -> Set<Call> {
        var calls: Set<Call> = []
        guard nodes.count > 1 else { return calls }
        let now = tables.moment.monotonic
        for row in tables.flows.rows where row.key.direction == .outbound && row.lastActive &+ EngineState.nearness > now {
            let caller = AnomalyNode.workload(row.workload)
            guard nodes[caller] != nil else { continue }
            let callee = node(ofPeer: row.key)
            if callee != caller, nodes[callee] != nil { calls.insert(Call(caller: caller, callee: callee)) }
        }
        return calls
    }

    /// Where the trouble is that a row tells of: at who answers, where it is about calls.
    private func blamed(_ row: AnomalyRow) -> AnomalyNode? {
        if case .measure(.requestRate) = row.what { return row.workload >= 0 ? .workload(row.workload) : nil }
        if let key = row.flow, key.direction == .outbound { return node(ofPeer: key) }
        return row.workload >= 0 ? .workload(row.workload) : row.flow.map { node(ofPeer: $0) }
    }

    private func isLoad(_ row: AnomalyRow) -> Bool {
        if case .measure(.requestRate) = row.what { row.value > row.expected } else { false }
    }

    private mutating func settle(_ members: [Int], _ calls: Set<Call>) {
        let rows = members.map { tables.anomalies[$0] }
        guard let group = rows.map(\.serial).min() else { return }
        // News is evidence: the origin is a trouble, where there is one, and troubles are what follows from it.
        let troubles = rows.filter { !$0.isNovelty }
        let origin = origin(of: troubles.isEmpty ? rows : troubles, calls)
        let gravest = rows.map(\.severity).max() ?? .notice
        let isOpen = rows.contains { $0.isOpen }
        let began = rows.map(\.since).min() ?? 0
        for index in members {
            let isOrigin = tables.anomalies[index].serial == origin
            tables.anomalies[index].group = group
            tables.anomalies[index].companions = UInt32(troubles.count - (tables.anomalies[index].isNovelty || troubles.isEmpty ? 0 : 1))
            tables.anomalies[index].isOrigin = isOrigin
            // Open before over, grave before slight, late before early; in a group the origin, then the gravest.
            let standing = (isOpen ? 4.0 : 0) + Double(gravest.rawValue)
            let seconds = Double((began &- tables.started) / 1_000_000_000)
            let inGroup =
                (isOrigin ? 8.0 : 0) + (tables.anomalies[index].isOpen ? 4 : 0) + Double(tables.anomalies[index].severity.rawValue)
            tables.anomalies[index].urgency = standing * 1e9 + seconds + inGroup / 32
        }
    }

    /// The serial of the row in which a group began.
    private func origin(of rows: [AnomalyRow], _ calls: Set<Call>) -> UInt64 {
        func gravest(_ rows: [AnomalyRow]) -> AnomalyRow? { rows.min { EngineState.precedes($0, $1) } }
        let earliest = rows.min { $0.since < $1.since }
        let troubles = rows.filter { !isLoad($0) && $0.severity > .notice }
        if let earliest, isLoad(earliest), troubles.allSatisfy({ earliest.since &+ EngineState.head <= $0.since }) {
            return earliest.serial
        }
        let blamed = troubles.compactMap { row in self.blamed(row).map { (node: $0, row: row) } }
        let nodes = Set(blamed.map(\.node))
        // A trouble further down the calls explains it.
        let deepest = blamed.filter { one in
            !calls.contains {
                $0.caller == one.node && nodes.contains($0.callee) && !calls.contains(Call(caller: $0.callee, callee: one.node))
            }
        }
        let candidates = deepest.isEmpty ? blamed.map(\.row) : deepest.map(\.row)
        // Silence follows from what keeps others from asking.
        let loud = candidates.filter { $0.what != .measure(.requestRate) }
        return (gravest(loud) ?? gravest(candidates) ?? gravest(rows)).map { EngineState.loss(behind: $0, in: rows).serial } ?? 0
    }

    /// Lost segments explain why calls are slow; that calls are slow explains no loss.
    private static func loss(behind row: AnomalyRow, in rows: [AnomalyRow]) -> AnomalyRow {
        switch row.what {
        case .measure(.latencyMedian), .measure(.latencyTail), .measure(.roundTrip):
            rows.first { $0.what == .measure(.retransmits) && $0.flow != nil && $0.flow == row.flow && $0.severity > .notice } ?? row
        case .measure, .rule, .novelty, .drift: row
        }
    }

    /// Which of two troubles at the same place speaks for both: the graver; then who answers badly before those who ask it, and as a whole
    /// before its routes; then the earlier.
    private static func precedes(_ one: AnomalyRow, _ other: AnomalyRow) -> Bool {
        func place(_ row: AnomalyRow) -> Int {
            switch row.subject {
            case .workload: 0
            case .route: 1
            case .flow: 2
            case .label: 3
            }
        }
        if one.severity != other.severity { return one.severity > other.severity }
        if place(one) != place(other) { return place(one) < place(other) }
        return (one.since, one.serial) < (other.since, other.serial)
    }

    /// The gravest open anomaly of each workload, flow and route, for the flags of other tables.
    private mutating func flagSubjects() {
        if !tables.flags.isEmpty { tables.flags.removeAll(keepingCapacity: true) }
        for row in tables.anomalies.rows where row.isOpen {
            tables.flags[row.subject] = max(tables.flags[row.subject] ?? .notice, row.severity)
            guard row.workload >= 0 else { continue }
            let whose = AnomalySubject.workload(tables.workloads[Int(row.workload)].serial)
            tables.flags[whose] = max(tables.flags[whose] ?? .notice, row.severity)
        }
    }
}

/// Who may be in trouble.
enum AnomalyNode: Hashable, Sendable {
    case workload(WorkloadIndex)
    case peer(Address)
}

struct Call: Hashable, Sendable {
    var caller: AnomalyNode
    var callee: AnomalyNode
}

/// Disjoint sets of the numbers 0..<count.
struct Groups: Sendable {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    private mutating func root(_ number: Int) -> Int {
        var number = number
        while parents[number] != number {
            parents[number] = parents[parents[number]]
            number = parents[number]
        }
        return number
    }

    mutating func join(_ one: Int, _ other: Int) {
        let (left, right) = (root(one), root(other))
        parents[max(left, right)] = min(left, right)
    }

    mutating func members() -> [[Int]] {
        var members: [Int: [Int]] = [:]
        for number in parents.indices { members[root(number), default: []].append(number) }
        return members.keys.sorted().map { members[$0] ?? [] }
    }
}
