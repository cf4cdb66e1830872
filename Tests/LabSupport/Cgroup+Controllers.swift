// Limits of a laboratory's pod, and what the kernel's own files say of it: in the cgroup2 tree where it has the controller, else
// in the tree of version 1 that has it, under the same path.

import Foundation

extension Cgroup {
    package enum Controller: String, Sendable, CaseIterable {
        case cpu, memory
    }

    /// Where a controller's files are; nil where this machine gives it to nobody.
    struct Tree: Sendable {
        let root: String
        let isFirst: Bool
    }

    /// Why a test of this controller cannot run; nil where it can.
    package static func missing(_ controller: Controller) -> String? {
        tree(of: controller) == nil ? "needs the \(controller.rawValue) controller, of cgroup2 or of version 1" : nil
    }

    static func tree(of controller: Controller) -> Tree? {
        guard let mount = Cgroup.mount else { return nil }
        let owned = (try? String(contentsOfFile: mount + "/cgroup.controllers", encoding: .utf8)) ?? ""
        if owned.split(whereSeparator: \.isWhitespace).contains(Substring(controller.rawValue)) { return Tree(root: mount, isFirst: false) }
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count, fields[dash + 1] == "cgroup", fields[3] == "/",
                fields[dash + 3].split(separator: ",").contains(Substring(controller.rawValue))
            else { continue }
            return Tree(root: String(fields[4]), isFirst: true)
        }
        return nil
    }

    /// Makes the directories of `path` (from the cgroup2 tree's root) that a controller needs; returns those it made.
    static func make(_ path: String, for controller: Controller) throws -> [String] {
        guard let tree = tree(of: controller) else { throw LabError("no tree has the controller \(controller.rawValue)") }
        var directory = tree.root
        var made: [String] = []
        for name in path.split(separator: "/") {
            if !tree.isFirst { try write("+" + controller.rawValue, to: directory + "/cgroup.subtree_control") }
            directory += "/" + name
            if mkdir(directory, 0o755) == 0 {
                made.append(directory)
            } else if errno != EEXIST {
                throw LabError("cannot make the cgroup \(directory): \(String(cString: strerror(errno)))")
            }
        }
        return made
    }

    private static func write(_ text: String, to file: String) throws {
        let descriptor = open(file, O_WRONLY)
        defer { _ = Foundation.close(descriptor) }
        guard descriptor >= 0, Foundation.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw LabError("cannot write \(text) to \(file): \(String(cString: strerror(errno)))")
        }
    }

    /// Of the container: a share of a processor, 1 is a whole one, in periods of 100 ms.
    package func limitProcessors(to share: Double) throws {
        guard let tree = Cgroup.tree(of: .cpu) else { return }
        let directory = tree.root + relativePath
        let quota = Int(share * 100_000)
        if tree.isFirst {
            try Cgroup.write("100000", to: directory + "/cpu.cfs_period_us")
            try Cgroup.write("\(quota)", to: directory + "/cpu.cfs_quota_us")
        } else {
            try Cgroup.write("\(quota) 100000", to: directory + "/cpu.max")
        }
    }

    /// Of the whole pod.
    package func limitMemory(to bytes: Int) throws {
        guard let tree = Cgroup.tree(of: .memory) else { return }
        let directory = tree.root + podPath
        try Cgroup.write("\(bytes)", to: directory + (tree.isFirst ? "/memory.limit_in_bytes" : "/memory.max"))
        if !tree.isFirst, access(directory + "/memory.swap.max", F_OK) == 0 { try Cgroup.write("0", to: directory + "/memory.swap.max") }
    }

    /// What the kernel counted of the container's limit.
    package var periods: (all: Int, throttled: Int) {
        let file = (Cgroup.tree(of: .cpu)?.root ?? "") + relativePath + "/cpu.stat"
        return (Cgroup.value("nr_periods", in: file), Cgroup.value("nr_throttled", in: file))
    }

    /// What the whole pod uses, less inactive file pages; bytes.
    package var workingSet: Int {
        guard let tree = Cgroup.tree(of: .memory) else { return 0 }
        let directory = tree.root + podPath
        let used = try? String(contentsOfFile: directory + (tree.isFirst ? "/memory.usage_in_bytes" : "/memory.current"), encoding: .utf8)
        let inactive = Cgroup.value(tree.isFirst ? "total_inactive_file" : "inactive_file", in: directory + "/memory.stat")
        return (Int(used?.dropLast() ?? "") ?? 0) - inactive
    }

    /// Processes killed for want of memory.
    package var kills: Int {
        guard let tree = Cgroup.tree(of: .memory) else { return 0 }
        return Cgroup.value("oom_kill", in: tree.root + relativePath + (tree.isFirst ? "/memory.oom_control" : "/memory.events"))
    }

    private var podPath: String { (relativePath as NSString).deletingLastPathComponent }

    private static func value(_ key: String, in file: String) -> Int {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + " ") }
        return line.flatMap { Int($0.dropFirst(key.count + 1)) } ?? 0
    }
}
