// Trees of cgroup files written by hand, and what is read of them.

import Aggregation
import Foundation
import Testing

@testable import Probes

@Suite struct UsageReaderTests {
    private static let pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod11111111_2222_3333_4444_555555555555.slice"
    private static func scope(_ digit: Character) -> String { "/cri-containerd-" + String(repeating: digit, count: 64) + ".scope" }

    /// A directory with trees in it, gone with the test.
    private struct Trees: ~Copyable {
        let root = NSTemporaryDirectory() + "/podglass-usage-\(UUID().uuidString)"
        var unified: String { root + "/unified" }

        func write(_ tree: String, _ path: String, _ files: [String: String]) throws {
            let directory = root + "/" + tree + path
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name)) }
        }

        func remove(_ tree: String, _ path: String) throws { try FileManager.default.removeItem(atPath: root + "/" + tree + path) }

        /// The inode, which is a cgroup's id.
        func cgroup(_ path: String) -> UInt64 { SmallFile.inode(unified + path) ?? 0 }

        var second: ControllerTrees { ControllerTrees(unified: unified, cpu: nil, memory: nil) }
        var hybrid: ControllerTrees { ControllerTrees(unified: unified, cpu: root + "/cpu", memory: root + "/memory") }

        deinit { try? FileManager.default.removeItem(atPath: root) }
    }

    private func read(_ reader: inout UsageReader, at second: UInt64 = 1) -> [UsageSample] {
        var samples: [UsageSample] = []
        reader.read(second * 1_000_000_000) { samples.append($0) }
        return samples
    }

    private func places(_ path: String) -> [Identity.Files] { Identity.Files(path).map { [$0] } ?? [] }

    private static func cpu(_ usage: Int, periods: Int, throttled: Int) -> String {
        "usage_usec \(usage)\nnr_periods \(periods)\nnr_throttled \(throttled)\nthrottled_usec 0\n"
    }

    @Test("a pod of cgroup2: the pod's own files, and its containers' throttling") func second() throws {
        let trees = Trees()
        try trees.write(
            "unified", Self.pod,
            [
                "cpu.stat": Self.cpu(1_500, periods: 0, throttled: 0), "memory.current": "9000\n",
                "memory.stat": "anon 5\ninactive_file 2000\n", "memory.max": "64000\n", "memory.events": "oom 4\noom_kill 3\n",
                "memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\n",
            ])
        try trees.write("unified", Self.pod + Self.scope("a"), ["cpu.stat": Self.cpu(1_000, periods: 10, throttled: 4)])
        try trees.write("unified", Self.pod + Self.scope("b"), ["cpu.stat": Self.cpu(500, periods: 30, throttled: 0)])
        var reader = UsageReader(trees.second)
        reader.follow(places(Self.pod + Self.scope("a")), generation: 1)
        let sample = try #require(read(&reader).first)
        #expect(sample.cgroup == trees.cgroup(Self.pod))
        #expect(sample.cpu == 1_500_000)
        #expect(sample.memory == 7_000)
        #expect(sample.memoryLimit == 64_000)
        #expect(sample.memoryKills == 3)
        #expect(sample.memoryStall == 77)
        #expect(sample.periods == 40 && sample.throttledPeriods == 4)
    }

    @Test("a pod of a hybrid node: the trees of version 1 where cgroup2 has no controllers") func hybrid() throws {
        let trees = Trees()
        try trees.write("unified", Self.pod, ["cpu.stat": "usage_usec 1500\n"])
        try trees.write("unified", Self.pod + Self.scope("a"), ["cpu.stat": "usage_usec 1500\n"])
        try trees.write("cpu", Self.pod, ["cpu.stat": "nr_periods 20\nnr_throttled 5\nthrottled_time 1\n"])
        try trees.write("cpu", Self.pod + Self.scope("a"), ["cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n"])
        try trees.write(
            "memory", Self.pod,
            [
                "memory.usage_in_bytes": "9000\n", "memory.stat": "inactive_file 1\ntotal_inactive_file 10000\n",
                "memory.limit_in_bytes": "9223372036854771712\n", "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
            ])
        try trees.write("memory", Self.pod + Self.scope("a"), ["memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"])
        var reader = UsageReader(trees.hybrid)
        reader.follow(places(Self.pod + Self.scope("a")), generation: 1)
        let sample = try #require(read(&reader).first)
        #expect(sample.cpu == 1_500_000)
        // More inactive pages than use: read one after the other, and never below zero.
        #expect(sample.memory == 0)
        #expect(sample.memoryLimit == nil)
        #expect(sample.memoryKills == 2)
        #expect(sample.memoryStall == nil)
        #expect(sample.periods == 20 && sample.throttledPeriods == 5)
    }

    @Test("files that are missing, empty or no numbers say nothing, never 0") func garbage() throws {
        let trees = Trees()
        try trees.write("unified", "/system.slice/a.service", ["cpu.stat": "", "memory.current": "many\n", "memory.max": "max\n"])
        var reader = UsageReader(trees.second)
        let cgroup = trees.cgroup("/system.slice/a.service")
        reader.follow(places("/system.slice/a.service"), generation: 1)
        let sample = try #require(read(&reader).first)
        #expect(sample == UsageSample(cgroup: cgroup, read: sample.read))
    }

    @Test("a container that ends takes nothing back, and one that comes adds what it counts") func restart() throws {
        let trees = Trees()
        try trees.write("unified", Self.pod, ["cpu.stat": Self.cpu(1, periods: 0, throttled: 0)])
        try trees.write("unified", Self.pod + Self.scope("a"), ["cpu.stat": Self.cpu(1, periods: 100, throttled: 50)])
        let known = places(Self.pod)
        var reader = UsageReader(trees.second)
        reader.follow(known, generation: 1)
        #expect(read(&reader).first?.periods == 100)
        try trees.remove("unified", Self.pod + Self.scope("a"))
        #expect(read(&reader, at: 2).first?.periods == 100)
        try trees.write("unified", Self.pod + Self.scope("b"), ["cpu.stat": Self.cpu(1, periods: 7, throttled: 7)])
        // Identity met it: what was counted before stays.
        reader.follow(known + places(Self.pod + Self.scope("b")), generation: 2)
        let sample = try #require(read(&reader, at: 3).first)
        #expect(sample.periods == 107 && sample.throttledPeriods == 57)
        // Counters that went back count from zero.
        try trees.write("unified", Self.pod + Self.scope("b"), ["cpu.stat": Self.cpu(1, periods: 2, throttled: 1)])
        #expect(read(&reader, at: 4).first?.periods == 109)
    }

    @Test("what has ended is told once, as nothing") func ended() throws {
        let trees = Trees()
        try trees.write("unified", "/a.service", ["cpu.stat": "usage_usec 5\n"])
        let cgroup = trees.cgroup("/a.service")
        // A file of a cgroup that is removed cannot be read any more, open or not; these can.
        var reader = UsageReader(trees.second, files: OpenFiles(limit: 0))
        reader.follow(places("/a.service"), generation: 1)
        #expect(read(&reader).first?.cpu == 5_000)
        try trees.remove("unified", "/a.service")
        let last = try #require(read(&reader, at: 2).first)
        #expect(last == UsageSample(cgroup: cgroup, read: last.read))
        #expect(read(&reader, at: 3).isEmpty)
        // Started anew it is another cgroup at the same place.
        try trees.write("unified", "/a.service", ["cpu.stat": "usage_usec 1\n"])
        reader.follow(places("/a.service"), generation: 1)
        #expect(read(&reader, at: 4).map(\.cpu) == [1_000])
    }

    @Test("files that cannot stay open are opened again") func crowded() throws {
        let trees = Trees()
        try trees.write(
            "unified", "/a.service", ["cpu.stat": "usage_usec 5\n", "memory.current": "9\n", "memory.stat": "inactive_file 1\n"])
        for limit in 0..<4 {
            let files = OpenFiles(limit: limit)
            var place: UsagePlace? = UsagePlace(
                cgroup: trees.cgroup("/a.service"), path: "/a.service", isPod: false, trees.second, files)
            for _ in 0..<3 {
                let sample = place?.read()
                #expect(sample?.cpu == 5_000 && sample?.memory == 8)
            }
            // What it held is given back.
            place = nil
            for _ in 0..<limit { #expect(files.take()) }
            #expect(!files.take())
        }
    }

    @Test("beyond the budget they take turns, which is counted") func turns() throws {
        let trees = Trees()
        var known: [Identity.Files] = []
        for index in 0..<5 {
            try trees.write("unified", "/\(index).service", ["cpu.stat": "usage_usec 5\n"])
            known += places("/\(index).service")
        }
        var reader = UsageReader(trees.second, budget: 2)
        reader.follow(known, generation: 1)
        var seen: [UInt64: Int] = [:]
        for interval in 1...UInt64(5) {
            let samples = read(&reader, at: interval)
            #expect(samples.count == 2)
            for sample in samples { seen[sample.cgroup, default: 0] += 1 }
        }
        #expect(seen.values.allSatisfy { $0 == 2 } && seen.count == 5)
        #expect(reader.postponed == 15)
    }

    @Test("at most about once a second") func pace() {
        var reader = UsageReader(ControllerTrees(unified: "/nowhere", cpu: nil, memory: nil))
        #expect(reader.isDue(100))
        reader.read(1_000_000_000) { _ in }
        #expect(!reader.isDue(1_100_000_000))
        #expect(reader.isDue(1_990_000_000))
    }

    @Test("controllers are looked for in trees of version 1 only where cgroup2 lacks them") func controllers() throws {
        let trees = Trees()
        try trees.write("unified", "", ["cgroup.controllers": "cpuset cpu memory\n"])
        #expect(ControllerTrees(unified: trees.unified, hostRoot: nil) == trees.second)
        let below = "host/sys/fs/cgroup"
        try trees.write(below + "/unified", "", ["cgroup.controllers": "hugetlb\n"])
        try trees.write(below + "/cpu,cpuacct", "", ["cpu.stat": "", "cpuacct.usage": ""])
        try trees.write(below + "/memory", "", ["memory.usage_in_bytes": "1\n"])
        let host = ControllerTrees(unified: trees.root + "/" + below + "/unified", hostRoot: trees.root + "/host")
        #expect(host.cpu == trees.root + "/host/sys/fs/cgroup/cpu,cpuacct")
        #expect(host.memory == trees.root + "/host/sys/fs/cgroup/memory")
    }

    @Test("mount points of version 1") func mounts() {
        let mountinfo = """
            30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
            31 25 0:27 / /sys/fs/cgroup/cpuset rw,nosuid shared:9 - cgroup cgroup rw,cpuset
            32 25 0:28 /../.. /other/memory rw - cgroup cgroup rw,memory
            33 25 0:28 / /mnt/memory rw - cgroup none rw,memory
            34 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,memory
            garbage
            - cgroup
            """
        #expect(ControllerTrees.mountPoints(mountinfo, of: "cpu") == ["/sys/fs/cgroup/cpu,cpuacct"])
        #expect(ControllerTrees.mountPoints(mountinfo, of: "memory") == ["/mnt/memory"])
        #expect(ControllerTrees.mountPoints("", of: "cpu").isEmpty)
    }
}
