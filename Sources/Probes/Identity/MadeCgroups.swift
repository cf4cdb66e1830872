// Paths of the cgroups that were made since podglass started, as the kernel told them: what names a pod whose directory is
// gone before anyone asks. A cgroup2 directory is never renamed, so a path stays true. Beyond the limit the oldest leave.

struct MadeCgroups {
    /// Some 250 bytes each; a node of 200 pods makes a few hundred in a day.
    static let limit = 4_096

    private var paths: [UInt64: String] = [:]
    /// In the order in which they were made; a ring once it is full.
    private var order: [UInt64] = []
    private var oldest = 0
    private let limit: Int

    init(limit: Int = MadeCgroups.limit) { self.limit = limit }

    var count: Int { paths.count }

    /// From the tree's root; nil where it is older than podglass, or was forgotten.
    subscript(cgroup: UInt64) -> String? { paths[cgroup] }

    mutating func insert(_ cgroup: UInt64, path: String) {
        guard paths.updateValue(path, forKey: cgroup) == nil else { return }
        if order.count < limit {
            order.append(cgroup)
        } else {
            paths[order[oldest]] = nil
            order[oldest] = cgroup
            oldest = (oldest + 1) % limit
        }
    }
}
