// What the engine remembers of requests beside the tables: an account a kernel key, where each row is, and which exchanges a
// row keeps. Owned by `EngineState`; bounded by `Capacities.requests` and what stands below.

struct RequestBooks: Sendable {
    /// Which row of an account.
    struct RowKey: Hashable, Sendable {
        var account: Int32
        var route: NameIndex
    }

    /// The exchanges that a row keeps, by their index in `Tables.exchanges`.
    struct Kept: Sendable {
        var slowest: ContiguousArray<Int32> = []
        /// A ring: `next` is the oldest.
        var failed: ContiguousArray<Int32> = []
        var next = 0
    }

    var accountIndex: [RequestKey: Int32] = [:]
    var accounts: ContiguousArray<RequestAccount> = []
    var freeAccounts: ContiguousArray<Int32> = []
    /// Accounts with something to settle at the end of the interval.
    var touched: ContiguousArray<Int32> = []
    /// Accounts that have no row yet that takes what has no route: each has a place kept for it.
    var promised = 0
    /// Accounts that gather what found no place.
    var catchAlls = 0

    var rowIndex: [RowKey: Int32] = [:]
    /// In the order of `Tables.requests`.
    var accountOfRow: ContiguousArray<Int32> = []
    var kept: ContiguousArray<Kept> = []
    /// In the order of `Tables.exchanges`: the row each belongs to.
    var rowOfExchange: ContiguousArray<Int32> = []
    var mayDropExchanges = true
    /// Keys and routes that were refused, so that each is counted once; as many of each as there are rows, then no more are
    /// counted. Forgotten when rows leave.
    var refusedKeys: Set<RequestKey> = []
    var refusedRows: Set<RowKey> = []
    /// Room is looked for once an interval at most, and where something was refused.
    var mayMakeRoom = true
    var wantsRoom = false
    /// When rows were last looked through for idle ones, CLOCK_MONOTONIC.
    var swept: UInt64 = 0

    var routeCache = RouteCache()
    var learner = RouteLearner()
    /// The routes that each workload has, at most `Capacities.routes`.
    var routesOfWorkload: [WorkloadIndex: Set<NameIndex>] = [:]
    var mayReclaimNames = true
    /// When each of `Tables.dnsNames` was told last.
    var dnsTold: [DNSName: Told] = [:]
    /// When names were last looked through for those that nobody talks to, CLOCK_MONOTONIC.
    var namesSwept: UInt64 = 0
    var namesTold: UInt64 = 0

    /// Exchanges whose row is not known yet. At most `Capacities.exchanges` in an interval; the rest is not kept.
    var candidates: ContiguousArray<Exchange> = []
    /// Exchanges that wait, in all accounts; at most `Limits.pendingExchanges`.
    var pendingCount = 0
    var pool = BucketPool()
    /// The heat map's slice of this interval: by row and band.
    var logged: [LogKey: UInt32] = [:]

    struct Told: Sendable {
        /// A running number.
        var number: UInt64
        /// CLOCK_MONOTONIC of the interval before.
        var at: UInt64
    }

    struct LogKey: Hashable, Sendable {
        var request: UInt64
        var band: UInt8
    }

    /// In the order of `Tables.flowRequests`.
    var flowKeys: ContiguousArray<FlowKey> = []
    /// Flows whose requests grew in this interval.
    var changedFlows: ContiguousArray<FlowKey> = []
    /// Flows that found no place, so that each is counted once; as many as there are places.
    var refusedFlows: Set<FlowKey> = []
    var mayDropFlows = true
}
