// What this process costs: processor time and resident memory, from the kernel's own accounts.

import Glibc

struct ProcessCost {
    private var lastCPU: UInt64 = 0
    private var lastTime: UInt64 = 0

    /// Share of one processor since the last call; 0 at the first.
    mutating func cpuRatio(now: UInt64) -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu = ProcessCost.nanoseconds(usage.ru_utime) + ProcessCost.nanoseconds(usage.ru_stime)
        defer {
            lastCPU = cpu
            lastTime = now
        }
        guard lastTime > 0, now > lastTime else { return 0 }
        return Double(cpu &- lastCPU) / Double(now - lastTime)
    }

    /// Resident set size in bytes (proc(5), statm, second field, in pages).
    static func residentBytes() -> UInt64 {
        let fields = (SmallFile.read("/proc/self/statm") ?? "").split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func nanoseconds(_ time: timeval) -> UInt64 {
        UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1000
    }
}
