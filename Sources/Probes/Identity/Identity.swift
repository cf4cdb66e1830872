// Who owns a cgroup, told from this node alone: cgroup id → path → pod UID and container → names from the pod logs; else
// the systemd unit. Says each answer once, and again when a better one is known. Remembers what ended while it is asked for.

import Aggregation

struct Identity: ~Copyable {
    let tree: CgroupTree
    private var logs: PodLogs
    private var known: [UInt64: Entry] = [:]
    private let ownNetns: String?

    private struct Entry {
        var path: CgroupPath
        var cgroupPath: String
        var owner: Owner
        var isNamed: Bool
        var addresses: Set<Address> = []
        /// Looked at again until then: a pod's address or name may come a moment after its first socket.
        var settledAt: UInt64
        var askedAt: UInt64
    }

    /// How long a new owner is looked at again, nanoseconds.
    private static let settling: UInt64 = 15_000_000_000

    init(hostRoot: String?) throws(ProbeError) {
        tree = try CgroupTree(hostRoot: hostRoot)
        logs = PodLogs(hostRoot: hostRoot)
        ownNetns = SmallFile.link("/proc/1/ns/net") ?? SmallFile.link("/proc/self/ns/net")
    }

    var podLogsReadable: Bool { logs.isReadable }
    var podCount: Int { known.values.count { $0.owner.kind == .pod } }

    /// Called with each cgroup of a sample, before the sample is told.
    mutating func introduce(_ cgroup: UInt64, now: UInt64, _ tell: (Event) -> Void) {
        guard cgroup != 0, cgroup != tree.rootID else { return }
        if var entry = known[cgroup] {
            guard now < entry.settledAt, now &- entry.askedAt > 1_000_000_000 else { return }
            entry.askedAt = now
            settle(&entry, cgroup, now, tell)
            known[cgroup] = entry
            return
        }
        if known.count >= Limits.owners { forgetEnded() }
        guard let path = tree.path(of: cgroup) else {
            let owner = Owner(kind: .cgroup, key: "cgroup:\(cgroup)", workload: "cgroup \(cgroup) (ended)")
            known[cgroup] = Entry(path: CgroupPath(""), cgroupPath: "", owner: owner, isNamed: true, settledAt: 0, askedAt: now)
            tell(.owner(cgroup: cgroup, owner))
            return
        }
        var entry = Entry(
            path: CgroupPath(path), cgroupPath: path, owner: Owner(kind: .cgroup, key: "path:" + path, workload: path),
            isNamed: false, settledAt: now + Identity.settling, askedAt: now)
        settle(&entry, cgroup, now, tell)
        known[cgroup] = entry
    }

    private mutating func settle(_ entry: inout Entry, _ cgroup: UInt64, _ now: UInt64, _ tell: (Event) -> Void) {
        if !entry.isNamed {
            let (owner, isNamed) = owner(of: entry, now)
            entry.isNamed = isNamed
            entry.owner = owner
            tell(.owner(cgroup: cgroup, owner))
        }
        guard entry.owner.kind == .pod || entry.owner.kind == .container else { return }
        guard let process = tree.anyProcess(in: entry.cgroupPath) else { return }
        // A pod on the host's network has the node's addresses, which are not its own.
        guard let netns = SmallFile.link("/proc/\(process)/ns/net"), netns != ownNetns else { return }
        for address in NamespaceAddresses.of(process: process) where entry.addresses.insert(address).inserted {
            tell(.address(address, cgroup: cgroup))
        }
    }

    private mutating func owner(of entry: Entry, _ now: UInt64) -> (Owner, isNamed: Bool) {
        let path = entry.path
        if let uid = path.podUID {
            let name = logs.name(ofPod: uid, now: now)
            let container = path.containerID.map { logs.name(ofContainer: $0, now: now) ?? String($0.prefix(12)) }
            let owner = Owner(
                kind: .pod, key: "pod:" + uid, workload: name?.pod ?? "pod " + uid, namespace: name?.namespace, pod: name?.pod,
                podUID: uid, container: container, containerID: path.containerID)
            return (owner, name != nil && (path.containerID == nil || container != path.containerID.map { String($0.prefix(12)) }))
        }
        if let id = path.containerID {
            let short = String(id.prefix(12))
            return (Owner(kind: .container, key: "container:" + id, workload: short, container: short, containerID: id), true)
        }
        if let unit = path.unit { return (Owner(kind: .unit, key: "unit:" + entry.cgroupPath, workload: unit), true) }
        let name = entry.cgroupPath.split(separator: "/").last.map(String.init) ?? "/"
        return (Owner(kind: .cgroup, key: "path:" + entry.cgroupPath, workload: name), true)
    }

    private mutating func forgetEnded() {
        for (cgroup, entry) in known where entry.cgroupPath.isEmpty || SmallFile.inode(tree.mountPoint + entry.cgroupPath) != cgroup {
            known[cgroup] = nil
        }
        // Still full of live ones: forget all; each is introduced again with its next sample.
        if known.count >= Limits.owners { known.removeAll() }
    }
}
