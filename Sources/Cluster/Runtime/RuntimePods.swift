// What a runtime's lists and statuses say, as pods. Pure: lists replace each other, statuses are asked once for what is new
// or has changed its state, and the pods follow from both.

import Aggregation

struct RuntimePods: Sendable {
    fileprivate struct Sandbox {
        var id: String
        var pod: ClusterObject
        var isReady: Bool
        var created: Int64
    }

    fileprivate struct Member {
        var id: String
        var name: String
        var restarts: UInt32
        var state: Runtime_V1_ContainerState
        var image: String
        var created: Int64

        /// A later one of the same name takes its place.
        func isLater(than other: Member) -> Bool { (restarts, created) > (other.restarts, other.created) }
    }

    fileprivate struct Network {
        var addresses: [Address] = []
        var isKnown = false
        var tries = 0
    }

    fileprivate struct Detail {
        var state: Runtime_V1_ContainerState
        var image: String
        var reason: String?
    }

    /// This node's name, for static pods.
    private let host: String?
    private let limit: Int
    private var sandboxes: [Sandbox] = []
    private var members: [String: [Member]] = [:]
    private var networks: [String: Network] = [:]
    private var details: [String: Detail] = [:]
    /// Pods of the last list beyond the limit.
    private(set) var leftOut = 0

    init(host: String?, limit: Int = RuntimeLimits.objects) {
        self.host = host
        self.limit = limit
    }

    mutating func list(_ listed: [Runtime_V1_PodSandbox], _ containers: [Runtime_V1_Container]) {
        chooseSandboxes(listed)
        let kept = Set(sandboxes.map(\.id))
        members.removeAll(keepingCapacity: true)
        for container in containers where kept.contains(container.podSandboxID) && container.id.utf8.count <= RuntimeLimits.idBytes {
            add(Member(container), to: container.podSandboxID)
        }
        networks = networks.filter { kept.contains($0.key) }
        let live = Set(members.values.joined().map(\.id))
        details = details.filter { live.contains($0.key) }
    }

    /// One sandbox a pod: the newest that is ready, else the newest. A sandbox that failed stays listed beside its successor.
    private mutating func chooseSandboxes(_ listed: [Runtime_V1_PodSandbox]) {
        var chosen: [String: Runtime_V1_PodSandbox] = [:]
        for sandbox in listed where sandbox.isUsable {
            guard let other = chosen[sandbox.metadata.uid], !sandbox.isBetter(than: other) else {
                chosen[sandbox.metadata.uid] = sandbox
                continue
            }
        }
        let ordered = chosen.values.sorted { $0.isBetter(than: $1) }
        leftOut = max(0, ordered.count - limit)
        sandboxes = ordered.prefix(limit).map { sandbox in
            Sandbox(id: sandbox.id, pod: pod(sandbox), isReady: sandbox.state == .sandboxReady, created: sandbox.createdAt)
        }
    }

    private func pod(_ sandbox: Runtime_V1_PodSandbox) -> ClusterObject {
        let name = sandbox.metadata.name.cut(toBytes: RuntimeLimits.nameBytes)
        var pod = ClusterObject(
            kind: .pod, id: sandbox.metadata.uid, namespace: sandbox.metadata.namespace.cut(toBytes: RuntimeLimits.nameBytes),
            name: name)
        pod.labels = Labels(bounded: sandbox.labels)
        pod.controller = InferredController.of(pod: name, uid: pod.id, labels: pod.labels, host: host)
        pod.hasEnded = sandbox.state != .sandboxReady
        return pod
    }

    private mutating func add(_ member: Member, to sandbox: String) {
        var others = members[sandbox] ?? []
        if let index = others.firstIndex(where: { $0.name == member.name }) {
            if member.isLater(than: others[index]) { others[index] = member }
        } else if others.count < RuntimeLimits.containersOfPod {
            others.append(member)
        }
        members[sandbox] = others
    }

    /// Sandboxes whose addresses are not known yet: a ready one may be listed before it has them.
    var sandboxesToAsk: [String] {
        sandboxes.filter { sandbox in
            guard sandbox.isReady else { return false }
            guard let network = networks[sandbox.id] else { return true }
            return !network.isKnown && network.tries < RuntimeLimits.addressTries
        }.map(\.id)
    }

