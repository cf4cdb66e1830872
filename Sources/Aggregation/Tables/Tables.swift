// All that podglass knows at one moment: what the engine builds, what a screen, a query or a JSON line reads.
// A plain value, published whole each interval; whoever holds one sees a still picture (that is what pause is).

package struct Tables: Sendable {
    package var node = Node(name: "", kernel: "", processors: 1)
    package var moment = Moment.zero
    /// Since the machine booted, nanoseconds: by the clock that nobody sets. Nil before the first interval.
    package var uptime: UInt64? { moment.monotonic > 0 ? moment.monotonic : nil }
    /// When the first sample was taken, CLOCK_MONOTONIC.
    package var started: UInt64 = 0
    /// Length of the last interval, nanoseconds; 0 before the first has ended.
    package var interval: UInt64 = 0
    /// How far back rows' recent values reach.
    package var recent = RecentClock()

    package var workloads: Table<WorkloadRow>
    package var flows: Table<FlowRow>
    package var symptoms: Table<SymptomRow>
    package var connections: Table<ConnectionRow>
    package var listeners: Table<ListenerRow>
    package var requests: Table<RequestRow>
    package var exchanges: Table<ExchangeRow>
    /// What each flow's requests sum up to; a flow without any is not in it.
    package var requestsOfFlow: [FlowKey: RequestSummary] = [:]
    /// How many flows found no place in it; their requests are summed in `~other`.
    package var requestFlowsRefused: UInt64 = 0
    /// Requests a second: of flows, a row each that `requestsOfFlow` knows, and of workloads, in the order of their rows.
    var flowRequests = History()
    var workloadRequests = History()
    var usageHistory = UsageHistory()
    package var latencyLog = LatencyLog()
    package var anomalies: Table<AnomalyRow>
    /// The gravest open anomaly of each subject that has one; of a workload, of all that is its.
    package var flags: [AnomalySubject: Severity] = [:]
    /// Subjects and series that found no place under watch.
    package var seriesRefused: UInt64 = 0
    /// Doubts of layer 2 that layer 3 was not asked about.
    package var discordsRefused: UInt64 = 0
    /// What a workload did for the first time and was not told.
    package var noveltiesRefused: UInt64 = 0
    /// What multiplies the rows of whom, and the classes that say how many a workload may have.
    package var cardinality: Table<CardinalityRow>
    package var classes = CardinalityClass.shipped
    package var probes: [ProbeRow] = []
    package var status = Status()
    package var sources: [SourceSample] = []
    /// Of this process's own model; nil where none is configured, and in a replay.
    package var model: ModelHealth?
    package var objectsRefused: UInt64 = 0
    /// What sources of names told: pods, Services, nodes of the whole cluster. A place is given to another thing only when no row
    /// has its number any more.
    package var clusterObjects: ContiguousArray<ClusterObject> = []
    /// Which of them has an address.
    package var objectOfAddress: [Address: ObjectIndex] = [:]
    /// Flows without traffic since their peer's address changed hands, and whose it was.
    package var formerPeers: [FlowKey: Peer] = [:]
    /// Whether some owner is inferred: else no row has to be asked.
    package var hasInferredOwners = false

    /// Which workload has an address, of those on this node.
    package var addresses: [Address: WorkloadIndex] = [:]
    /// Who listens where on loopback: the peer of a connection inside one network namespace.
    package var localServers: [LocalServer: WorkloadIndex] = [:]
    /// What DNS called an address, in the answers that a workload got: an index of `names`.
    package var dnsNames: [DNSName: NameIndex] = [:]
    package var names: [String] = []
    /// Who answers a workload for a Service that connection tracking translates, the newest last.
    package var backends: [ServiceTarget: [Address]] = [:]
    /// The Service by which a client (the target's address) reaches a workload's port.
    package var serviceOfBackend: [ServiceTarget: Address] = [:]
    package var backendsRefused: UInt64 = 0

    package init(_ capacities: Capacities = Capacities()) {
        workloads = Table(limit: capacities.workloads)
        flows = Table(limit: capacities.flows)
        symptoms = Table(limit: capacities.symptoms)
        connections = Table(limit: capacities.connections + capacities.closedConnections, keepsHistory: false)
        listeners = Table(limit: capacities.listeners, keepsHistory: false)
        requests = Table(limit: capacities.requests)
        exchanges = Table(limit: capacities.exchanges, keepsHistory: false)
        anomalies = Table(limit: capacities.anomalies)
        cardinality = Table(limit: capacities.labels, keepsHistory: false)
    }

    /// Seconds of the last interval, never zero.
    package var seconds: Double { interval == 0 ? 1 : Double(interval) / 1e9 }

    package func name(_ index: NameIndex) -> String? { names.indices.contains(Int(index)) ? names[Int(index)] : nil }
}

/// An address as one workload learnt it.
package struct DNSName: Hashable, Sendable, BitwiseCopyable {
    package var workload: WorkloadIndex
    package var address: Address

    package init(workload: WorkloadIndex, address: Address) {
        self.workload = workload
        self.address = address
    }
}

/// A Service as one workload reaches it.
package struct ServiceTarget: Hashable, Sendable, BitwiseCopyable {
    package var workload: WorkloadIndex
    package var transport: Transport
    package var address: Address
    package var port: UInt16

    package init(workload: WorkloadIndex, transport: Transport, address: Address, port: UInt16) {
        self.workload = workload
        self.transport = transport
        self.address = address
        self.port = port
    }
}

package struct LocalServer: Hashable, Sendable, BitwiseCopyable {
    package var netns: UInt32
    package var port: UInt16

    package init(netns: UInt32, port: UInt16) {
        self.netns = netns
        self.port = port
    }
}

extension Tables {
    /// Requests a second over the newest `count` seconds, oldest first, for a sparkline; empty for a flow without any.
    package func requestHistory(ofFlow key: FlowKey, last count: Int) -> [Double] {
        guard let row = requestsOfFlow[key]?.historyRow, row >= 0 else { return [] }
        return flowRequests.values(row: Int(row), last: count)
    }

    package func requestHistory(ofWorkload index: Int, last count: Int) -> [Double] { workloadRequests.values(row: index, last: count) }
}
