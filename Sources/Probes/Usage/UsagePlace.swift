// One workload's cgroup and how its files are read: of a pod the directory above its containers, so that it is the whole pod.

import Aggregation
import Glibc

struct UsagePlace {
    /// The id of its directory in the cgroup2 tree.
    let cgroup: UInt64
    /// From the root of each tree.
    let path: String
    private let isPod: Bool
    private let trees: ControllerTrees
    private let files: OpenFiles
    private let own: Files
    private let memory: CgroupFile
    private let memoryStat: CgroupFile
    private let pressure: CgroupFile
    /// The rest is looked at again every so often.
    private var memoryLimit: UInt64?
    private var containers: [String: Container] = [:]
    private var listedAt: UInt64 = 0
    /// What its containers counted, those included that are gone: so that a restart takes nothing back.
    private var sum = CgroupCounts()

    private struct Files {
        let cpu: CgroupFile
        /// The same in the tree of version 1, where that has the controller.
        let firstCPU: CgroupFile?
        let kills: CgroupFile

        init(_ path: String, _ trees: ControllerTrees, _ files: OpenFiles) {
            cpu = CgroupFile(trees.unified + path + "/cpu.stat", files)
            firstCPU = trees.cpu.map { CgroupFile($0 + path + "/cpu.stat", files) }
            kills =
                trees.memory.map { CgroupFile($0 + path + "/memory.oom_control", files) }
                ?? CgroupFile(trees.unified + path + "/memory.events", files)
        }
    }

    private struct Container {
        let files: Files
        var counts = CgroupCounts()
    }

    /// How often a pod's containers are listed, its limit is read, and files that were missing are looked for.
    private static let listingPeriod: UInt64 = 10_000_000_000
    /// Containers of one pod that are read; its own figures count those beyond, too.
    private static let containerLimit = 64
    /// What version 1 says where there is no limit: the largest number of whole pages.
    private static let noLimit: UInt64 = 1 << 62

    init(cgroup: UInt64, path: String, isPod: Bool, _ trees: ControllerTrees, _ files: OpenFiles) {
        self.cgroup = cgroup
        self.path = path
        self.isPod = isPod
        self.trees = trees
        self.files = files
        own = Files(path, trees, files)
        let directory = (trees.memory ?? trees.unified) + path
        memory = CgroupFile(directory + (trees.memory == nil ? "/memory.current" : "/memory.usage_in_bytes"), files)
        memoryStat = CgroupFile(directory + "/memory.stat", files)
        pressure = CgroupFile(trees.unified + path + "/memory.pressure", files)
    }

    /// Who is met for the first time is listed with the next reading.
    mutating func meet(_ names: [String]) {
        if listedAt != 0, names.contains(where: { containers[$0] == nil }) { listedAt = 0 }
    }

    /// How many cgroups are read for it.
    var cost: Int { 1 + containers.count }

    /// Reads everything; nil where its directory is gone.
    mutating func read() -> UsageSample? {
        var sample = UsageSample(cgroup: cgroup, read: Clock.monotonic())
        let isListing = listedAt == 0 || sample.read &- listedAt > UsagePlace.listingPeriod
        if isListing { list(sample.read) }
        var counts = CgroupCounts()
        let isThere: Void? = own.cpu.read { text in
            sample.cpu = CgroupText.value(of: "usage_usec", in: text).map { $0 &* 1000 }
            if trees.cpu == nil { counts.readPeriods(text) }
        }
        if isThere == nil, SmallFile.inode(trees.unified + path) != cgroup { return nil }
        own.firstCPU?.read { counts.readPeriods($0) }
        own.kills.read { counts.readKills($0) }
        readMemory(&sample)
        sample.memoryStall = pressure.read(CgroupText.stall) ?? nil
        readContainers(isListing: isListing)
        // Which limit is in force: the containers' own, else the pod's.
        let throttling = (sum.periods ?? 0) > 0 ? sum : counts
        (sample.periods, sample.throttledPeriods) = (throttling.periods, throttling.throttled)
        // cgroup2 counts a kill in each cgroup above, too; version 1 only where it happened.
        sample.memoryKills = trees.memory == nil ? counts.kills : counts.kills.map { $0 &+ (sum.kills ?? 0) }
        return sample
    }

    private mutating func readContainers(isListing: Bool) {
        for name in containers.keys {
            guard let container = containers[name] else { continue }
            var now = CgroupCounts()
            // Without a limit there are no periods, and seldom will be.
            if isListing || container.counts.periods ?? 0 > 0 {
                (container.files.firstCPU ?? container.files.cpu).read { now.readPeriods($0) }
            }
            if trees.memory != nil { container.files.kills.read { now.readKills($0) } }
            sum.add(now, since: container.counts)
            containers[name]?.counts = now.orElse(container.counts)
        }
    }

    private mutating func list(_ now: UInt64) {
        listedAt = now
        for file in [own.cpu, own.firstCPU, own.kills, memory, memoryStat, pressure] { file?.retry() }
        if let tree = trees.memory {
            let limit = CgroupFile(tree + path + "/memory.limit_in_bytes", files).read(CgroupText.number) ?? nil
            memoryLimit = limit.flatMap { $0 < UsagePlace.noLimit ? $0 : nil }
        } else {
            memoryLimit = CgroupFile(trees.unified + path + "/memory.max", files).read(CgroupText.number) ?? nil
        }
        guard isPod else { return }
        let before = containers
        containers = [:]
        for name in SmallFile.directories(in: trees.unified + path, limit: UsagePlace.containerLimit) ?? [] {
            containers[name] = before[name] ?? Container(files: Files(path + "/" + name, trees, files))
            containers[name]?.files.firstCPU?.retry()
            containers[name]?.files.kills.retry()
        }
    }

    private func readMemory(_ sample: inout UsageSample) {
        guard let used = memory.read(CgroupText.number) ?? nil else { return }
        let inactive = memoryStat.read {
            CgroupText.value(of: trees.memory == nil ? "inactive_file" : "total_inactive_file", in: $0)
        }
        guard let inactive = inactive ?? nil else { return }
        sample.memory = used - min(used, inactive)
        sample.memoryLimit = memoryLimit
    }
}

/// Counters that the kernel keeps for each cgroup alone.
struct CgroupCounts: Equatable {
    var periods: UInt64?
    var throttled: UInt64?
    var kills: UInt64?

    mutating func readPeriods(_ text: UnsafeRawBufferPointer) {
        periods = CgroupText.value(of: "nr_periods", in: text)
        throttled = CgroupText.value(of: "nr_throttled", in: text)
    }

    mutating func readKills(_ text: UnsafeRawBufferPointer) { kills = CgroupText.value(of: "oom_kill", in: text) }

    /// What could not be read stays as it was.
    func orElse(_ old: CgroupCounts) -> CgroupCounts {
        CgroupCounts(periods: periods ?? old.periods, throttled: throttled ?? old.throttled, kills: kills ?? old.kills)
    }

    /// Adds what is new; a counter that went back counts from zero.
    mutating func add(_ new: CgroupCounts, since old: CgroupCounts) {
        func sum(_ field: KeyPath<CgroupCounts, UInt64?>) -> UInt64? {
            guard let now = new[keyPath: field] else { return self[keyPath: field] }
            let before = old[keyPath: field] ?? 0
            return (self[keyPath: field] ?? 0) &+ (now >= before ? now - before : now)
        }
        (periods, throttled, kills) = (sum(\.periods), sum(\.throttled), sum(\.kills))
    }
}
