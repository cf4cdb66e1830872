// What the eBPF programs cost: runs and nanoseconds, as the kernel counts them while its statistics are on. Counting costs
// 20–40 ns a run itself, so it is on for one second of ten, through a descriptor (BPF_ENABLE_STATS) that ends with us;
// the figures are estimates and marked so.

import CLibbpf
import Glibc

struct ProgramCost {
    private static let on: UInt64 = 1_000_000_000
    private static let every: UInt64 = 10_000_000_000

    struct Measurement {
        var runs: UInt64 = 0
        var nanoseconds: UInt64 = 0
        var measuredFor: UInt64 = 0
    }

    private(set) var measurements: [String: Measurement] = [:]
    private var statistics: Int32 = -1
    private var startedAt: UInt64 = 0
    private var before: [String: (runs: UInt64, nanoseconds: UInt64)] = [:]

    /// Turns the statistics on or off as their time comes. `programs` are the descriptors by name.
    mutating func advance(now: UInt64, programs: [(name: String, descriptor: Int32)]) {
        if statistics >= 0, now &- startedAt >= ProgramCost.on {
            for program in programs {
                guard let after = ProgramCost.counts(program.descriptor), let start = before[program.name] else { continue }
                measurements[program.name] = Measurement(
                    runs: after.runs &- start.runs, nanoseconds: after.nanoseconds &- start.nanoseconds, measuredFor: now &- startedAt)
            }
            stop()
        } else if statistics < 0, startedAt == 0 || now &- startedAt >= ProgramCost.every {
            statistics = StatisticsKeeper.switchOn()
            startedAt = now
            before = [:]
            for program in programs { before[program.name] = ProgramCost.counts(program.descriptor) }
        }
    }

    mutating func stop() {
        if statistics >= 0 { close(statistics) }
        statistics = -1
    }

    /// Runs that the kernel left out because the program was running already on that processor (an interrupt in its midst):
    /// events that were not seen. 0 before Linux 5.12, which does not count them.
    static func missedRuns(_ descriptor: Int32) -> UInt64 {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        return bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 ? info.recursion_misses : 0
    }

    private static func counts(_ descriptor: Int32) -> (runs: UInt64, nanoseconds: UInt64)? {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else { return nil }
        return (info.run_cnt, info.run_time_ns)
    }
}
