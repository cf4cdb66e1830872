// What each workload consumes, from the files of its cgroup, once an interval and at most about once a second: the pods,
// containers and units that Identity knows. Beyond the budget of an interval they take turns, which is counted.

import Aggregation

struct UsageReader {
    /// Cgroups read in one interval: some 40 µs each.
    static let budget = 1_000
    private static let period: UInt64 = 900_000_000

    let trees: ControllerTrees
    private let files: OpenFiles
    private let budget: Int
    private var places: [UsagePlace] = []
    /// The cgroup whose turn it is; places are in the order of their cgroups.
    private var turn: UInt64 = 0
    private var generation: UInt64?
    private var readAt: UInt64 = 0
    /// Readings of workloads that had to wait for another interval.
    private(set) var postponed: UInt64 = 0

    init(_ trees: ControllerTrees, budget: Int = UsageReader.budget, files: OpenFiles = OpenFiles()) {
        self.trees = trees
        self.files = files
        self.budget = budget
    }

    /// Whether it is time to read again.
    func isDue(_ now: UInt64) -> Bool { readAt == 0 || now &- readAt >= UsageReader.period }

    /// Takes over whom Identity knows by now; who was known before goes on counting. A unit that was started anew has its old
    /// path and another cgroup: what is there now counts.
    mutating func follow(_ known: [Identity.Files], generation: UInt64) {
        guard generation != self.generation else { return }
        self.generation = generation
        var before = Dictionary(places.map { ($0.cgroup, $0) }, uniquingKeysWith: { first, _ in first })
        let workloads = Dictionary(grouping: known, by: \.path)
        places = []
        for (path, members) in workloads {
            guard let cgroup = SmallFile.inode(trees.unified + path) else { continue }
            var place =
                before.removeValue(forKey: cgroup)
                ?? UsagePlace(cgroup: cgroup, path: path, isPod: members.contains(where: \.isPod), trees, files)
            place.meet(members.compactMap(\.container))
            places.append(place)
        }
        places.sort { $0.cgroup < $1.cgroup }
    }

    /// Reads those whose turn it is, and says what each consumed; of one that is gone, that nothing is known any more.
    mutating func read(_ now: UInt64, _ tell: (UsageSample) -> Void) {
        readAt = now
        var spent = 0
        var gone: Set<UInt64> = []
        let first = places.firstIndex { $0.cgroup >= turn } ?? 0
        var count = 0
        while count < places.count, spent < budget {
            let index = (first + count) % places.count
            spent += places[index].cost
            if let sample = places[index].read() {
                tell(sample)
            } else {
                gone.insert(places[index].cgroup)
                tell(UsageSample(cgroup: places[index].cgroup, read: Clock.monotonic()))
            }
            count += 1
        }
        postponed &+= UInt64(places.count - count)
        turn = places.isEmpty ? 0 : places[(first + count) % places.count].cgroup
        guard !gone.isEmpty else { return }
        places.removeAll { gone.contains($0.cgroup) }
        generation = nil
    }
}
