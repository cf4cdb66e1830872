// containerd, as a node has it: pods made through its CRI socket with runc and CNI's bridge, on the laboratory's bridge. It lives in
// a mount namespace in which /run, /var/lib and /var/log are the laboratory's (so that what is below `Laboratory.hostRoot` is where a
// node has it), and in the network namespace of the bridge. Docker, the machine's own containerd and its cgroups are not touched.
//
// Cleans up as the laboratory does, after failures too: the daemon and its shims are in a cgroup of their own, containers in those of
// their pods, whose UIDs begin with 7067; mounts end with the mount namespace. `withContainerRuntime` closes it.

import Foundation

package final class ContainerRuntime {
    package let laboratory: Laboratory
    /// The CRI socket, as this machine sees it; in the runtime's mount namespace it is `socketOnNode`.
    package var socket: String { laboratory.hostRoot + Self.socketOnNode }
    package static let socketOnNode = "/run/containerd/containerd.sock"
    /// An image that is busybox alone; it waits unless told otherwise, which also makes it the pause image.
    package static let busybox = "podglass.test/busybox:1"

    let directory: String
    private var daemon: Program?
    private let cgroup: String
    private(set) var pods: [RuntimePod] = []
    private var isClosed = false
    private var executions = 0
    private var podCount = 0

    init(in laboratory: Laboratory) async throws {
        self.laboratory = laboratory
        directory = laboratory.directory + "/runtime"
        cgroup = (Cgroup.mount ?? "") + "/" + laboratory.name + "-runtime"
        for folder in [directory, directory + "/cni"] + ["/run", "/var/lib", "/var/log"].map({ laboratory.hostRoot + $0 }) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try writeSettings()
        guard mkdir(cgroup, 0o755) == 0 else { throw LabError("cannot make the cgroup \(cgroup)") }
        do {
            try start()
            try Program.must(
                ["protoc", "--proto_path=" + Self.resources, "--descriptor_set_out=" + messages, "cri.proto"], directory: directory)
            try await importBusybox()
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// cri.proto and drive-pods.py.
    static let resources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Runtime"
    var messages: String { directory + "/cri.descriptors" }

    /// Joins the cgroup and the bridge's namespace, makes the mount namespace and becomes containerd in it.
    private func start() throws {
        // A daemon outlives a run that is killed: it may hold nothing of it, a lock for instance.
        let enter = #"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; procs=$1; shift; echo $$ >"$procs" && exec "$@""#
        let mount = #"for folder in run var/lib var/log; do mount --bind "$1/$folder" "/$folder" || exit 1; done; exec containerd -c "$2""#
        daemon = try Program(
            ["sh", "-c", enter, "sh", cgroup + "/cgroup.procs", "nsenter", "--net=/run/netns/" + laboratory.bridge]
                + ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh", laboratory.hostRoot, settings],
            environment: ["TZ": "UTC"], directory: directory, label: "containerd")
    }

    private func importBusybox() async throws {
        let context = directory + "/busybox"
        try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
        let archive = directory + "/busybox.tar"
        let script = """
            cp "$(command -v busybox)" '\(context)/busybox'
            printf '%s\\n' 'FROM scratch' 'COPY busybox /bin/busybox' 'ENTRYPOINT ["/bin/busybox","sleep","infinity"]' >'\(context)/Containerfile'
            buildah() { command buildah --root '\(directory)/storage' --runroot '\(directory)/storage-run' --storage-driver vfs "$@"; }
            buildah build --quiet --isolation chroot --tag \(Self.busybox) '\(context)' && buildah push --quiet \(Self.busybox) 'oci-archive:\(archive):\(Self.busybox)'
            """
        let built = try await Program.run(["sh", "-ec", script], directory: directory, within: .seconds(60))
        guard built.ending == .exited(0) else { throw LabError("buildah: \(built.errors)") }
        try await importImage(archive)
    }

    /// Gives the runtime the images of an OCI archive.
    package func importImage(_ archive: String) async throws {
        let deadline = ContinuousClock.now + Duration.seconds(20).patient
        while access(socket, F_OK) != 0, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        let imported = try await Program.run(control + ["images", "import", archive], directory: directory, within: .seconds(60))
        guard imported.ending == .exited(0) else {
            throw LabError("ctr images import: \(imported.errors) containerd: \(daemon?.errors.suffix(2000) ?? "")")
        }
    }

    /// ctr in the runtime's mount namespace: what it shares with a shim has the same path there.
    private var control: [String] {
        ["nsenter", "--mount", "--target", "\(daemon?.pid ?? 0)", "--", "ctr", "--address", Self.socketOnNode, "--namespace", "k8s.io"]
    }

    /// The words that run a command in a container, as `kubectl exec` does; with a terminal they are to be typed into one.
    package func execution(of command: [String], in container: String, terminal: Bool = false) -> [String] {
        executions += 1
        return control + ["tasks", "exec", "--exec-id", "\(laboratory.name)-\(executions)"] + (terminal ? ["--tty"] : []) + [container]
            + command
    }

    /// Runs a command in a container to its end.
    package func execute(_ command: [String], in container: String, within limit: Duration = .seconds(30)) async throws -> Program.Finished
    {
        try await Program.run(execution(of: command, in: container), directory: directory, within: limit)
    }

    func nextUID() -> String {
        podCount += 1
        return Pod.uid(in: laboratory, kind: "9000", index: podCount)
    }

    func add(_ pod: RuntimePod) { pods.append(pod) }
    func forget(_ pod: RuntimePod) { pods.removeAll { $0.uid == pod.uid } }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        let made = pods
        for pod in made { _ = try? remove(pod) }
        daemon?.stop()
        Cgroup.empty(cgroup)
        rmdir(cgroup)
        for pod in made { Cgroup.removePod(uid: pod.uid) }
    }
}

/// Makes a laboratory with a container runtime, hands them to `body`, and takes them down whatever happens.
package func withContainerRuntime<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (ContainerRuntime) async throws -> Result
) async throws -> Result {
    try await withLaboratory { laboratory in
        let runtime = try await ContainerRuntime(in: laboratory)
        defer { runtime.close() }
        return try await body(runtime)
    }
}
