// What a pod is to be, and the same as the messages of cri.proto in JSON.

import Foundation

package struct PodTemplate: Sendable {
    package var name: String
    package var namespace = "default"
    package var labels: [String: String] = [:]
    package var containers = [ContainerTemplate()]
    package var usesHostNetwork = false
    package var usesHostPID = false
    package var usesHostIPC = false

    package init(_ name: String, namespace: String = "default", labels: [String: String] = [:], containers: [ContainerTemplate] = [.init()])
    {
        self.name = name
        self.namespace = namespace
        self.labels = labels
        self.containers = containers
    }

    /// The pod that `kubectl debug node/NODE -it --profile=sysadmin --image=…` makes.
    package static func debug(node: String, image: String) -> PodTemplate {
        var container = ContainerTemplate("debugger", image: image, command: [])
        container.isPrivileged = true
        container.hasTerminal = true
        container.mounts = [.init(host: "/", container: "/host")]
        var pod = PodTemplate("node-debugger-\(node)-x7k2p", containers: [container])
        pod.usesHostNetwork = true
        pod.usesHostPID = true
        pod.usesHostIPC = true
        return pod
    }

    private var isPrivileged: Bool { containers.contains(where: \.isPrivileged) }

    fileprivate func identity(_ uid: String) -> [String: String] {
        ["io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": uid]
    }

    fileprivate var namespaces: [String: Any] {
        [
            "network": usesHostNetwork ? "NODE" : "POD", "pid": usesHostPID ? "NODE" : "CONTAINER",
            "ipc": usesHostIPC ? "NODE" : "POD",
        ]
    }

    func sandbox(uid: String, logs: String) -> [String: Any] {
        [
            "metadata": ["name": name, "namespace": namespace, "uid": uid],
            // The kubelet gives none to a pod on the host's network.
            "hostname": usesHostNetwork ? "" : name,
            "log_directory": logs,
            "labels": labels.merging(identity(uid)) { $1 },
            "annotations": ["kubernetes.io/config.source": "api"],
            "linux": [
                "cgroup_parent": "/kubepods/burstable/pod" + uid,
                "security_context": ["namespace_options": namespaces, "privileged": isPrivileged],
            ],
        ]
    }
}

package struct ContainerTemplate: Sendable {
    package struct Mount: Sendable {
        package var host: String
        package var container: String
        package var isReadOnly = false

        package init(host: String, container: String, isReadOnly: Bool = false) {
            self.host = host
            self.container = container
            self.isReadOnly = isReadOnly
        }
    }

    package var name: String
    package var image: String
    /// Empty: the image's own.
    package var command: [String]
    package var arguments: [String] = []
    package var mounts: [Mount] = []
    package var isPrivileged = false
    package var isReadOnly = false
    package var hasTerminal = false
    /// Without CAP_; nil leaves the runtime's usual ones, else these alone.
    package var capabilities: [String]?
    package var attempt = 0

    package init(
        _ name: String = "main", image: String = ContainerRuntime.busybox, command: [String] = ["/bin/busybox", "sleep", "infinity"]
    ) {
        self.name = name
        self.image = image
        self.command = command
    }

    /// A sanitized podglass looks for leaks too where nobody says otherwise, and what it holds at its end is none.
    private static let environment: [[String: String]] =
        ProcessInfo.processInfo.environment["PODGLASS_SANITIZER"] == nil
        ? [] : [["key": "ASAN_OPTIONS", "value": "detect_leaks=0"]]

    func config(in pod: PodTemplate, uid: String) -> [String: Any] {
        var context: [String: Any] = [
            "namespace_options": pod.namespaces, "privileged": isPrivileged, "readonly_rootfs": isReadOnly,
        ]
        if let capabilities { context["capabilities"] = ["drop_capabilities": ["ALL"], "add_capabilities": capabilities] }
        return [
            "metadata": ["name": name, "attempt": attempt],
            "image": ["image": image],
            "command": command,
            "args": arguments,
            "envs": ContainerTemplate.environment,
            "mounts": mounts.map { ["host_path": $0.host, "container_path": $0.container, "readonly": $0.isReadOnly] as [String: Any] },
            "labels": pod.identity(uid).merging(["io.kubernetes.container.name": name]) { $1 },
            "annotations": ["io.kubernetes.container.restartCount": "\(attempt)"],
            "log_path": "\(name)/\(attempt).log",
            "tty": hasTerminal,
            "stdin": hasTerminal,
            "linux": ["security_context": context],
        ]
    }
}
