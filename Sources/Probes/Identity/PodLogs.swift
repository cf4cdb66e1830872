// Pod and container names from the kubelet's log directories: /var/log/pods/<namespace>_<pod>_<uid>/<container>/ and
// /var/log/containers/<pod>_<namespace>_<container>-<id>.log. The node's own files; no API server, no CRI socket.
// Read again when an unknown UID turns up, at most once a period.

import Aggregation
import Glibc

struct PodLogs {
    struct Name: Equatable {
        var namespace: String
        var pod: String
    }

    /// Most names kept at once; a node runs some hundred pods.
    static let limit = 8_192
    /// Between two readings, nanoseconds: shorter than an interval, so that one pod that has no name does not delay another's.
    static let period: UInt64 = 200_000_000

    private let root: String
    private var pods: [String: Name] = [:]
    private var containers: [String: String] = [:]
    private var readAt: UInt64 = 0

    /// The first root below which there are pod logs: the one given, the host's in a debug pod, else our own.
    init(hostRoot: String?) {
        let roots = [hostRoot, "/host", "/proc/1/root", ""].compactMap { $0 }
        root = roots.first { SmallFile.names(in: $0 + "/var/log/pods", limit: 1) != nil } ?? ""
    }

    /// How this source of names fares.
    var source: SourceSample {
        let place = root + "/var/log/pods"
        var sample = SourceSample(name: "pod logs", place: place, state: .works)
        guard let directories = SmallFile.names(in: place, limit: PodLogs.limit) else {
            sample.state = .off
            sample.reason =
                errno == EACCES ? "closed to all without CAP_DAC_READ_SEARCH" : "none: no pod runs here, or --host-root is needed"
            return sample
        }
        let links = SmallFile.names(in: root + "/var/log/containers", limit: PodLogs.limit) ?? []
        let named = (
            pods: directories.count { PodLogs.parse(podDirectory: $0) != nil },
            containers: links.count { PodLogs.parse(containerLog: $0) != nil }
        )
        sample.gave = "\(counted(named.pods, "pod")), \(counted(named.containers, "container"))"
        return sample
    }

    mutating func name(ofPod uid: String, now: UInt64) -> Name? {
        if pods[uid] == nil { refresh(now) }
        return pods[uid]
    }

    mutating func name(ofContainer id: String, now: UInt64) -> String? {
        if containers[id] == nil { refresh(now) }
        return containers[id]
    }

    private mutating func refresh(_ now: UInt64) {
        guard readAt == 0 || now &- readAt > PodLogs.period else { return }
        readAt = now
        var pods: [String: Name] = [:]
        for directory in SmallFile.names(in: root + "/var/log/pods", limit: PodLogs.limit) ?? [] {
            if let (uid, name) = PodLogs.parse(podDirectory: directory) { pods[uid] = name }
        }
        var containers: [String: String] = [:]
        for link in SmallFile.names(in: root + "/var/log/containers", limit: PodLogs.limit) ?? [] {
            if let (id, name) = PodLogs.parse(containerLog: link) { containers[id] = name }
        }
        self.pods = pods
        self.containers = containers
    }

    /// "<namespace>_<pod>_<uid>": names of Kubernetes hold no underscore.
    static func parse(podDirectory: String) -> (uid: String, name: Name)? {
        let parts = podDirectory.split(separator: "_")
        guard parts.count == 3 else { return nil }
        return (String(parts[2]), Name(namespace: String(parts[0]), pod: String(parts[1])))
    }

    /// "<pod>_<namespace>_<container>-<id>.log".
    static func parse(containerLog: String) -> (id: String, name: String)? {
        guard containerLog.hasSuffix(".log") else { return nil }
        let parts = containerLog.dropLast(4).split(separator: "_")
        guard parts.count == 3, let dash = parts[2].lastIndex(of: "-") else { return nil }
        let id = parts[2][parts[2].index(after: dash)...]
        guard id.utf8.count == 64 else { return nil }
        return (String(id), String(parts[2][..<dash]))
    }
}
