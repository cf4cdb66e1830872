// Limits by class: a workload that has as many series as its class allows gets no further row, and what comes is summed in its own
// `~other`, so that it stays known whose it is and takes nobody else's place. The limits of the whole node stand above this one.
//
// A series is a row that is kept on behalf of a workload: of a flow, of requests, of a symptom. Rows that gather the rest are none. They
// are counted as they come and go, so that asking costs nothing.

extension EngineState {
    // MARK: - Classes

    /// Whether the workload may have one more row. Where not, room is looked for at the end of the interval.
    mutating func mayHold(_ workload: WorkloadIndex) -> Bool {
        let place = Int(workload)
        if cardinality.holdings[place].limit == 0 { assignClass(to: workload) }
        guard cardinality.holdings[place].isFull else { return true }
        if !cardinality.holdings[place].wantsRoom {
            cardinality.holdings[place].wantsRoom = true
            cardinality.wanting.append(workload)
        }
        return false
    }

    mutating func assignClass(to workload: WorkloadIndex) {
        let owner = tables.workloads[Int(workload)].owner
        let labels = tables.object(of: workload)?.labels.pairs ?? []
        let found = CardinalityClass.of(namespace: owner.namespace, labels: labels, in: cardinality.classes)
        cardinality.holdings[Int(workload)].classIndex = cardinality.classes.firstIndex(of: found) ?? 0
        // What gathers the rest of the node has rows without end to take, and few of its own.
        cardinality.holdings[Int(workload)].limit = owner.kind == .other ? .max : max(1, found.series)
    }

    // MARK: - What is beyond it

    /// The row that gathers a flow without a place: its workload's, where that is at its limit, else the node's.
    mutating func gatheringFlowRow(_ key: FlowKey, of workload: WorkloadIndex) -> Int {
        guard cardinality.holdings[Int(workload)].isFull else { return otherFlowRow(key) }
        return ownGatheringFlowRow(key, of: workload)
    }

    private mutating func ownGatheringFlowRow(_ key: FlowKey, of workload: WorkloadIndex) -> Int {
        let gathering = FlowKey.gathering(key.direction, key.transport, workload: workload)
        if let index = flowIndex[gathering] { return Int(index) }
        guard hasRoomForFlow else { return otherFlowRow(key) }
        var row = FlowRow(serial: serial(), key: gathering, workload: workload, container: -1, since: tables.moment.monotonic)
        row.isOther = true
        let index = append(row, last: .zero)
        // The kernel has no row of it, so that it leaves like every flow that ended.
        setForgotten(true, at: index)
        return index
    }

    mutating func noteRefused(_ sample: FlowSample) {
        let workload = place(of: sample.key).workload
        note(sample.key, of: workload)
        if cardinality.holdings[Int(workload)].isFull { cardinality.holdings[Int(workload)].foldedFlows += 1 }
    }

    /// The key of a symptom that has no row yet: that of its workload's `~other` where no further one fits.
    mutating func fitting(_ key: SymptomKey) -> SymptomKey {
        guard key.isSeries, !mayHold(key.workload) else { return key }
        if cardinality.foldedSymptoms.count < capacities.symptoms, cardinality.foldedSymptoms.insert(key).inserted {
            tables.symptoms.refused += 1
        }
        var gathered = key
        gathered.flow = .gathering(key.flow.direction, key.flow.transport, workload: key.workload)
        return gathered
    }

    /// The key under which the requests of a flow without a row are summed.
    mutating func fitting(_ key: FlowKey) -> FlowKey {
        guard !key.isGathering, flowIndex[key] == nil else { return key }
        let workload = place(of: key).workload
        guard cardinality.holdings[Int(workload)].isFull else { return key }
        return .gathering(key.direction, key.transport, workload: workload)
    }

    /// The account of a key beyond its workload's limit: one that gathers by protocol, direction and, while they are few, status.
    mutating func gatheringAccount(for key: RequestKey, of workload: WorkloadIndex, since: UInt64) -> Int {
        if requests.refusedKeys.count < capacities.requests, requests.refusedKeys.insert(key).inserted {
            tables.requests.refused += 1
            cardinality.holdings[Int(workload)].foldedRequests += 1
            note(key, of: workload)
        }
        var gathered = key
        gathered.flow = .gathering(key.flow.direction, key.flow.transport, workload: workload)
        gathered.operation = 0
        gathered.isEncrypted = false
        if let index = requests.accountIndex[gathered] { return Int(index) }
        if cardinality.holdings[Int(workload)].gathering >= Limits.gatheredStatuses { gathered.status = 0 }
        if let index = requests.accountIndex[gathered] { return Int(index) }
        guard hasRoomForRequests else { return catchAllAccount(for: key, since: since) }
        cardinality.holdings[Int(workload)].gathering += 1
        return open(
            RequestAccount(key: gathered, workload: workload, container: -1, routing: .single(name("~other")), since: since))
    }

    mutating func noteRefused(_ key: RequestBooks.RowKey, of workload: WorkloadIndex) {
        guard requests.refusedRows.count < capacities.requests, requests.refusedRows.insert(key).inserted else { return }
        tables.requests.refused += 1
        cardinality.holdings[Int(workload)].foldedRequests += 1
    }

    // MARK: - Counting rows of requests

    /// A place for the row that takes what has no route is kept for an account, or is not any more.
    mutating func promise(_ change: Int, to account: RequestAccount) {
        requests.promised += change
        if !account.key.flow.isGathering { cardinality.holdings[Int(account.workload)].promised += change }
    }

    mutating func countRequestRow(_ change: Int, of account: RequestAccount) {
        cardinality.haveRoutesChanged = true
        if !account.key.flow.isGathering { cardinality.holdings[Int(account.workload)].requests += change }
    }

    // MARK: - Room

    /// Who asked for more than its class allows gives up what ended longest ago: a sixteenth at once, so that it is rarely done.
    mutating func makeRoomInClasses() {
        guard !cardinality.wanting.isEmpty else { return }
        let wanting = Set(cardinality.wanting)
        for workload in cardinality.wanting { cardinality.holdings[Int(workload)].wantsRoom = false }
        cardinality.wanting.removeAll(keepingCapacity: true)
        if forgottenFlows > 0 { foldEndedFlows(of: wanting) }
        let now = tables.moment.monotonic
        guard now > Limits.closedMemory else { return }
        dropIdleRequests(olderThan: now - Limits.closedMemory, atMost: max(1, capacities.requests / 16), of: wanting)
    }

    private mutating func foldEndedFlows(of wanting: Set<WorkloadIndex>) {
        var ended: [WorkloadIndex: [(lastActive: UInt64, serial: UInt64, key: FlowKey)]] = [:]
        for row in tables.flows.rows where row.isForgotten && !row.isOther && wanting.contains(row.workload) {
            ended[row.workload, default: []].append((row.lastActive, row.serial, row.key))
        }
        for (workload, flows) in ended.sorted(by: { $0.key < $1.key }) {
            let oldest = flows.sorted { ($0.lastActive, $0.serial) < ($1.lastActive, $1.serial) }
            for (_, _, key) in oldest.prefix(max(1, cardinality.holdings[Int(workload)].limit / 16)) {
                guard let index = flowIndex[key].map({ Int($0) }) else { continue }
                let row = tables.flows[index]
                setForgotten(false, at: index)
                removeFlow(at: index)
                removeRequestFlow(key)
                gather(row, in: ownGatheringFlowRow(key, of: workload))
            }
        }
    }
}

extension SymptomKey {
    /// Whether its row counts as one of its workload's.
    var isSeries: Bool { workload >= 0 && !flow.isGathering }
}
