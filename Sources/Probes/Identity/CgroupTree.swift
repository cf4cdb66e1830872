// The cgroup2 tree: from the id that a socket carries to the path of its directory. The id is the directory's inode
// number, and the kernel opens a directory by it (open_by_handle_at with a kernfs handle), so nothing is searched; where
// that is refused the tree is walked.

import Aggregation
import CLinux
import Glibc

struct CgroupTree: ~Copyable {
    /// Where the tree is mounted: /sys/fs/cgroup, its unified folder on hybrid hosts, or either under the host's root.
    let mountPoint: String
    let rootID: UInt64
    private let descriptor: FileDescriptor

    /// Finds the tree in mountinfo; in a debug pod the host's own is under /host or /proc/1/root.
    init(hostRoot: String?) throws(ProbeError) {
        var candidates: [String] = []
        if let hostRoot { candidates.append(contentsOf: CgroupTree.usual.map { hostRoot + $0 }) }
        candidates.append(contentsOf: CgroupTree.mountPoints(SmallFile.read("/proc/self/mountinfo") ?? ""))
        for root in ["/host", "/proc/1/root", ""] { candidates.append(contentsOf: CgroupTree.usual.map { root + $0 }) }
        for path in candidates where CgroupTree.isCgroup2(path) {
            guard let descriptor = FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY), let inode = SmallFile.inode(path) else {
                continue
            }
            mountPoint = path
            rootID = inode
            self.descriptor = descriptor
            return
        }
        throw ProbeError(
            operation: "find", subject: "the cgroup2 tree", errno: 0,
            advice: "in a container mount the node's root at /host, as kubectl debug node/NODE does; on a node mount the tree "
                + "(mount -t cgroup2 none /sys/fs/cgroup/unified), or give the node's root with --host-root")
    }

    private static let usual = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]

    private static func isCgroup2(_ path: String) -> Bool { podglass_is_cgroup2(path) == 1 }

    /// Mount points of type cgroup2 (proc(5), mountinfo: the type follows the separator "-"). The host's own tree first:
    /// one whose root is "/" rather than a namespace's part of it.
    static func mountPoints(_ mountinfo: String) -> [String] {
        var whole: [String] = []
        var parts: [String] = []
        for line in mountinfo.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.endIndex, fields[dash + 1] == "cgroup2", fields.count > 5
            else { continue }
            if fields[3] == "/" { whole.append(String(fields[4])) } else { parts.append(String(fields[4])) }
        }
        return whole + parts
    }

    /// The tree's root, open for as long as the tree is.
    var rootDescriptor: Int32 { descriptor.raw }

    /// The path of a cgroup below the tree's root, "/" first; nil where it is gone.
    func path(of id: UInt64) -> String? {
        guard id != rootID else { return "/" }
        let opened = podglass_open_cgroup(descriptor.raw, id)
        guard opened >= 0 else { return errno == ESTALE ? nil : search(for: id) }
        let directory = FileDescriptor(owning: opened)
        guard let link = SmallFile.link("/proc/self/fd/\(directory.raw)") else { return nil }
        if link.hasSuffix(" (deleted)") { return nil }
        if link.hasPrefix(mountPoint) { return String(link.dropFirst(mountPoint.utf8.count)) }
        return link
    }

    private func search(for id: UInt64) -> String? {
        var found: String?
        walk { path in
            if SmallFile.inode(mountPoint + path) == id { found = path }
            return found == nil
        }
        return found
    }

    /// Visits the tree's directories, parents first, at most `walkLimit`; `visit` says whether to go on.
    func walk(_ visit: (String) -> Bool) {
        var waiting = [""]
        var visited = 0
        while let path = waiting.popLast(), visited < CgroupTree.walkLimit, visit(path) {
            visited += 1
            let room = CgroupTree.walkLimit - waiting.count
            for name in SmallFile.directories(in: mountPoint + path, limit: room) ?? [] { waiting.append(path + "/" + name) }
        }
    }

    static let walkLimit = 20_000

    /// A process in the cgroup or directly below it, to reach its network namespace; nil where there is none.
    func anyProcess(in path: String) -> Int32? {
        guard let text = SmallFile.read(mountPoint + path + "/cgroup.procs") else { return nil }
        for line in text.split(separator: "\n") {
            if let pid = Int32(line), pid > 0 { return pid }
        }
        return nil
    }
}

extension CgroupTree {
    /// Whether this is the whole tree: the root's directory is the first that the kernel made. In a cgroup namespace it is a part.
    var isWhole: Bool { rootID == 1 }

    /// Whether the kernel opens a cgroup by its id, so that nothing has to be searched.
    private var opensByID: Bool {
        let opened = podglass_open_cgroup(rootDescriptor, rootID)
        if opened >= 0 { close(opened) }
        return opened >= 0
    }

    /// How this source of names fares.
    func source(pods: Int, containers: Int, units: Int, _ place: Place) -> SourceSample {
        var sample = SourceSample(name: "cgroup path", place: mountPoint, state: .works)
        sample.gave = [counted(pods, "pod"), counted(containers, "container"), counted(units, "unit")].joined(separator: ", ")
        sample.reason =
            if !isWhole {
                "only this container's part of the tree: others have no names and no requests; mount the node's root at /host"
            } else if !opensByID {
                "no CAP_DAC_READ_SEARCH: each new cgroup is searched for in the tree"
            } else if place.hasOldHierarchies, pods + containers == 0 {
                "cgroup v1 holds the controllers here: a runtime that makes no cgroup2 directories has its sockets shown by process"
            } else {
                nil
            }
        if sample.reason != nil { sample.state = .degraded }
        return sample
    }
}

/// "1 pod", "12 pods".
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count) " + (count == 1 ? one : many ?? one + "s")
}
