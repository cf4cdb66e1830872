// What pods consume, compared with /proc and the kernel's own cgroup files, under loads that are known.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct PodUsageTests {
        /// Processor time of a process in seconds (proc_pid_stat(5): utime and stime, 100 a second).
        private static func processorTime(of pid: pid_t) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
                throw LabError("no times: \(text)")
            }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        private static func row(_ interval: Interval, _ pod: String) -> JSON? { interval.rows(["pod": .string(pod)]).first }

        /// The mean of a field of a pod over some intervals, and how long they were.
        private static func mean(_ key: String, of pod: String, in intervals: ArraySlice<Interval>) -> Double? {
            let values = intervals.compactMap { row($0, pod)?[key].double }
            return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }

        /// Burns half of a processor by its own clock, whatever else runs here.
        private static let halfBusy = """
            import time
            print("ready", flush=True)
            while True:
                began, used = time.monotonic(), time.process_time()
                while time.process_time() - used < 0.05: pass
                time.sleep(max(0, began + 0.1 - time.monotonic()))
            """

        @Test("a process that keeps half a processor busy, within 5 % of /proc") func half() async throws {
            try await withLaboratory { laboratory in
                let pod = try laboratory.pod("half")
                let program = try pod.start(["python3", "-c", Self.halfBusy])
                try await program.says("ready")
                let observation = try await Podglass.observe(["top", "pods"], in: laboratory)
                _ = try await observation.next(2)
                let before = try observation.intervals().count
                let (began, used) = (ContinuousClock.now, try Self.processorTime(of: program.pid))
                _ = try await observation.next(6)
                let seconds = (ContinuousClock.now - began) / .seconds(1)
                let truth = (try Self.processorTime(of: program.pid) - used) / seconds
                let seen = try #require(Self.mean("cpu_ratio", of: "half", in: try observation.intervals()[before...]))
                #expect(abs(seen - truth) < 0.05 * truth, "seen \(seen), /proc says \(truth)")
                try await observation.finish()
            }
        }

        @Test(
            "a container that reaches its CPU limit, against its cpu.stat",
            .enabled(if: Cgroup.missing(.cpu) == nil, Comment(rawValue: Cgroup.missing(.cpu) ?? "the controller is here")))
        func throttled() async throws {
            try await withLaboratory { laboratory in
                let pod = try laboratory.pod("throttled", controllers: [.cpu])
                let free = try laboratory.pod("free")
                try pod.cgroup.limitProcessors(to: 0.2)
                let program = try pod.start(["python3", "-c", "print('ready', flush=True)\nwhile True: pass"])
                try await program.says("ready")
                let observation = try await Podglass.observe(["top", "pods"], in: laboratory)
                _ = try await observation.next(2)
                let (count, before) = (try observation.intervals().count, pod.cgroup.periods)
                let last = try await observation.next(5)
                let after = pod.cgroup.periods
                let truth = Double(after.throttled - before.throttled) / Double(max(1, after.all - before.all))
                let seen = try #require(Self.mean("cpu_throttled_ratio", of: "throttled", in: try observation.intervals()[count...]))
                #expect(truth > 0.5 && abs(seen - truth) < 0.05, "seen \(seen), cpu.stat says \(truth)")
                let cpu = try #require(Self.mean("cpu_ratio", of: "throttled", in: try observation.intervals()[count...]))
                #expect(abs(cpu - 0.2) < 0.02, "it used \(cpu) of a processor")
                // Without a limit there is no share.
                let other = try #require(Self.row(last, free.name))
                #expect(other["cpu_throttled_ratio"] == .null && other["cpu_ratio"].double != nil)
                try await observation.finish()
            }
        }

        @Test(
            "a pod that grows to its memory limit: the working set as its files say, then the kill",
            .enabled(if: Cgroup.missing(.memory) == nil, Comment(rawValue: Cgroup.missing(.memory) ?? "the controller is here")))
        func memory() async throws {
            try await withLaboratory { laboratory in
                let pod = try laboratory.pod("grows", controllers: [.memory])
                let limit = 64 << 20
                try pod.cgroup.limitMemory(to: limit)
                let program = try pod.start([
                    "python3", "-u", "-c",
                    """
                    import os, sys, time
                    held = []
                    def grow(bytes):
                        for _ in range(bytes >> 20): held.append(bytearray(os.urandom(1 << 20)))
                    grow(32 << 20)
                    print("ready")
                    while not os.path.exists(sys.argv[1]): time.sleep(0.05)
                    grow(64 << 20)
                    """, pod.directory + "/go",
                ])
                try await program.says("ready")
                let observation = try await Podglass.observe(["top", "pods"], in: laboratory)
                let calm = try #require(Self.row(try await observation.next(2), "grows"))
                #expect(calm["memory_limit_bytes"] == .int(limit))
                #expect(calm["oom_kills_total"] == .int(0))
                let (seen, truth) = (calm["memory_bytes"].int ?? 0, pod.cgroup.workingSet)
                #expect(truth > 32 << 20 && abs(seen - truth) < 1 << 20, "seen \(seen), its files say \(truth)")
                try Data().write(to: URL(fileURLWithPath: pod.directory + "/go"))
                #expect(try await program.ended() == .killed(by: SIGKILL))
                let interval = try await observation.settled(within: .seconds(8)) { Self.row($0, "grows")?["oom_kills_total"] == .int(1) }
                #expect(Self.row(interval, "grows")?["oom_kills_total"] == .int(pod.cgroup.kills))
                #expect(pod.cgroup.kills == 1)
                let freed = pod.cgroup.workingSet
                let after = Self.row(interval, "grows")?["memory_bytes"].int ?? .max
                #expect(after < 32 << 20 && abs(after - freed) < 1 << 20, "seen \(after), its files say \(freed)")
                try await observation.finish()
            }
        }

        @Test("a pod without traffic is there with what it consumes, one that ended without") func ended() async throws {
            try await withLaboratory { laboratory in
                let pod = try laboratory.pod("quiet")
                let observation = try await Podglass.observe(["top", "pods"], in: laboratory)
                let quiet = try #require(Self.row(try await observation.next(2), "quiet"))
                #expect(quiet["cpu_ratio"].double != nil)
                pod.close()
                let gone = try await observation.settled(within: .seconds(5)) { Self.row($0, "quiet")?["cpu_ratio"] == .null }
                let row = try #require(Self.row(gone, "quiet"))
                #expect(row["cpu_ratio"] == .null && row["reasons"]["cpu_ratio"] == .string("its cgroup has ended"))
                try await observation.finish()
            }
        }
    }
}
