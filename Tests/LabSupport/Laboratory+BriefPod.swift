// A pod that is over before anybody looks: its cgroup is made, one client runs in it, and it is removed.

import Foundation

/// What was left of it.
package struct BriefPod: Sendable {
    package let uid: String
    /// From the first directory made to the last one removed.
    package let lifetime: Duration
}

extension Laboratory {
    /// Makes the pod, asks for `url` once in the network of `network`, a pod that does nothing else, and removes the pod's
    /// cgroup. Its log directories stay, as the kubelet leaves them for a while.
    package func briefPod(_ name: String, in network: Pod, asking url: String, namespace: String = "default") async throws -> BriefPod {
        guard let mount = Cgroup.mount else { throw LabError("no cgroup2 tree is mounted") }
        // The process id at the end: what a killed run left is swept by the next one.
        let process = String(getpid(), radix: 16)
        let uid = "7067ffff-\(network.uid.dropFirst(9).prefix(4))-4000-8000-" + String(repeating: "0", count: 12 - process.count) + process
        let containerID = Pod.randomID()
        try Pod.makeLogs(
            root: hostRoot, pod: "\(namespace)_\(name)_\(uid)", container: "main", link: "\(name)_\(namespace)_main-\(containerID).log")
        let slice =
            "\(mount)/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(uid.replacingOccurrences(of: "-", with: "_")).slice"
        let script = """
            import os, subprocess, sys, time
            slice, scope, namespace, url = sys.argv[1:]
            began = time.monotonic()
            os.mkdir(slice)
            os.mkdir(scope)
            def join():
                open(scope + "/cgroup.procs", "w").write(str(os.getpid()))
            words = ["nsenter", "--net=" + namespace, "--", "curl", "-sf", "-o", "/dev/null", url]
            code = subprocess.run(words, preexec_fn=join).returncode
            os.rmdir(scope)
            os.rmdir(slice)
            print(int((time.monotonic() - began) * 1e6))
            sys.exit(code)
            """
        let finished = try await Program.run(
            [
                "python3", "-c", script, slice, "\(slice)/cri-containerd-\(containerID).scope", "/run/netns/" + network.networkNamespace,
                url,
            ], directory: directory)
        guard finished.ending == .exited(0), let microseconds = Int(finished.output.dropLast()) else {
            throw LabError("the brief pod failed: \(finished.ending) \(finished.errors)")
        }
        return BriefPod(uid: uid, lifetime: .microseconds(microseconds))
    }
}
