// What a workload consumes, beside its traffic: from two readings of its cgroup's files. Missing is null with a reason; 0 is
// measured.

extension RowFields where Row == WorkloadRow {
    var usage: [Field] {
        [
            number(
                "cpu", key: "cpu_ratio", .ratio, column: .init("CPU", minimum: 5, importance: 3),
                "Processors that it kept busy: 100 % is a whole one. Of a pod all its containers together."
            ) { row, tables in
                tables.consumed(row) { _ in row.cpuRatio.map { .number($0) } ?? row.noGrowth(\.cpu) }
            },
            number(
                "cpushare", key: "cpu_of_node_ratio", .ratio, "Processors that it kept busy, of all that the node has."
            ) { row, tables in
                tables.consumed(row) { _ in
                    row.cpuRatio.map { .number($0 / Double(max(1, tables.node.processors))) } ?? row.noGrowth(\.cpu)
                }
            },
            number(
                "throttled", key: "cpu_throttled_ratio", .ratio, column: .init("THRTL", minimum: 5, importance: 5),
                "Of the periods of its containers' CPU limits (of the pod's, where they have none), those in which it had to wait."
            ) { row, tables in
                tables.consumed(row) { usage in
                    if usage.periods == 0 { return .missing(Reason.noLimit) }
                    guard let periods = row.usageGrowth(\.periods), let throttled = row.usageGrowth(\.throttledPeriods) else {
                        return row.noGrowth(\.periods)
                    }
                    // The kernel counts a period and its throttling one after the other.
                    return .number(periods.amount == 0 ? 0 : min(1, Double(throttled.amount) / Double(periods.amount)))
                }
            },
            number(
                "memory", key: "memory_bytes", .bytes, column: .init("MEM", minimum: 5, importance: 3),
                "The working set as the kubelet counts it: memory in use less file pages that were not used lately."
            ) { row, tables in
                tables.consumed(row) { $0.memory.map { .count($0) } ?? .missing(Reason.notTold) }
            },
            number(
                "memorylimit", key: "memory_limit_bytes", .bytes, column: .init("LIMIT", minimum: 5, importance: 6),
                "Its cgroup's memory limit. Of a pod the pod's: the sum of its containers' limits where each has one, as the kubelet sets it."
            ) { row, tables in
                tables.consumed(row) { usage in
                    usage.memoryLimit.map { .count($0) } ?? .missing(usage.memory == nil ? Reason.notTold : Reason.noLimit)
                }
            },
            number(
                "memoryshare", key: "memory_of_limit_ratio", .ratio,
                "The working set, of its memory limit: near 100 % the kernel kills."
            ) { row, tables in
                tables.consumed(row) { usage in
                    guard let memory = usage.memory else { return .missing(Reason.notTold) }
                    guard let limit = usage.memoryLimit, limit > 0 else { return .missing(Reason.noLimit) }
                    return .number(Double(memory) / Double(limit))
                }
            },
            number(
                "pressure", key: "memory_pressure", .ratio, column: .init("PRESS", minimum: 5, importance: 8),
                "The share of the time in which some of its tasks waited for memory (PSI)."
            ) { row, tables in
                tables.consumed(row) { usage in
                    guard usage.memoryStall != nil else { return .missing(Reason.noPressure) }
                    guard let stall = row.usageGrowth(\.memoryStall) else { return row.noGrowth(\.memoryStall) }
                    return .number(min(1, Double(stall.amount) * 1000 / Double(stall.nanoseconds)))
                }
            },
            number(
                "oomkills", key: "oom_kills_total", .count, column: .init("OOM", minimum: 4, importance: 6),
                "Processes that the kernel killed for want of memory, since its cgroup was made."
            ) { row, tables in
                tables.consumed(row) { $0.memoryKills.map { .count($0) } ?? .missing(Reason.notTold) }
            },
        ]
    }
}

extension Tables {
    /// A value of a workload's newest reading, or why there is no reading that is true now.
    fileprivate func consumed(_ row: WorkloadRow, _ value: (UsageSample) -> Value) -> Value {
        guard let usage = row.usage else { return .missing(row.owner.kind == .process ? Reason.noCgroup : Reason.notRead) }
        guard isCurrent(usage), usage != UsageSample(cgroup: usage.cgroup, read: usage.read) else { return .missing(Reason.cgroupEnded) }
        return value(usage)
    }
}

extension WorkloadRow {
    /// Why a counter has no growth.
    fileprivate func noGrowth(_ counter: KeyPath<UsageSample, UInt64?>) -> Value {
        .missing(usage?[keyPath: counter] == nil ? Reason.notTold : Reason.firstReading)
    }
}
