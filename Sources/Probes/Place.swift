// Where podglass runs: on the node, in a pod with the node's processes, or in a container that sees only its own. Told from
// namespaces, cgroup paths and mounts (namespaces(7), proc_pid_mountinfo(5)); it decides where the node's own files and network
// namespace are looked for, and what `doctor` says about them.

import Glibc

package struct Place: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// Outside of any container, or on a node that is a container itself (kind, k3d).
        case node
        /// In a container with the node's PID namespace: `kubectl debug node`.
        case debugPod
        /// In a container with processes of its own: an ephemeral container of one pod, docker run.
        case container
    }

    package var kind: Kind
    /// Below which the node's own files are, where podglass is in a container and they are there.
    package var root: String?
    /// The pod that this container belongs to, as the kubelet's mounts have it.
    package var podUID: String?
    /// Whether there are cgroup v1 hierarchies with controllers.
    package var hasOldHierarchies: Bool

    package init(_ kind: Kind, root: String? = nil, podUID: String? = nil, hasOldHierarchies: Bool = false) {
        self.kind = kind
        self.root = root
        self.podUID = podUID
        self.hasOldHierarchies = hasOldHierarchies
    }

    /// What is read, so that a test can say it.
    struct Facts {
        var pidNamespace: UInt64?
        var cgroupNamespace: UInt64?
        var ownCgroup = ""
        /// Of process 1.
        var firstCgroup = ""
        var firstCommand = ""
        var mountinfo = ""
        /// Whether a runtime left its file at the root: /.dockerenv, /run/.containerenv.
        var hasContainerFile = false
        /// Roots below which there is a node's file system.
        var roots: [String] = []
    }

    /// The first namespaces have fixed numbers (include/uapi/linux/nsfs.h, before that proc_ns.h).
    private static let firstPID: UInt64 = 0xefff_fffc
    private static let firstCgroup: UInt64 = 0xefff_fffb
    static let firstNetwork: UInt64 = 0xefff_fff9

    package static func read(hostRoot: String?) -> Place {
        var facts = Facts()
        facts.pidNamespace = SmallFile.inode("/proc/self/ns/pid")
        facts.cgroupNamespace = SmallFile.inode("/proc/self/ns/cgroup")
        facts.ownCgroup = SmallFile.read("/proc/self/cgroup") ?? ""
        facts.firstCgroup = SmallFile.read("/proc/1/cgroup") ?? ""
        facts.firstCommand = (SmallFile.read("/proc/1/comm") ?? "").split(separator: "\n").first.map(String.init) ?? ""
        facts.mountinfo = SmallFile.read("/proc/self/mountinfo") ?? ""
        facts.hasContainerFile = ["/.dockerenv", "/run/.containerenv"].contains { SmallFile.inode($0) != nil }
        facts.roots = [hostRoot, "/host", "/proc/1/root"].compactMap { $0 }.filter { SmallFile.inode($0 + "/etc") != nil }
        return Place(facts)
    }

    init(_ facts: Facts) {
        let mounts = facts.mountinfo.split(separator: "\n").map { $0.split(separator: " ") }
        // 812 790 259:1 /var/lib/kubelet/pods/<uid>/containers/<name>/<n> /dev/termination-log rw - ext4 /dev/root rw
        let log = mounts.first { $0.count > 4 && $0[4] == "/dev/termination-log" }
        let parts = log?[3].split(separator: "/") ?? []
        podUID = parts.firstIndex(of: "pods").flatMap { parts.indices.contains($0 + 1) ? String(parts[$0 + 1]) : nil }
        hasOldHierarchies = mounts.contains { fields in
            guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.endIndex, fields[dash + 1] == "cgroup" else { return false }
            return !fields[dash + 3].contains("name=")
        }
        let ownPath = Place.cgroup2Path(facts.ownCgroup)
        let firstPath = Place.cgroup2Path(facts.firstCgroup)
        // A machine made from a container's image may have the runtime's file.
        let isContainer =
            log != nil || CgroupPath(ownPath).containerID != nil || facts.cgroupNamespace.map { $0 != Place.firstCgroup } == true
            || facts.hasContainerFile && facts.pidNamespace != Place.firstPID
        // A pod with shareProcessNamespace has another of its containers at number 1; a node in a container has its init there.
        let isOutside = firstPath.hasPrefix("/..") && CgroupPath(firstPath).containerID == nil
        let seesNode = facts.pidNamespace == Place.firstPID || isOutside
        let isNested = log == nil && ["systemd", "init"].contains(facts.firstCommand) && !seesNode
        if !isContainer || isNested {
            kind = .node
        } else {
            kind = seesNode ? .debugPod : .container
        }
        root =
            switch kind {
            case .node: nil
            case .debugPod: facts.roots.first
            // Its own first process is no way to the node.
            case .container: facts.roots.first { $0 != "/proc/1/root" }
            }
    }

    /// The path in "0::/path".
    private static func cgroup2Path(_ text: String) -> String {
        text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) } ?? ""
    }

    /// One sentence for a person.
    package var sentence: String {
        switch kind {
        case .node: "on the node itself"
        case .debugPod:
            root.map { "in a container with the node's processes, its files under \($0)" }
                ?? "in a container with the node's processes, without its files"
        case .container:
            podUID.map { "in a container of the pod \($0), which has processes of its own" }
                ?? "in a container that has processes of its own"
        }
    }

    /// What is out of reach from here, and what helps; nil where nothing is.
    package var limitation: String? {
        switch kind {
        case .node: nil
        case .debugPod:
            root == nil ? "mount the node's root at /host: names of pods come from its files" : nil
        case .container:
            "without the node's PID namespace (hostPID) the processes, names and older connections of other pods are out of reach; "
                + "kubectl debug node/NODE -it --profile=sysadmin --image=podglass sees them"
        }
    }

    /// Where the host's network namespace is.
    var hostNetwork: Translations.Namespace {
        let own = SmallFile.inode("/proc/self/ns/net")
        var files = kind == .container ? [] : ["/proc/1/ns/net"]
        if let root, root != "/proc/1/root" { files.append(root + "/proc/1/ns/net") }
        for file in files {
            if let inode = SmallFile.inode(file) { return inode == own ? .own : .file(file) }
        }
        if kind == .node || own == Place.firstNetwork { return .own }
        return .unreachable(
            kind == .container
                ? "the host's network namespace is out of reach from this container; kubectl debug node reaches it"
                : "the host's network namespace may not be looked at: that takes CAP_SYS_PTRACE (docs/rights.md)")
    }
}
