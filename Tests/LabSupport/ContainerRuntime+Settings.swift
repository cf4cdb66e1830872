// What containerd and CNI are told, and what they ask of the machine.

import Foundation

extension ContainerRuntime {
    var settings: String { directory + "/containerd.toml" }

    func writeSettings() throws {
        try """
        version = 2
        root = "/var/lib/containerd"
        state = "/run/containerd"
        [grpc]
        address = "\(Self.socketOnNode)"
        [plugins."io.containerd.grpc.v1.cri"]
        sandbox_image = "\(Self.busybox)"
        restrict_oom_score_adj = true
        tolerate_missing_hugetlb_controller = true
        disable_apparmor = true
        [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "\(Self.snapshotter)"
        [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "\(Self.networkPlugins)"
        conf_dir = "\(directory)/cni"
        """.write(toFile: settings, atomically: true, encoding: .utf8)
        try """
        {"cniVersion": "0.4.0", "name": "laboratory", "plugins": [{"type": "bridge", "bridge": "br0", "ipam": {
          "type": "host-local", "dataDir": "/run/cni", "ranges": [[{
            "subnet": "\(laboratory.prefixes.ipv4)0/24",
            "rangeStart": "\(laboratory.prefixes.ipv4)100", "rangeEnd": "\(laboratory.prefixes.ipv4)199"}]]}}]}
        """.write(toFile: directory + "/cni/10-laboratory.conflist", atomically: true, encoding: .utf8)
    }

    private static let networkPlugins = "/usr/lib/cni"

    private static var snapshotter: String {
        let filesystems = (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8)) ?? ""
        return filesystems.contains("\toverlay\n") ? "overlayfs" : "native"
    }

    /// CNI goes round its range: without this file the next pod gets the lowest address that is free, the last one's if it is gone.
    func startAddressesAnew() {
        try? FileManager.default.removeItem(atPath: laboratory.hostRoot + "/run/cni/laboratory/last_reserved_ip.0")
    }

    /// Nil where the machine can run it, else one sentence.
    package static let missing: String? = {
        if let missing = Requirements.missing { return missing }
        let absent = ["containerd", "containerd-shim-runc-v2", "runc", "ctr", "buildah", "protoc", "busybox"].filter {
            !Requirements.isInstalled($0)
        }
        if !absent.isEmpty { return "needs \(absent.joined(separator: ", ")): scripts/install-dependencies test" }
        if access(networkPlugins + "/bridge", X_OK) != 0 { return "needs \(networkPlugins)/bridge: scripts/install-dependencies test" }
        let directory = NSTemporaryDirectory()
        if (try? Program.must([python, "-c", "import grpc, google.protobuf"], directory: directory)) == nil {
            return "needs gRPC for \(python): scripts/install-dependencies test"
        }
        // ldd fails on what is static; a pod of busybox alone has no libraries.
        if (try? Program.must(["sh", "-c", "ldd $(command -v busybox)"], directory: directory)) != nil {
            return "needs a static busybox: the package busybox-static"
        }
        return nil
    }()

    /// The modules are installed for the system's own interpreter, not for whichever stands first in PATH.
    static let python = "/usr/bin/python3"
}
