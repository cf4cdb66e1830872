// What the laboratory and the probes ask of the machine. A live test that cannot run must say why.

import Foundation

package enum Requirements {
    /// Nil where live tests can run, else one sentence.
    package static let missing: String? = {
        if ProcessInfo.processInfo.environment["PODGLASS_NO_LIVE"] != nil { return "PODGLASS_NO_LIVE is set" }
        if geteuid() != 0 { return "needs root: eBPF, network namespaces and cgroups" }
        if access("/sys/kernel/btf/vmlinux", R_OK) != 0 { return "needs a kernel with BTF (/sys/kernel/btf/vmlinux)" }
        let tools = [
            "nginx", "nsd", "curl", "ab", "h2load", "wrk", "dig", "ip", "ss", "nstat", "nft", "tc", "tmux", "bpftool", "python3", "nsenter",
            "setpriv", "bash",
        ]
        let absent = tools.filter { !isInstalled($0) }
        if !absent.isEmpty { return "needs \(absent.joined(separator: ", ")): scripts/install-dependencies test" }
        guard let mount = Cgroup.mount else { return "needs a mounted cgroup2 tree" }
        let probe = "\(mount)/podglass-requirements-\(getpid())"
        guard mkdir(probe, 0o755) == 0 else { return "needs a cgroup2 tree that can be written (\(mount))" }
        rmdir(probe)
        let directory = NSTemporaryDirectory()
        guard (try? Program.must(["unshare", "--net", "true"], directory: directory)) != nil else {
            return "needs the right to make network namespaces"
        }
        return nil
    }()

    static func isInstalled(_ tool: String) -> Bool {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        return path.split(separator: ":").contains { access("\($0)/\(tool)", X_OK) == 0 }
    }
}
