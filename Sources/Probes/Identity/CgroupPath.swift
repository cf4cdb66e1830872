// What a cgroup's path says about its owner. Pure text, so that every layout the field knows is a line in a test:
// systemd and cgroupfs drivers, guaranteed, burstable and best-effort pods, containerd, CRI-O, docker, podman, LXC.
// Layouts after the kubelet's cgroup_manager_linux.go and the runtimes' own naming.

import Aggregation

struct CgroupPath: Equatable {
    var podUID: String?
    var containerID: String?
    /// A container that its path names: of LXC, LXD, Proxmox, systemd-nspawn.
    var machine: String?
    /// The innermost systemd unit: a .service, .scope or the slice itself.
    var unit: String?

    init(_ path: String) {
        // Users may make directories in slices of their own, whatever they call them: a pod is never there.
        let isUsers = path.hasPrefix("/user.slice/")
        var parent: Substring = ""
        for component in path.split(separator: "/") {
            defer { parent = component }
            if !isUsers, let uid = CgroupPath.podUID(in: component) {
                podUID = uid
                // The container around it is a node (kind).
                containerID = nil
            } else if !isUsers, let name = CgroupPath.machine(in: component, below: parent) {
                machine = name
            } else if let identifier = CgroupPath.containerID(in: component) {
                containerID = identifier
                // docker under systemd: a container's scope is not a unit anyone started.
                unit = nil
                if podUID != nil { break }
            } else if containerID == nil, component.hasSuffix(".service") || component.hasSuffix(".scope") || component.hasSuffix(".socket")
            {
                unit = String(component)
            }
        }
        if podUID != nil { unit = nil }
        if podUID != nil || containerID != nil { machine = nil }
    }

    /// The directory that holds a whole workload: of a pod the one above its containers, of a container its outermost, else the
    /// path itself. Nil for what only watches a container.
    static func workload(_ path: String) -> (path: String, isPod: Bool)? {
        let isUsers = path.hasPrefix("/user.slice/")
        var container: Substring?
        for component in path.split(separator: "/") {
            if !isUsers, podUID(in: component) != nil { return (String(path[..<component.endIndex]), true) }
            if container == nil, containerID(in: component) != nil { container = component }
        }
        guard let container else { return (path, false) }
        return container.contains("-conmon-") ? nil : (String(path[..<container.endIndex]), false)
    }

    /// "lxc.payload.<name>", "lxc/<name>", "systemd-nspawn@<name>.service".
    private static func machine(in component: Substring, below parent: Substring) -> String? {
        let name: Substring =
            if component.hasPrefix("lxc.payload.") {
                component.dropFirst("lxc.payload.".count)
            } else if component.hasPrefix("systemd-nspawn@"), component.hasSuffix(".service") {
                component.dropFirst("systemd-nspawn@".count).dropLast(".service".count)
            } else if parent == "lxc" {
                component
            } else {
                ""
            }
        return name.isEmpty ? nil : String(name)
    }

    /// "pod<uid>" (cgroupfs) or "kubepods-burstable-pod<uid with underscores>.slice" (systemd), which begins with the slices
    /// above it where the kubelet has a root of its own: "kubelet-kubepods-…" (kind).
    private static func podUID(in component: Substring) -> String? {
        var rest = component
        if rest.hasSuffix(".slice") {
            guard rest.hasPrefix("kubepods") || rest.lastRange(of: "-kubepods") != nil, let range = rest.lastRange(of: "-pod") else {
                return nil
            }
            rest = rest[range.upperBound...].dropLast(".slice".count)
        } else {
            guard rest.hasPrefix("pod") else { return nil }
            rest = rest.dropFirst(3)
        }
        let uid = String(rest.map { $0 == "_" ? "-" : $0 })
        let isUID = uid.utf8.count == 36 && uid.allSatisfy { $0.isHexDigit || $0 == "-" }
        // Static pods carry the hash of their manifest instead of a UID.
        let isHash = uid.utf8.count == 32 && uid.allSatisfy(\.isHexDigit)
        return isUID || isHash ? uid : nil
    }

    /// "<64 hex>", "cri-containerd-<64 hex>.scope", "crio-…", "docker-…", "libpod-…", "nerdctl-…".
    private static func containerID(in component: Substring) -> String? {
        var rest = component
        if rest.hasSuffix(".scope") { rest = rest.dropLast(".scope".count) }
        if let dash = rest.lastIndex(of: "-") {
            let runtime = rest[..<dash]
            guard runtime.split(separator: "-").allSatisfy({ $0.allSatisfy { $0.isLetter || $0.isNumber } }) else { return nil }
            // crio-conmon-<id> holds the monitor, not the container; it still names the same container.
            rest = rest[rest.index(after: dash)...]
        }
        return rest.utf8.count == 64 && rest.allSatisfy(\.isHexDigit) ? String(rest) : nil
    }
}

extension Substring {
    fileprivate func lastRange(of text: String) -> Range<Index>? {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
        }
        return nil
    }
}
