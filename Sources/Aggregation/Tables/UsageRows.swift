// What follows from two readings of a workload's cgroup.

extension UsageSample {
    /// Whether it goes on where another reading of the same cgroup was. A counter that went back was begun anew.
    func continues(_ before: UsageSample) -> Bool {
        func grows(_ counter: KeyPath<UsageSample, UInt64?>) -> Bool {
            guard let now = self[keyPath: counter], let then = before[keyPath: counter] else { return true }
            return now >= then
        }
        return cgroup == before.cgroup && read > before.read
            && grows(\.cpu) && grows(\.periods) && grows(\.throttledPeriods) && grows(\.memoryStall) && grows(\.memoryKills)
    }
}

extension WorkloadRow {
    /// How much a counter grew between the two readings, and in how many nanoseconds; nil where one of them does not have it.
    func usageGrowth(_ counter: KeyPath<UsageSample, UInt64?>) -> (amount: UInt64, nanoseconds: UInt64)? {
        guard let usage, let usageBefore, let now = usage[keyPath: counter], let then = usageBefore[keyPath: counter] else { return nil }
        return (now &- then, usage.read &- usageBefore.read)
    }

    /// Processors that it kept busy between the two readings: 1 is a whole one.
    var cpuRatio: Double? { usageGrowth(\.cpu).map { Double($0.amount) / Double($0.nanoseconds) } }
}

extension Tables {
    /// Whether a reading is still true: three intervals old at most, or what a turn over all of a full node's cgroups takes.
    func isCurrent(_ usage: UsageSample) -> Bool {
        moment.monotonic < usage.read &+ max(3 &* min(interval, 1 << 60), Limits.usageMemory)
    }

    /// Processors that a workload kept busy, over the newest `count` seconds, oldest first, for a sparkline.
    func cpuHistory(ofWorkload index: Int, last count: Int) -> [Double] { usageHistory.cpu.values(row: index, last: count) }

    func memoryHistory(ofWorkload index: Int, last count: Int) -> [Double] { usageHistory.memory.values(row: index, last: count) }
}

/// Seconds of both, a row each in the order of the workloads.
package struct UsageHistory: Sendable {
    private(set) var cpu = History()
    private(set) var memory = History()

    mutating func appendRow() {
        cpu.appendRow()
        memory.appendRow()
    }

    mutating func clearRow(_ row: Int) {
        cpu.clearRow(row)
        memory.clearRow(row)
    }

    mutating func advance(_ seconds: Int) {
        cpu.advance(seconds)
        memory.advance(seconds)
    }

    mutating func record(cpu ratio: Double?, memory bytes: UInt64?, row: Int, seconds: Int) {
        if let ratio { cpu.record(ratio, row: row, seconds: seconds) }
        if let bytes { memory.record(Double(bytes), row: row, seconds: seconds) }
    }
}
