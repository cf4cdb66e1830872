// What each workload has of the tables, how much its class allows it, and how many values its labels have. Owned by `EngineState`.
// Bounded: a holding a workload, `Limits.labels` labels, of those `Limits.sketches` with registers; what finds no place is counted.

struct CardinalityBook: Sendable {
    /// What one workload has, in the order of `Tables.workloads`.
    struct Holding: Sendable {
        /// The place of its class; -1 until it is asked for.
        var classIndex = -1
        /// The most series; 0 until it is asked for.
        var limit = 0
        var flows = 0
        var requests = 0
        /// Places kept for rows of requests that take what has no route.
        var promised = 0
        var symptoms = 0
        /// What found no place at the limit.
        var foldedFlows: UInt64 = 0
        var foldedRequests: UInt64 = 0
        var foldedRoutes: UInt64 = 0
        /// Accounts that gather its requests beyond the limit.
        var gathering = 0
        /// Whether it asked for a place at its limit in this interval.
        var wantsRoom = false
        /// Whether some request had no sample, so that values may have gone unseen.
        var isSampled = false
        /// The places of its labels' counters; -1 where there is none.
        var labels = InlineArray<8, Int32>(repeating: -1)

        var series: Int { flows + requests + symptoms }
        var isFull: Bool { limit > 0 && series + promised >= limit }
    }

    /// The values of one label of one workload.
    struct Counter: Sendable {
        static let slots = 6
        /// Nanoseconds.
        static let slot: UInt64 = 10_000_000_000
        static let hour: UInt64 = 3_600_000_000_000

        var serial: UInt64
        var workload: WorkloadIndex
        var label: Label
        var ever = DistinctCount()
        var ofHour = DistinctCount()
        var ofLastHour = 0.0
        var lastWasEstimate = false
        /// What `ever` said at the ends of the last slots, the oldest at `next`.
        private var before = InlineArray<6, Double>(repeating: 0)
        private var next = 0
        /// Whether it would need registers and there are none.
        var isCutShort = false
        var since: UInt64
        var lastActive: UInt64
        /// False in a place that is free.
        var isUsed = true

        init(serial: UInt64, workload: WorkloadIndex, label: Label, now: UInt64) {
            self.serial = serial
            self.workload = workload
            self.label = label
            since = now
            lastActive = now
        }

        var distinct: Double { max(ofHour.estimate, ofLastHour) }
        var isEstimate: Bool { ofHour.estimate >= ofLastHour ? ofHour.hasRegisters : lastWasEstimate }
        /// New values of the last 50 to 60 seconds.
        var growth: Double { max(0, ever.estimate - before[next]) }
        var sketches: Int { (ever.hasRegisters ? 1 : 0) + (ofHour.hasRegisters ? 1 : 0) }

        mutating func turnSlot() {
            before[next] = ever.estimate
            next = (next + 1) % Counter.slots
        }

        mutating func turnHour() {
            ofLastHour = ofHour.estimate
            lastWasEstimate = ofHour.hasRegisters
            ofHour = DistinctCount()
        }
    }

    /// `standard` is always among them.
    let classes: [CardinalityClass]
    var holdings: ContiguousArray<Holding> = []
    private(set) var counters: ContiguousArray<Counter> = []
    private var free: ContiguousArray<Int32> = []
    private(set) var labelCount = 0
    private(set) var sketchCount = 0
    /// Labels and sketches that found no place.
    private(set) var refused: UInt64 = 0
    /// Workloads that asked for a place at their limit in this interval.
    var wanting: ContiguousArray<WorkloadIndex> = []
    /// Symptoms that were folded, so that each is counted once; as many as there are rows.
    var foldedSymptoms: Set<SymptomKey> = []
    /// How many routes rows have, by workload; made anew where rows came or left.
    var routes: [LabelPlace: Int] = [:]
    var haveRoutesChanged = false
    /// When slots and hours were turned last, CLOCK_MONOTONIC.
    var slotTurned: UInt64 = 0
    var hourTurned: UInt64 = 0
    private var nextSerial: UInt64 = 0
    private let labels: Int
    private let sketches: Int

    struct LabelPlace: Hashable, Sendable {
        var workload: WorkloadIndex
        var label: Label
    }

    init(classes: [CardinalityClass], labels: Int, sketches: Int) {
        let hasStandard = classes.contains { $0.name == CardinalityClass.standard }
        self.classes = hasStandard ? classes : classes + [CardinalityClass.shipped[1]]
        self.labels = labels
        self.sketches = sketches
    }

    /// Counts a value of a label.
    mutating func note(_ label: Label, _ hash: UInt64, of workload: WorkloadIndex, now: UInt64) {
        var place = Int(holdings[Int(workload)].labels[Int(label.rawValue)])
        if place < 0 {
            guard labelCount < labels else {
                refused += 1
                return
            }
            nextSerial += 1
            place = begin(Counter(serial: nextSerial, workload: workload, label: label, now: now))
            holdings[Int(workload)].labels[Int(label.rawValue)] = Int32(place)
        }
        counters[place].lastActive = now
        if counters[place].ofHour.add(hash) == .needsRegisters, mayTakeRegisters(place) {
            counters[place].ofHour.takeRegisters()
            _ = counters[place].ofHour.add(hash)
        }
        if counters[place].ever.add(hash) == .needsRegisters, mayTakeRegisters(place) {
            counters[place].ever.takeRegisters()
            _ = counters[place].ever.add(hash)
        }
    }

    private mutating func mayTakeRegisters(_ place: Int) -> Bool {
        guard sketchCount < sketches else {
            if !counters[place].isCutShort { refused += 1 }
            counters[place].isCutShort = true
            return false
        }
        sketchCount += 1
        return true
    }

    private mutating func begin(_ counter: Counter) -> Int {
        labelCount += 1
        if let place = free.popLast() {
            counters[Int(place)] = counter
            return Int(place)
        }
        counters.append(counter)
        return counters.count - 1
    }

    mutating func remove(at place: Int) {
        guard counters[place].isUsed else { return }
        sketchCount -= counters[place].sketches
        labelCount -= 1
        counters[place].isUsed = false
        counters[place].ever = DistinctCount()
        counters[place].ofHour = DistinctCount()
        free.append(Int32(place))
        holdings[Int(counters[place].workload)].labels[Int(counters[place].label.rawValue)] = -1
    }

    /// The workload's place is given to another. It has no rows any more, but the counts of them are left as they are.
    mutating func forget(_ workload: WorkloadIndex) {
        for label in Label.allCases {
            let place = Int(holdings[Int(workload)].labels[Int(label.rawValue)])
            if place >= 0 { remove(at: place) }
        }
        let old = holdings[Int(workload)]
        var holding = Holding()
        holding.flows = old.flows
        holding.requests = old.requests
        holding.promised = old.promised
        holding.symptoms = old.symptoms
        holding.gathering = old.gathering
        holding.wantsRoom = old.wantsRoom
        holdings[Int(workload)] = holding
    }

    /// Its namespace or its labels changed.
    mutating func forgetClass(of workload: WorkloadIndex) {
        holdings[Int(workload)].classIndex = -1
        holdings[Int(workload)].limit = 0
    }

    mutating func turnSlots() { for place in counters.indices { counters[place].turnSlot() } }

    mutating func turnHours() {
        for place in counters.indices {
            if counters[place].ofHour.hasRegisters { sketchCount -= 1 }
            counters[place].turnHour()
            counters[place].isCutShort = false
        }
    }
}
