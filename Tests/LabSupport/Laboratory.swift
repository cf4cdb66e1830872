// A network without a network: pods in network namespaces, joined by veth pairs to a bridge that lives in a namespace of
// its own, so that nothing touches the machine's interfaces. Each pod has a cgroup and log directories as on a Kubernetes
// node, so that naming works as there (kernel.md, "A network laboratory without a network").
//
// Names carry this process's id, so laboratories of several processes live side by side; what a killed run left behind
// is swept by the next one. `close` takes everything down, also after a failed test: use `withLaboratory`.

import Foundation
import Synchronization

package final class Laboratory {
    /// Begins the name of every namespace: pg<pid>-<number>.
    package let name: String
    /// Scratch, readable by everyone: outputs, server roots, the node's log tree.
    package let directory: String
    /// What podglass is given as --host-root.
    package var hostRoot: String { directory + "/node" }
    package private(set) var pods: [Pod] = []
    /// Made when first asked for: what is on this node and in no pod.
    package private(set) var host: Host?

    let number: Int
    private var isClosed = false
    private static let count = Mutex(0)

    package init() throws {
        number = Laboratory.count.withLock { count in
            count += 1
            return count
        }
        name = "pg\(getpid())-\(number)"
        directory = "\(FileManager.default.temporaryDirectory.path)/\(name)"
        if number == 1 { Laboratory.sweep() }
        try FileManager.default.createDirectory(
            atPath: hostRoot + "/var/log/pods", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try FileManager.default.createDirectory(atPath: hostRoot + "/var/log/containers", withIntermediateDirectories: true)
        do {
            try Program.must(["ip", "netns", "add", bridge], directory: directory)
            try Program.must(["ip", "-n", bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0"], directory: directory)
            try Program.must(["ip", "-n", bridge, "link", "set", "br0", "up"], directory: directory)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// The network namespace that joins the pods: the node's.
    package var bridge: String { name + "-net" }

    /// Adds a host on the bridge that is a pod of this node. `controllers`: what its cgroup can limit.
    package func pod(
        _ podName: String, namespace: String = "default", container: String = "main", controllers: [Cgroup.Controller] = []
    ) throws -> Pod {
        let pod = try Pod(
            name: podName, namespace: namespace, container: container, controllers: controllers, index: pods.count + 1, in: self)
        pods.append(pod)
        return pod
    }

    /// The node itself, as its pods see it: an address on their bridge, and processes in no pod.
    package func node() throws -> Host {
        if let host { return host }
        let made = try Host(in: self)
        host = made
        return made
    }

    /// The first 24 and 64 bits of everybody's addresses. Subnets differ between processes: podglass names a peer by its
    /// address, over the whole node.
    var prefixes: (ipv4: String, ipv6: String) {
        let subnet = (Int(getpid()) &* 31 &+ number) & 0xffff
        return ("10.\(subnet >> 8).\(subnet & 255).", "fd70:67:\(String(subnet, radix: 16))::")
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        host?.close()
        for pod in pods { pod.close() }
        _ = try? Program.must(["ip", "netns", "del", bridge], directory: directory)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Removes what a run left behind whose process is gone.
    private static func sweep() {
        let files = FileManager.default
        let scratch = files.temporaryDirectory.path
        for name in (try? files.contentsOfDirectory(atPath: "/run/netns")) ?? [] where isOrphan(name) {
            _ = try? Program.must(["ip", "netns", "del", name], directory: scratch)
        }
        for name in (try? files.contentsOfDirectory(atPath: scratch)) ?? [] where isOrphan(name) {
            try? files.removeItem(atPath: "\(scratch)/\(name)")
        }
        let trees = Cgroup.Controller.allCases.compactMap { Cgroup.tree(of: $0)?.root }
        if let mount = Cgroup.mount { sweepRuntimes(mount) }
        for tree in Set(trees + [Cgroup.mount].compactMap { $0 }) { sweepCgroups(of: tree) }
    }

    private static func sweepCgroups(of tree: String) {
        let files = FileManager.default
        let slice = tree + "/kubepods.slice/kubepods-burstable.slice"
        for pod in (try? files.contentsOfDirectory(atPath: slice)) ?? [] {
            guard pod.hasPrefix("kubepods-burstable-pod7067"), let digits = pod.dropLast(".slice".count).split(separator: "_").last,
                let pid = pid_t(digits, radix: 16), kill(pid, 0) != 0
            else { continue }
            for scope in (try? files.contentsOfDirectory(atPath: "\(slice)/\(pod)")) ?? [] where scope.hasSuffix(".scope") {
                Cgroup.empty("\(slice)/\(pod)/\(scope)")
                Cgroup.remove("\(slice)/\(pod)/\(scope)")
            }
            rmdir("\(slice)/\(pod)")
        }
    }

    /// Container runtimes and their pods: daemons and shims first, that they start nothing anew.
    private static func sweepRuntimes(_ mount: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: mount)) ?? [] where isOrphan(name) {
            Cgroup.empty("\(mount)/\(name)")
            rmdir("\(mount)/\(name)")
        }
        for uid in Cgroup.runtimePods where uid.hasPrefix("7067") {
            guard let digits = uid.split(separator: "-").last, let pid = pid_t(digits, radix: 16), kill(pid, 0) != 0 else { continue }
            Cgroup.removePod(uid: uid)
        }
    }

    /// True for pg<pid>-… whose process is no more.
    private static func isOrphan(_ name: String) -> Bool {
        guard name.hasPrefix("pg"), let dash = name.firstIndex(of: "-"), let pid = pid_t(name.dropFirst(2).prefix(upTo: dash)) else {
            return false
        }
        return kill(pid, 0) != 0 && errno == ESRCH
    }
}

/// Makes a laboratory, hands it to `body`, and takes it down whatever happens.
package func withLaboratory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Laboratory) async throws -> Result
) async throws -> Result {
    let laboratory = try Laboratory()
    defer { laboratory.close() }
    return try await body(laboratory)
}
