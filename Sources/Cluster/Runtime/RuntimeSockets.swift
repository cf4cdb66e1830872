// Where container runtimes listen: one table, looked for under every place that the node's file system may be at. Looking is
// a stat of each, nothing is opened.

import CLinux
import Glibc

struct RuntimeSocket: Sendable, Hashable {
    var path: String
    /// Two paths may lead to the same socket.
    var device: UInt64
    var inode: UInt64
}

enum RuntimeSockets {
    /// The Container Runtime Interface, by distribution.
    static let runtimes: [(who: String, path: String)] = [
        ("containerd", "/run/containerd/containerd.sock"),
        ("k3s", "/run/k3s/containerd/containerd.sock"),
        ("k0s", "/run/k0s/containerd.sock"),
        ("microk8s", "/var/snap/microk8s/common/run/containerd.sock"),
        ("CRI-O", "/run/crio/crio.sock"),
        ("CRI-O", "/var/run/crio/crio.sock"),
        ("cri-dockerd", "/run/cri-dockerd.sock"),
    ]

    /// The Docker Engine API.
    static let engines: [(who: String, path: String)] = [
        ("docker", "/run/docker.sock"),
        ("podman", "/run/podman/podman.sock"),
    ]

    /// In a debug pod the node is at /host; with the node's processes in sight, at the first one's root.
    static func roots(_ hostRoot: String?) -> [String] {
        var roots = ["", "/host", "/proc/1/root"]
        if let hostRoot {
            let root = hostRoot == "/" ? "" : hostRoot.hasSuffix("/") ? String(hostRoot.dropLast()) : hostRoot
            roots.removeAll { $0 == root }
            roots.insert(root, at: 0)
        }
        return roots
    }

    /// Those that are there, each once, by its first path.
    static func find(_ table: [(who: String, path: String)], under roots: [String]) -> [RuntimeSocket] {
        var found: [RuntimeSocket] = []
        for root in roots {
            for (_, path) in table {
                guard let socket = socket(root + path) else { continue }
                guard !found.contains(where: { $0.device == socket.device && $0.inode == socket.inode }) else { continue }
                found.append(socket)
            }
        }
        return found
    }

    static func socket(_ path: String) -> RuntimeSocket? {
        var (device, inode): (UInt64, UInt64) = (0, 0)
        return podglass_is_socket(path, &device, &inode) != 0 ? RuntimeSocket(path: path, device: device, inode: inode) : nil
    }

    /// Connecting to a socket asks for the right to write to it.
    static func mayConnect(_ path: String) -> Bool {
        faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || errno != EACCES
    }
}
