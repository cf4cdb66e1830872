// What the sources of names know, joined to one record a thing. Sources write from wherever they run; the collector takes
// what changed once an interval, as events. Bounded, and it counts what it refused.

import Aggregation
import Synchronization

/// Who tells, the better informed last: the API server knows owners and other nodes, the runtime knows first.
package enum NameRank: Int, Sendable, CaseIterable, Comparable {
    case runtime, kubelet, server

    package static func < (one: NameRank, other: NameRank) -> Bool { one.rawValue < other.rawValue }
}

package final class NameBook: Sendable {
    private struct Key: Hashable {
        var kind: ClusterObject.Kind
        var id: String
    }

    private struct State {
        var records: [Key: [NameRank: ClusterObject]] = [:]
        var changed: Set<Key> = []
        var reports: [String: SourceSample] = [:]
        var newReports: [String: SourceSample] = [:]
        var textBytes = 0
        var refused: UInt64 = 0
    }

    private let limit: Int
    private let textLimit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: things that are kept.
    ///   - textLimit: bytes of the text that they carry, from every source.
    package init(limit: Int = Limits.objects, textLimit: Int = Limits.objectTextBytes) {
        self.limit = limit
        self.textLimit = textLimit
    }

    /// What `rank` knows of a thing from now on.
    package func put(_ object: ClusterObject, from rank: NameRank) {
        state.withLock { put(object, rank, &$0) }
    }

    /// `rank` does not know it any more.
    package func remove(_ kind: ClusterObject.Kind, id: String, from rank: NameRank) {
        state.withLock { NameBook.remove(Key(kind: kind, id: id), rank, &$0) }
    }

    /// All things of these kinds that `rank` knows: what is missing is gone.
    package func replace(_ kinds: Set<ClusterObject.Kind>, with objects: [ClusterObject], from rank: NameRank) {
        state.withLock { state in
            let kept = Set(objects.map { Key(kind: $0.kind, id: $0.id) })
            for (key, records) in state.records where kinds.contains(key.kind) && records[rank] != nil && !kept.contains(key) {
                NameBook.remove(key, rank, &state)
            }
            for object in objects { put(object, rank, &state) }
        }
    }

    /// How a source fares; comes out with the next events.
    package func report(_ sample: SourceSample) {
        state.withLock { state in
            guard state.reports[sample.name] != sample else { return }
            state.reports[sample.name] = sample
            state.newReports[sample.name] = sample
        }
    }

    /// What each source said of itself last.
    package var reports: [SourceSample] { state.withLock { $0.reports.values.sorted { $0.name < $1.name } } }
    package var refused: UInt64 { state.withLock { $0.refused } }
    package var count: Int { state.withLock { $0.records.count } }

    /// What changed since the last call.
    package func takeEvents() -> [Event] {
        state.withLock { state in
            var events: [Event] = state.newReports.values.sorted { $0.name < $1.name }.map { .source($0) }
            state.newReports.removeAll()
            for key in state.changed {
                if let records = state.records[key] {
                    events.append(.object(NameBook.merged(records)))
                } else {
                    events.append(.objectGone(key.kind, id: key.id))
                }
            }
            state.changed.removeAll(keepingCapacity: true)
            return events
        }
    }

    private func put(_ object: ClusterObject, _ rank: NameRank, _ state: inout State) {
        let key = Key(kind: object.kind, id: object.id)
        let before = state.records[key]?[rank]
        guard before != object else { return }
        let grown = state.textBytes + object.textBytes - (before?.textBytes ?? 0)
        guard state.records[key] != nil || state.records.count < limit, grown <= textLimit || grown <= state.textBytes else {
            state.refused += 1
            return
        }
        state.textBytes = grown
        state.records[key, default: [:]][rank] = object
        state.changed.insert(key)
    }

    private static func remove(_ key: Key, _ rank: NameRank, _ state: inout State) {
        guard let removed = state.records[key]?.removeValue(forKey: rank) else { return }
        state.textBytes -= removed.textBytes
        if state.records[key]?.isEmpty == true { state.records[key] = nil }
        state.changed.insert(key)
    }

    /// The better informed is believed; what it does not say, the others do.
    static func merged(_ records: [NameRank: ClusterObject]) -> ClusterObject {
        let ranked = records.sorted { $0.key > $1.key }.map(\.value)
        var object = ranked[0]
        for other in ranked.dropFirst() {
            object.namespace = object.namespace ?? other.namespace
            if object.labels.isEmpty { object.labels = other.labels }
            if object.controller?.isEstimated ?? true { object.controller = other.controller ?? object.controller }
            object.node = object.node ?? other.node
            if object.addresses.isEmpty, !object.hasEnded { object.addresses = other.addresses }
            object.containers = merged(object.containers, other.containers)
        }
        return object
    }

    /// By name: the id of the less informed is the fresher one (the runtime's), and a restart counts wherever it was seen first.
    private static func merged(
        _ better: [ClusterObject.Container], _ fresher: [ClusterObject.Container]
    ) -> [ClusterObject.Container] {
        var containers = better
        for other in fresher {
            guard let index = containers.firstIndex(where: { $0.name == other.name }) else {
                containers.append(other)
                continue
            }
            if !other.id.isEmpty { containers[index].id = other.id }
            containers[index].restarts = max(containers[index].restarts, other.restarts)
            if containers[index].image.isEmpty { containers[index].image = other.image }
            containers[index].reason = containers[index].reason ?? other.reason
        }
        return containers
    }
}
