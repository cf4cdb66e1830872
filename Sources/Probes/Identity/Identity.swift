// Who owns a cgroup, told from this node alone: cgroup id → path → pod UID and container → names from the pod logs; else
// the systemd unit. Says each answer once, and again when a better one is known. Remembers what ended while it is asked for.

import Aggregation

struct Identity: ~Copyable {
    let tree: CgroupTree
    private var logs: PodLogs
    private var known: [UInt64: Entry] = [:]
    private var made = MadeCgroups()
    /// Grows with each cgroup that becomes known or is forgotten.
    private(set) var generation: UInt64 = 0
    /// Inode number of the host's network namespace: what has it does not have addresses of its own.
    private let hostNetns: UInt64?

    private struct Entry {
        var path: CgroupPath
        var cgroupPath: String
        var files: Files?
        var owner: Owner
        var isNamed: Bool
        var addresses: Set<Address> = []
        /// Looked at again until then: a pod's address or name may come a moment after its first socket.
        var settledAt: UInt64
        var askedAt: UInt64
    }

    private var scannedAt: UInt64 = 0
    /// Cgroups remembered. Half of what the engine keeps: it never forgets one that is not told again.
    private static let limit = Limits.owners / 2
    private static let scanPeriod: UInt64 = 10_000_000_000
    /// Addresses remembered for one cgroup.
    private static let addressLimit = 64
    /// How often a named owner is looked at again for its addresses, nanoseconds. One without a name is at each reading of the logs.
    private static let askPeriod: UInt64 = 1_000_000_000
    /// How long a new owner is looked at again, nanoseconds.
    private static let settling: UInt64 = 15_000_000_000

    init(hostRoot: String?) throws(ProbeError) {
        tree = try CgroupTree(hostRoot: hostRoot)
        logs = PodLogs(hostRoot: hostRoot)
        hostNetns = SmallFile.inode("/proc/1/ns/net") ?? SmallFile.inode("/proc/self/ns/net")
    }

    /// Addresses of this node's pods and containers.
    var localAddresses: Set<Address> { known.values.reduce(into: []) { $0.formUnion($1.addresses) } }

    /// How the two lowest sources of names fare: the cgroups' paths and the pod logs.
    func sources(_ place: Place) -> [SourceSample] {
        var pods: Set<String> = []
        var containers = 0
        var units: Set<String> = []
        for entry in known.values {
            switch entry.owner.kind {
            case .pod: pods.insert(entry.owner.key)
            case .container: containers += 1
            case .unit: units.insert(entry.owner.key)
            case .process, .cgroup, .other: break
            }
        }
        return [tree.source(pods: pods.count, containers: containers, units: units.count, place), logs.source]
    }

    /// Called with each cgroup of a sample, before the sample is told.
    mutating func introduce(_ cgroup: UInt64, now: UInt64, _ tell: (Event) -> Void) {
        guard cgroup != 0, cgroup != tree.rootID else { return }
        if var entry = known[cgroup] {
            guard now < entry.settledAt, now &- entry.askedAt > (entry.isNamed ? Identity.askPeriod : PodLogs.period) else { return }
            entry.askedAt = now
            settle(&entry, cgroup, now, tell)
            known[cgroup] = entry
            return
        }
        if known.count >= Identity.limit { forgetEnded() }
        generation += 1
        guard let path = tree.path(of: cgroup) ?? made[cgroup] else {
            let owner = Owner(kind: .cgroup, key: "cgroup:\(cgroup)", workload: "cgroup \(cgroup) (ended)")
            known[cgroup] = Entry(path: CgroupPath(""), cgroupPath: "", owner: owner, isNamed: true, settledAt: 0, askedAt: now)
            tell(.owner(cgroup: cgroup, owner))
            return
        }
        var entry = Entry(
            path: CgroupPath(path), cgroupPath: path, files: Files(path), owner: Owner(kind: .cgroup, key: "path:" + path, workload: path),
            isNamed: false, settledAt: now + Identity.settling, askedAt: now)
        settle(&entry, cgroup, now, tell)
        known[cgroup] = entry
    }

    /// What the kernel said when a cgroup was made. Whoever was told of as ended is introduced anew with its next sample.
    mutating func remember(_ cgroup: UInt64, path: String) {
        made.insert(cgroup, path: path)
        if let entry = known[cgroup], entry.cgroupPath.isEmpty { known[cgroup] = nil }
    }

    /// A workload's directory in the tree, from its root: of a pod the one above its containers.
    struct Files {
        var path: String
        var isPod: Bool
        /// The name of the directory in it by which it is known.
        var container: String?

        /// Nil for the root, and for what only watches a container.
        init?(_ cgroupPath: String) {
            guard cgroupPath.utf8.count > 1, let (path, isPod) = CgroupPath.workload(cgroupPath) else { return nil }
            self.path = path
            self.isPod = isPod
            container =
                isPod
                ? cgroupPath.utf8.dropFirst(path.utf8.count).split(separator: UInt8(ascii: "/")).first.map { String(Substring($0)) } : nil
        }
    }

    /// Everybody that has files of its own.
    var withFiles: [Files] { known.values.compactMap(\.files) }

    /// Introduces the pods that have no socket of their own: their addresses name peers, too. Looks every ten seconds.
    mutating func introducePods(now: UInt64, _ tell: (Event) -> Void) {
        guard scannedAt == 0 || now &- scannedAt > Identity.scanPeriod else { return }
        scannedAt = now
        var containers: [UInt64] = []
        tree.walk { path in
            let parsed = CgroupPath(path)
            if parsed.podUID != nil, parsed.containerID != nil, let cgroup = SmallFile.inode(tree.mountPoint + path), known[cgroup] == nil {
                containers.append(cgroup)
            }
            return containers.count < Identity.limit / 2
        }
        for cgroup in containers { introduce(cgroup, now: now, tell) }
    }

    /// The same, with an address that a connection of the cgroup has: the surest way to a pod's address, which also tells
    /// of pods whose processes are gone before anyone looks.
    mutating func introduce(_ cgroup: UInt64, at address: Address, in netns: UInt32, now: UInt64, _ tell: (Event) -> Void) {
        introduce(cgroup, now: now, tell)
        guard var entry = known[cgroup], entry.owner.kind == .pod || entry.owner.kind == .container, UInt64(netns) != hostNetns,
            !address.isUnspecified, !address.isLoopback, !address.isLinkLocal, entry.addresses.count < Identity.addressLimit
        else { return }
        guard entry.addresses.insert(address).inserted else { return }
        known[cgroup] = entry
        tell(.address(address, cgroup: cgroup))
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
        guard let netns = SmallFile.inode("/proc/\(process)/ns/net"), netns != hostNetns else { return }
        for address in NamespaceAddresses.of(process: process) where entry.addresses.count < Identity.addressLimit {
            if entry.addresses.insert(address).inserted { tell(.address(address, cgroup: cgroup)) }
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
        if let machine = path.machine {
            return (Owner(kind: .container, key: "machine:" + machine, workload: machine, container: machine), true)
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
        if known.count >= Identity.limit { known.removeAll() }
    }
}
