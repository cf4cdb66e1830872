// Who made the ReplicaSets and Jobs that made the pods. Pods may be told of before their makers are: they wait here, under
// what their names tell, and are corrected in the book. One lock orders what the watches of pods and of makers write.

import Aggregation
import Synchronization

final class Owners: Sendable {
    private struct State {
        /// Of ReplicaSets and of Jobs, by which of the two.
        var makers: [Resource: [UID: Controller]] = [:]
        /// Deleted makers, oldest first: their pods are told of for a while after.
        var retired: [(resource: Resource, maker: UID)] = []
        var waiting: [UID: [String: ClusterObject]] = [:]
        var refused: UInt64 = 0
    }

    private let book: NameBook
    private let state = Mutex(State())

    init(_ book: NameBook) { self.book = book }

    /// Makers beyond the limit.
    var refused: UInt64 { state.withLock { $0.refused } }

    // MARK: Pods

    func replace(_ pods: [MappedPod]) {
        state.withLock { state in
            state.waiting.removeAll()
            book.replace([.pod], with: pods.map { Owners.resolved($0, &state) }, from: .server)
        }
    }

    func put(_ pod: MappedPod) {
        state.withLock { state in book.put(Owners.resolved(pod, &state), from: .server) }
    }

    func remove(_ pod: MappedPod) {
        state.withLock { state in
            if let owner = pod.owner {
                state.waiting[owner]?[pod.object.id] = nil
                if state.waiting[owner]?.isEmpty == true { state.waiting[owner] = nil }
            }
            book.remove(.pod, id: pod.object.id, from: .server)
        }
    }

    private static func resolved(_ pod: MappedPod, _ state: inout State) -> ClusterObject {
        guard let owner = pod.owner else { return pod.object }
        for makers in state.makers.values {
            guard let maker = makers[owner] else { continue }
            var object = pod.object
            object.controller = maker
            return object
        }
        state.waiting[owner, default: [:]][pod.object.id] = pod.object
        return pod.object
    }

    // MARK: Their makers

    func replace(_ resource: Resource, with makers: [(UID, Controller)]) {
        state.withLock { state in
            state.makers[resource] = [:]
            state.retired.removeAll { $0.resource == resource }
            for (uid, controller) in makers { put(resource, uid, controller, &state) }
        }
    }

    func put(_ resource: Resource, _ uid: UID, _ controller: Controller) {
        state.withLock { state in put(resource, uid, controller, &state) }
    }

    /// Deleted: remembered still for its pods, that end after it.
    func retire(_ resource: Resource, _ uid: UID) {
        state.withLock { state in
            guard state.makers[resource]?[uid] != nil else { return }
            state.retired.append((resource, uid))
            guard state.retired.count > ObjectLimits.retiredOwners else { return }
            let (resource, maker) = state.retired.removeFirst()
            state.makers[resource]?[maker] = nil
        }
    }

    private func put(_ resource: Resource, _ uid: UID, _ controller: Controller, _ state: inout State) {
        let count = state.makers.values.reduce(0) { $0 + $1.count }
        guard state.makers[resource]?[uid] != nil || count < ObjectLimits.owners else {
            state.refused += 1
            return
        }
        state.makers[resource, default: [:]][uid] = controller
        for var pod in (state.waiting.removeValue(forKey: uid) ?? [:]).values {
            pod.controller = controller
            book.put(pod, from: .server)
        }
    }
}
