// What is owed to the rows of one kernel key: requests that were counted and are in no row yet, and exchanges that say which
// row they belong to. A pure state machine: it decides, once an interval, how many requests each route gets.
//
// The kernel's count is exact and comes once an interval; an exchange comes through the ring, in the interval before or
// after its count. So counted samples wait up to `patience` intervals for their exchange, and exchanges as long for their count.

struct RequestAccount: Sendable {
    /// Where its requests are booked.
    enum Routing: Sendable, Equatable {
        /// All in one row: the protocol has no routes, or nobody can tell them (`~other`).
        case single(NameIndex)
        case byRoute
    }

    /// An exchange that waits for the end of the interval, or for its count.
    struct Pending: Sendable {
        var route: NameIndex
        /// Nanoseconds; nil without a response.
        var latency: UInt64?
        var duration: UInt64?
        var amended: UInt64?
        var isExtra: Bool
        /// The connection is older than podglass, or bytes of it were missed.
        var isPartial = false
        /// Of `RequestBooks.candidates`: -1 where the exchange is not worth keeping, or is kept already.
        var candidate: Int32 = -1
        var age: UInt8 = 0
    }

    /// What one exchange gets.
    struct Share: Sendable {
        var pending: Pending
        var requests: UInt64
        /// The row's index once it is known.
        var row = -1
    }

    struct Settlement: Sendable {
        var shares: ContiguousArray<Share> = []
        /// What no exchange tells the route of.
        var rest: UInt64 = 0
        /// Whether every request had an exchange.
        var isComplete = true
    }

    /// Intervals that a counted sample waits for its exchange, and an exchange for its count.
    static let patience = 2

    var key: RequestKey
    var workload: WorkloadIndex
    var container: NameIndex
    var routing: Routing
    /// Counted, in no row yet.
    private(set) var unbooked: UInt64 = 0
    /// Counted samples whose exchange did not come yet, by how many intervals ago they were counted.
    private var credits = InlineArray<3, UInt64>(repeating: 0)
    var latencies = BucketCounts()
    var durations = BucketCounts()
    /// The largest that the kernel told since they were booked.
    var latencyMax: UInt64 = 0
    var durationMax: UInt64 = 0
    var lastActive: UInt64
    /// The routes of its rows.
    var routes: ContiguousArray<NameIndex> = []
    private(set) var pending: ContiguousArray<Pending> = []
    /// True once a request had no exchange: what each row counts is estimated from then on.
    var isEstimated = false
    /// It is in `RequestBooks.touched`.
    var isTouched = false
    /// False in a place that is free.
    var isOpen = true

    init(key: RequestKey, workload: WorkloadIndex, container: NameIndex, routing: Routing, since: UInt64) {
        self.key = key
        self.workload = workload
        self.container = container
        self.routing = routing
        lastActive = since
    }

    /// Whether there is nothing that the next interval could settle.
    var isSettled: Bool { unbooked == 0 && pending.isEmpty && latencies.isEmpty && durations.isEmpty }

    mutating func count(_ sample: RequestSample) {
        unbooked &+= sample.requests
        credits[0] &+= sample.sampled
        latencies.add(sample.latencies)
        durations.add(sample.durations)
        latencyMax = max(latencyMax, sample.latencyMax)
        durationMax = max(durationMax, sample.durationMax)
        lastActive = max(lastActive, sample.lastActive)
    }

    mutating func wait(_ exchange: Pending) { pending.append(exchange) }

    /// The interval's candidates are gone: what still waits has none.
    mutating func forgetCandidates() { for index in pending.indices { pending[index].candidate = -1 } }

    /// Who gets what at the end of an interval. Counts told so far, less what waits, go out: never more than was counted.
    mutating func settle() -> Settlement {
        var settlement = Settlement()
        guard case .byRoute = routing else {
            settlement.shares = ContiguousArray(pending.map { Share(pending: $0, requests: 0) })
            settlement.rest = unbooked
            pending.removeAll()
            unbooked = 0
            return settlement
        }
        // Counts are read field by field: a sample may be told a moment before its request is.
        var credit = min(credits[0] &+ credits[1] &+ credits[2], unbooked)
        var free = unbooked - credit
        var spent: UInt64 = 0
        var waiting: ContiguousArray<Pending> = []
        for exchange in pending {
            if exchange.amended != nil {
                settlement.shares.append(Share(pending: exchange, requests: 0))
            } else if exchange.isExtra ? free > 0 : credit > 0 {
                // Taken beyond the budget, but one of those that were counted without a sample all the same.
                if exchange.isExtra { free -= 1 } else { (credit, spent) = (credit - 1, spent + 1) }
                settlement.shares.append(Share(pending: exchange, requests: 1))
            } else {
                waiting.append(exchange)
            }
        }
        settlement.isComplete = free == 0
        settlement.rest = free - share(free, among: &settlement.shares)
        let lost = age(spent: spent, owed: credit)
        if lost > 0 { settlement.isComplete = false }
        settlement.rest += lost
        unbooked = credit - lost
        pending = waiting.filter { $0.age < RequestAccount.patience }
        for index in pending.indices { pending[index].age += 1 }
        return settlement
    }

    /// Shares out what had no sample over the samples of this interval, as evenly as whole numbers go; gives how much it was.
    private func share(_ free: UInt64, among shares: inout ContiguousArray<Share>) -> UInt64 {
        let samples = shares.indices.filter { shares[$0].requests > 0 && !shares[$0].pending.isExtra }
        guard free > 0, !samples.isEmpty else { return 0 }
        let (each, left) = free.quotientAndRemainder(dividingBy: UInt64(samples.count))
        for (position, index) in samples.enumerated() {
            // The remainder is spread over all of them, not heaped on the first.
            let position = UInt64(position)
            let before = position * left / UInt64(samples.count)
            shares[index].requests += each + ((position + 1) * left / UInt64(samples.count) - before)
        }
        return free
    }

    /// An interval has ended: what was spent leaves the oldest credits first, and what waited too long is given up; how much.
    private mutating func age(spent: UInt64, owed: UInt64) -> UInt64 {
        var spent = spent
        for index in credits.indices.reversed() {
            let part = min(spent, credits[index])
            credits[index] -= part
            spent -= part
        }
        // Where more samples than requests were told, some are not owed yet.
        let lost = min(credits[2], owed)
        credits[2] = credits[1]
        credits[1] = credits[0]
        credits[0] = 0
        return lost
    }
}
