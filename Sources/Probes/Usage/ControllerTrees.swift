// Which tree has the files of which controller. cgroup2 has them, or on hybrid nodes a tree of version 1, in which a cgroup has
// the same path. Found once at the start.
//
// Processor time and pressure are not asked for here: cgroup2 counts both in each of its cgroups, whoever has the controllers.

import Glibc

struct ControllerTrees: Sendable, Equatable {
    /// The cgroup2 tree's mount point.
    let unified: String
    /// Trees of version 1; nil where cgroup2 has the controller, or no tree that can be seen here.
    let cpu: String?
    let memory: String?

    init(unified: String, cpu: String?, memory: String?) {
        self.unified = unified
        self.cpu = cpu
        self.memory = memory
    }

    /// - Parameter hostRoot: where the host's files are; else they are looked for as the cgroup2 tree is.
    init(unified: String, hostRoot: String?) {
        let owned = (SmallFile.read(unified + "/cgroup.controllers") ?? "").split(whereSeparator: \.isWhitespace)
        let mounts = SmallFile.read("/proc/self/mountinfo") ?? ""
        func tree(_ controller: String, _ proof: String) -> String? {
            guard !owned.contains(Substring(controller)) else { return nil }
            let roots = hostRoot.map { [$0] } ?? []
            let candidates =
                ControllerTrees.usual(controller, below: roots) + ControllerTrees.mountPoints(mounts, of: controller)
                + ControllerTrees.usual(controller, below: ["/host", "/proc/1/root", ""])
            return candidates.first { access($0 + "/" + proof, R_OK) == 0 }
        }
        self.init(unified: unified, cpu: tree("cpu", "cpu.stat"), memory: tree("memory", "memory.usage_in_bytes"))
    }

    private static func usual(_ controller: String, below roots: [String]) -> [String] {
        let names = controller == "cpu" ? ["cpu", "cpu,cpuacct", "cpuacct,cpu"] : [controller]
        return roots.flatMap { root in names.map { root + "/sys/fs/cgroup/" + $0 } }
    }

    /// Mount points of the whole tree that has a controller (proc(5), mountinfo: type and options follow the separator "-").
    static func mountPoints(_ mountinfo: String, of controller: String) -> [String] {
        mountinfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash > 4, dash + 3 < fields.endIndex, fields[dash + 1] == "cgroup",
                fields[3] == "/", fields[dash + 3].split(separator: ",").contains(Substring(controller))
            else { return nil }
            return String(fields[4])
        }
    }
}
