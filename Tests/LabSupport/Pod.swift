// One pod of the laboratory: a network namespace with an address of each family, a cgroup, and log directories that give
// it its name. Processes started in it are its containers' processes to everyone who looks.

import Foundation

package final class Pod {
    package let name: String
    package let namespace: String
    package let container: String
    package let uid: String
    package let containerID: String
    /// The network namespace's name, and its file under /run/netns.
    package let networkNamespace: String
    /// Its port of the bridge, in the bridge's namespace.
    let port: String
    package let ipv4: String
    package let ipv6: String
    package let cgroup: Cgroup
    /// Scratch of this pod, readable by everyone.
    package let directory: String
    /// The sandbox's container, which lives as long as the pod and only waits.
    private let sandbox: Cgroup
    private var programs: [Program] = []
    private var isClosed = false

    init(
        name: String, namespace: String, container: String, controllers: [Cgroup.Controller], index: Int, in laboratory: Laboratory
    ) throws {
        self.name = name
        self.namespace = namespace
        self.container = container
        uid = Self.uid(in: laboratory, kind: "8000", index: index)
        containerID = Self.randomID()
        networkNamespace = "\(laboratory.name)-\(index)"
        port = "p\(index)"
        ipv4 = laboratory.prefixes.ipv4 + "\(index)"
        ipv6 = laboratory.prefixes.ipv6 + String(index, radix: 16)
        directory = "\(laboratory.directory)/\(index)-\(name)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Self.makeLogs(
            root: laboratory.hostRoot, pod: "\(namespace)_\(name)_\(uid)", container: container,
            link: "\(name)_\(namespace)_\(container)-\(containerID).log")
        cgroup = try Cgroup(podUID: uid, containerID: containerID, controllers: controllers)
        sandbox = try Cgroup(podUID: uid, containerID: Self.randomID())
        do {
            try connect(bridge: laboratory.bridge)
            _ = try start(["sleep", "infinity"], label: "pause", in: sandbox)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    private func connect(bridge: String) throws {
        try ip("netns", "add", networkNamespace)
        try ip("-n", bridge, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", networkNamespace)
        try ip("-n", bridge, "link", "set", port, "master", "br0", "up")
        try ip("-n", networkNamespace, "link", "set", "lo", "up")
        try ip("-n", networkNamespace, "link", "set", "eth0", "up")
        try ip("-n", networkNamespace, "addr", "add", ipv4 + "/24", "dev", "eth0")
        try ip("-n", networkNamespace, "addr", "add", ipv6 + "/64", "dev", "eth0", "nodad")
    }

    private func ip(_ arguments: String...) throws { try Program.must(["ip"] + arguments, directory: directory) }

    /// /var/log/pods/<namespace>_<pod>_<uid>/<container>/0.log and the link to it, as the kubelet makes them.
    static func makeLogs(root: String, pod: String, container: String, link: String) throws {
        let logs = "/var/log/pods/\(pod)/\(container)"
        try FileManager.default.createDirectory(atPath: root + logs, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: root + logs + "/0.log"))
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/var/log/containers/\(link)", withDestinationPath: logs + "/0.log")
    }

    /// "pg", laboratory, pod, process: unique, and Laboratory.sweep reads the process from its end.
    static func uid(in laboratory: Laboratory, kind: String, index: Int) -> String {
        let process = String(getpid(), radix: 16)
        return "7067" + hexadecimal(laboratory.number, 4) + "-" + hexadecimal(index, 4) + "-4000-" + kind + "-"
            + String(repeating: "0", count: 12 - process.count) + process
    }

    /// 64 hexadecimal digits, as containerd names containers.
    static func randomID() -> String {
        (0..<8).map { _ in hexadecimal(Int(UInt32.random(in: 0 ... .max)), 8) }.joined()
    }

    /// `value` in at least `width` hexadecimal digits.
    private static func hexadecimal(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Starts a program in this pod. The cgroup is joined first: `ip netns exec` would hide its tree, nsenter does not.
    package func start(_ arguments: [String], environment: [String: String] = [:], label: String? = nil) throws -> Program {
        try start(arguments, environment: environment, label: label, in: cgroup)
    }

    private func start(
        _ arguments: [String], environment: [String: String] = [:], label: String?, in cgroup: Cgroup
    ) throws -> Program {
        let join = #"for procs in $1; do echo $$ >"$procs" || exit; done; net=$2; shift 2; exec nsenter --net="$net" -- "$@""#
        let program = try Program(
            ["sh", "-c", join, "sh", cgroup.processFiles.joined(separator: " "), "/run/netns/" + networkNamespace] + arguments,
            environment: environment, directory: directory, label: label ?? (arguments[0] as NSString).lastPathComponent)
        programs.append(program)
        return program
    }

    /// Stops `program` when this pod is closed.
    func keep(_ program: Program) { programs.append(program) }

    /// Runs a program in this pod to its end.
    package func run(_ arguments: [String], within limit: Duration = .seconds(30)) async throws -> Program.Finished {
        let program = try start(arguments)
        let ending = try await program.ended(within: limit)
        return Program.Finished(ending: ending, output: program.output, errors: program.errors)
    }

    /// Runs a tool in this pod's network only, so that it is no process of the pod; anything but success is an error.
    @discardableResult
    package func tool(_ arguments: [String]) throws -> String {
        try Program.must(["nsenter", "--net=/run/netns/" + networkNamespace, "--"] + arguments, directory: directory)
    }

    package func set(_ setting: String, to value: Int) throws {
        let path = "/proc/sys/" + setting.replacingOccurrences(of: ".", with: "/")
        try tool(["sh", "-c", "echo \(value) >\(path)"])
    }

    /// Makes connect(2) fail with ETIMEDOUT after one SYN more: three seconds.
    package func giveUpConnectingSoon() throws {
        try set("net.ipv4.tcp_syn_retries", to: 1)
        // Since 6.5 the first retries come linearly and are not counted above.
        try tool(["sh", "-c", "cd /proc/sys/net/ipv4 && if [ -e tcp_syn_linear_timeouts ]; then echo 0 >tcp_syn_linear_timeouts; fi"])
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for program in programs { program.stop() }
        sandbox.close()
        cgroup.close()
        _ = try? Program.must(["ip", "netns", "del", networkNamespace], directory: directory)
    }
}
