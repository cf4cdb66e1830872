// What a workload consumes, from the files of its cgroup (kernel: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/).

/// Counters are cumulative since the cgroup was made; nil where this node does not tell.
package struct UsageSample: Sendable, Hashable, BitwiseCopyable {
    /// The workload's cgroup in the cgroup2 tree: of a pod the whole pod's, which `.owner` introduced.
    package var cgroup: UInt64
    /// CLOCK_MONOTONIC of the reading.
    package var read: UInt64
    /// Nanoseconds of processors.
    package var cpu: UInt64?
    /// Periods (100 ms mostly) with a limit in force, and those in which it was reached (cpu.stat nr_periods, nr_throttled).
    package var periods: UInt64?
    package var throttledPeriods: UInt64?
    /// The working set as the kubelet counts it: usage less inactive file pages. Bytes.
    package var memory: UInt64?
    /// Bytes; nil where there is no limit.
    package var memoryLimit: UInt64?
    /// Microseconds in which some task waited for memory (memory.pressure, "some" total); cgroup2 with PSI only.
    package var memoryStall: UInt64?
    package var memoryKills: UInt64?

    package init(cgroup: UInt64, read: UInt64) {
        self.cgroup = cgroup
        self.read = read
    }
}