    /// Containers whose list entry does not say all: why it ended, or what its image was called.
    var containersToAsk: [String] {
        members.values.joined().filter { member in
            if let detail = details[member.id] { return detail.state != member.state }
            return member.state != .containerRunning || !member.image.isReference
        }.map(\.id)
    }

    /// nil: asked, and not answered; the sandbox may be gone.
    mutating func learn(sandbox id: String, _ status: Runtime_V1_PodSandboxStatus?) {
        var network = networks[id] ?? Network()
        network.tries += 1
        if let status {
            let isOnHost = status.linux.namespaces.options.network == .node
            network.addresses = isOnHost ? [] : status.network.addresses
            network.isKnown = isOnHost || !network.addresses.isEmpty
        }
        networks[id] = network
    }

    mutating func learn(container id: String, _ status: Runtime_V1_ContainerStatus?) {
        // Where it was not answered, the state that the list had is taken as asked, or each list would ask again.
        guard let status else {
            guard let member = members.values.joined().first(where: { $0.id == id }) else { return }
            details[id] = Detail(state: member.state, image: "", reason: member.state.reason(exitCode: nil, said: ""))
            return
        }
        details[id] = Detail(
            state: status.state, image: status.image.reference, reason: status.state.reason(exitCode: status.exitCode, said: status.reason))
    }

    /// Every pod of the last list.
    var objects: [ClusterObject] {
        sandboxes.map { sandbox in
            var pod = sandbox.pod
            pod.addresses = sandbox.isReady ? networks[sandbox.id]?.addresses ?? [] : []
            pod.containers = (members[sandbox.id] ?? []).sorted { $0.name < $1.name }.map(container)
            return pod
        }
    }

    private func container(_ member: Member) -> ClusterObject.Container {
        let detail = details[member.id]
        let image = member.image.isReference ? member.image : detail.map(\.image).flatMap { $0.isEmpty ? nil : $0 } ?? member.image
        let isCurrent = detail?.state == member.state
        return ClusterObject.Container(
            id: member.id, name: member.name, image: image, restarts: member.restarts,
            reason: isCurrent ? detail?.reason : member.state.reason(exitCode: nil, said: ""))
    }
}

extension RuntimePods.Member {
    fileprivate init(_ container: Runtime_V1_Container) {
        id = container.id
        name = container.metadata.name.cut(toBytes: RuntimeLimits.nameBytes)
        restarts = container.metadata.attempt
        state = container.state
        image = container.image.reference
        created = container.createdAt
    }
}

extension Runtime_V1_PodSandbox {
    /// Named in full: cri-dockerd lists what docker runs without Kubernetes too, without a UID.
    fileprivate var isUsable: Bool {
        !metadata.uid.isEmpty && metadata.uid.utf8.count <= RuntimeLimits.idBytes && !metadata.name.isEmpty
            && id.utf8.count <= RuntimeLimits.idBytes
    }

    fileprivate func isBetter(than other: Self) -> Bool {
        if (state == .sandboxReady) != (other.state == .sandboxReady) { return state == .sandboxReady }
        return (createdAt, metadata.attempt, id) > (other.createdAt, other.metadata.attempt, other.id)
    }
}

extension Runtime_V1_PodSandboxNetworkStatus {
    fileprivate var addresses: [Address] {
        ([ip] + additionalIps.prefix(RuntimeLimits.addressesOfPod - 1).map(\.ip)).compactMap { Address($0) }
    }
}

extension Runtime_V1_ImageSpec {
    /// As the user wrote it, where the runtime kept that.
    fileprivate var reference: String {
        (userSpecifiedImage.isEmpty ? image : userSpecifiedImage).cut(toBytes: RuntimeLimits.imageBytes)
    }
}

extension String {
    /// An image's name, not its digest alone.
    fileprivate var isReference: Bool { !isEmpty && !hasPrefix("sha256:") && !(utf8.count == 64 && allSatisfy(\.isHexDigit)) }
}

extension Runtime_V1_ContainerState {
    /// Why it does not run, in the kubelet's words.
    fileprivate func reason(exitCode: Int32?, said: String) -> String? {
        switch self {
        case .containerRunning: nil
        case .containerCreated: "ContainerCreating"
        case .containerExited:
            if !said.isEmpty {
                said.cut(toBytes: RuntimeLimits.reasonBytes)
            } else {
                exitCode.map { $0 == 0 ? "Completed" : "Error" } ?? "Exited"
            }
        case .containerUnknown, .UNRECOGNIZED: "ContainerStatusUnknown"
        }
    }
}
