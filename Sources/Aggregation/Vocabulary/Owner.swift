// Whom a socket belongs to, told from its cgroup: a pod, a container without a pod, a systemd unit, else a process.
// All of its text comes from paths and process names and is hostile: escape before showing.

package struct Owner: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case pod = 1, container, unit, process, cgroup
        /// Everything that found no place of its own at a limit.
        case other

        package var name: String {
            switch self {
            case .pod: "pod"
            case .container: "container"
            case .unit: "unit"
            case .process: "process"
            case .cgroup: "cgroup"
            case .other: "other"
            }
        }
    }

    package var kind: Kind
    /// What makes it the same workload: pod UID, container id, unit path, process name. Never shown.
    package var key: String
    /// The pod's name, else the unit's, else the process's.
    package var workload: String
    package var namespace: String?
    package var pod: String?
    package var podUID: String?
    package var container: String?
    package var containerID: String?

    package init(
        kind: Kind, key: String, workload: String, namespace: String? = nil, pod: String? = nil,
        podUID: String? = nil, container: String? = nil, containerID: String? = nil
    ) {
        self.kind = kind
        self.key = key
        self.workload = workload
        self.namespace = namespace
        self.pod = pod
        self.podUID = podUID
        self.container = container
        self.containerID = containerID
    }

    package static func process(_ command: CommandName) -> Owner {
        // A socket of the kernel, or of a process that nobody can see from here.
        let name = command.isEmpty ? "(no process)" : command.text
        return Owner(kind: .process, key: name, workload: name)
    }

    /// A cgroup that nobody named.
    package static func unnamed(_ cgroup: UInt64) -> Owner {
        Owner(kind: .cgroup, key: "cgroup:\(cgroup)", workload: "cgroup \(cgroup)")
    }

    package static let other = Owner(kind: .other, key: "~other", workload: "~other")
}
