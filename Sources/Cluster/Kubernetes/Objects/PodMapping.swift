// A pod as the API server or the kubelet tells of it → a thing of the cluster.

import Aggregation

enum ObjectLimits {
    /// Addresses of a pod, a Service, a node; Kubernetes gives two. Further ones are not kept.
    static let addresses = 16
    /// Addresses of an EndpointSlice: 1,000 endpoints is the API's own limit.
    static let endpoints = 1_000
    static let containers = 128
    static let labels = 128
    /// ReplicaSets and Jobs whose makers are remembered; pods of any more keep what their names tell.
    static let owners = 65_536
    /// Of those, ones that are deleted already: their pods end after them.
    static let retiredOwners = 4_096
    /// Deleted things whose late events are known as such.
    static let deleted = 1_024
}

/// A pod and, where its maker's maker is to be looked up, the maker.
struct MappedPod: Sendable {
    var object: ClusterObject
    var owner: UID?
}

extension WirePod {
    /// Nil for a pod without identity.
    func mapped(_ texts: inout Interner) -> MappedPod? {
        guard let metadata, let id = podID, let name = metadata.name else { return nil }
        var object = ClusterObject(kind: .pod, id: id, namespace: metadata.namespace.map { texts[$0] }, name: name)
        let pairs = (metadata.labels ?? [:]).prefix(ObjectLimits.labels)
        object.labels = Labels(pairs: pairs.map { texts[$0.key + "=" + $0.value] })
        object.node = spec?.nodeName.map { texts[$0] }
        object.hasEnded = hasEnded
        if spec?.hostNetwork != true, !object.hasEnded { object.addresses = addresses }
        object.containers = containers(&texts)
        guard let owner = metadata.controller, let kind = owner.kind, let maker = owner.name else {
            return MappedPod(object: object)
        }
        let isLookedUp = owner.isReplicaSet || owner.isJob
        let known = Controller(kind: kind, name: maker)
        let controller = isLookedUp ? .estimated(kind: kind, name: maker, labels: object.labels) : known
        object.controller = Controller(kind: texts[controller.kind], name: texts[controller.name], isEstimated: controller.isEstimated)
        return MappedPod(object: object, owner: isLookedUp ? owner.uid.map(UID.init) : nil)
    }

    /// As the cgroup's path has it. A static pod's is its configuration's hash, which the mirror in the API server carries as
    /// an annotation; others cannot borrow a pod's id by it, for a mirror is made by a node.
    private var podID: String? {
        guard let metadata else { return nil }
        if let annotations = metadata.annotations, annotations.configMirror != nil, metadata.controller?.kind == "Node" {
            return annotations.configHash ?? metadata.uid
        }
        return metadata.uid
    }

    /// Or it is being deleted, has no address any more, and nothing of it runs.
    private var hasEnded: Bool {
        if status?.phase == "Succeeded" || status?.phase == "Failed" { return true }
        guard metadata?.deletionTimestamp != nil, addresses.isEmpty else { return false }
        let statuses =
            (status?.containerStatuses ?? []) + (status?.initContainerStatuses ?? []) + (status?.ephemeralContainerStatuses ?? [])
        return !statuses.contains { $0.state?.running != nil }
    }

    private var addresses: [Address] {
        var texts = (status?.podIPs ?? []).compactMap(\.ip)
        if texts.isEmpty, let ip = status?.podIP { texts = [ip] }
        return texts.prefix(ObjectLimits.addresses).compactMap { Address($0) }
    }

    private func containers(_ texts: inout Interner) -> [ClusterObject.Container] {
        var containers: [ClusterObject.Container] = []
        let all: [([Container]?, [ContainerStatus]?, ClusterObject.Container.Role)] = [
            (spec?.containers, status?.containerStatuses, .main),
            (spec?.initContainers, status?.initContainerStatuses, .initial),
            (spec?.ephemeralContainers, status?.ephemeralContainerStatuses, .ephemeral),
        ]
        for (specified, statuses, role) in all {
            for container in specified ?? [] where containers.count < ObjectLimits.containers {
                guard let name = container.name else { continue }
                let status = statuses?.first { $0.name == name }
                containers.append(
                    ClusterObject.Container(
                        id: status?.id ?? "", name: texts[name], image: texts[container.image ?? status?.image ?? ""],
                        role: role == .initial && container.restartPolicy == "Always" ? .sidecar : role,
                        restarts: UInt32(clamping: status?.restartCount ?? 0), reason: (status?.reason).map { texts[$0] }))
            }
        }
        return containers
    }
}

extension WirePod.ContainerStatus {
    /// "containerd://09b0…" without the runtime's name.
    fileprivate var id: String? {
        guard let containerID else { return nil }
        guard let slash = containerID.lastIndex(of: "/") else { return containerID }
        return String(containerID[containerID.index(after: slash)...])
    }

    fileprivate var reason: String? {
        guard let state, state.running == nil else { return nil }
        let reason = state.waiting?.reason ?? state.terminated?.reason
        return reason?.isEmpty == true ? nil : reason
    }
}

extension WireOwner {
    var isReplicaSet: Bool { kind == "ReplicaSet" && apiVersion?.hasPrefix("apps/") == true }
    var isJob: Bool { kind == "Job" && apiVersion?.hasPrefix("batch/") == true }
}

extension Controller {
    /// Of a pod that `kind` `name` made, as long as nobody told who made that: a Deployment calls its ReplicaSets after itself
    /// and the hash that their pods are labelled with, a CronJob its Jobs after itself and the minute.
    static func estimated(kind: String, name: String, labels: Labels) -> Controller {
        if kind == "ReplicaSet", let hash = labels["pod-template-hash"], !hash.isEmpty, name.hasSuffix("-" + hash) {
            return Controller(kind: "Deployment", name: String(name.dropLast(hash.count + 1)), isEstimated: true)
        }
        if kind == "Job", let dash = name.lastIndex(of: "-") {
            let minute = name[name.index(after: dash)...]
            if minute.utf8.count == 8, minute.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                return Controller(kind: "CronJob", name: String(name[..<dash]), isEstimated: true)
            }
        }
        return Controller(kind: kind, name: name)
    }
}
