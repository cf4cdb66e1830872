// What workloads consume: the newest reading of each, and the one before it.

extension EngineState {
    mutating func fold(_ sample: UsageSample) {
        guard let place = placeOfCgroup[sample.cgroup] else { return }
        let index = Int(place.workload)
        // Where many workloads are one row, none of them speaks for it.
        guard tables.workloads[index].owner.kind != .other else { return }
        let last = tables.workloads[index].usage
        tables.workloads[index].usageBefore = last.flatMap { sample.continues($0) ? $0 : nil }
        tables.workloads[index].usage = sample
    }

    /// Of each workload that is read: processors and bytes, for the sparklines.
    mutating func recordUsageHistory(fresh: Int) {
        tables.usageHistory.advance(fresh)
        for index in 0..<tables.workloads.count {
            let row = tables.workloads[index]
            guard let usage = row.usage, tables.isCurrent(usage) else { continue }
            tables.usageHistory.record(cpu: row.cpuRatio, memory: usage.memory, row: index, seconds: max(1, fresh))
        }
    }
}
