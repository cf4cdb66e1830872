// A pod's directory in the cgroup2 tree, laid out as the kubelet does with its systemd driver. Owned by its Pod, which
// closes it: everything in it was started by the laboratory, so all of it may be killed.

import Foundation

package struct Cgroup: Sendable {
    /// The container's scope: where processes go.
    package let path: String
    /// The same from the tree's root; trees of version 1 have it, too, where controllers were asked for.
    let relativePath: String
    /// Where a process joins it: `cgroup.procs` of each tree.
    let processFiles: [String]
    /// Directories made here, deepest last.
    private let made: [String]

    /// Where the cgroup2 tree is mounted: /sys/fs/cgroup, or below it on hybrid hosts.
    package static let mount: String? = {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            // 41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw (proc_pid_mountinfo(5))
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2" else { continue }
            guard fields[3] == "/" else { continue }
            return fields[4].replacingOccurrences(of: "\\040", with: " ")
        }
        return nil
    }()

    package init(podUID: String, containerID: String, controllers: [Controller] = []) throws {
        guard let mount = Cgroup.mount else { throw LabError("no cgroup2 tree is mounted") }
        let uid = podUID.replacingOccurrences(of: "-", with: "_")
        var made: [String] = []
        var path = mount
        for name in [
            "kubepods.slice", "kubepods-burstable.slice", "kubepods-burstable-pod\(uid).slice",
            "cri-containerd-\(containerID).scope",
        ] {
            path += "/" + name
            if mkdir(path, 0o755) == 0 {
                made.append(path)
            } else if errno != EEXIST {
                throw LabError("cannot make the cgroup \(path): \(String(cString: strerror(errno)))")
            }
        }
        self.path = path
        relativePath = String(path.dropFirst(mount.utf8.count))
        var files = [path + "/cgroup.procs"]
        for controller in controllers {
            guard let tree = Cgroup.tree(of: controller) else { continue }
            made += try Cgroup.make(relativePath, for: controller)
            if tree.isFirst { files.append(tree.root + relativePath + "/cgroup.procs") }
        }
        processFiles = files
        self.made = made
    }

    /// The id by which the kernel's sockets know it.
    package var id: UInt64 {
        var information = stat()
        return stat(path, &information) == 0 ? UInt64(information.st_ino) : 0
    }

    package func close() {
        Cgroup.empty(path)
        for directory in made.reversed() { Cgroup.remove(directory) }
    }

    /// A process that was killed leaves a tree of version 1 a moment later.
    static func remove(_ directory: String) {
        for _ in 0..<100 * Patience.factor {
            if rmdir(directory) == 0 || errno != EBUSY { return }
            // What still has cgroups below it is another laboratory's, too.
            let inside = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            if inside.contains(where: { $0.hasSuffix(".slice") || $0.hasSuffix(".scope") }) { return }
            usleep(10_000)
        }
    }

    /// Kills what runs in it (cgroup.kill since Linux 5.14) and waits until it is empty.
    static func empty(_ path: String) {
        for _ in 0..<300 * Patience.factor {
            let processes = (try? String(contentsOfFile: path + "/cgroup.procs", encoding: .utf8)) ?? ""
            if processes.isEmpty { return }
            for line in processes.split(separator: "\n") {
                if let pid = pid_t(line), pid > 0 { kill(pid, SIGKILL) }
            }
            usleep(10_000)
        }
    }

    /// Ends what runs in a pod that a container runtime made, and removes its cgroup from every hierarchy.
    static func removePod(uid: String) {
        for hierarchy in hierarchies {
            let pod = "\(hierarchy)/kubepods/burstable/pod\(uid)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: pod)) ?? [] where !name.contains(".") {
                empty("\(pod)/\(name)")
                rmdir("\(pod)/\(name)")
            }
            rmdir(pod)
            // Only if it was the last pod.
            rmdir("\(hierarchy)/kubepods/burstable")
            rmdir("\(hierarchy)/kubepods")
        }
    }

    /// Pods of container runtimes that the cgroup2 tree has, by UID.
    static var runtimePods: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: (mount ?? "") + "/kubepods/burstable")) ?? []
        return names.filter { $0.hasPrefix("pod") }.map { String($0.dropFirst(3)) }
    }

    /// Where each hierarchy of version 1 and the cgroup2 tree are mounted.
    private static let hierarchies: [String] = {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1].hasPrefix("cgroup"), fields[3] == "/",
                fields[4].hasPrefix("/sys/fs/cgroup")
            else { return nil }
            return String(fields[4])
        }
    }()
}
