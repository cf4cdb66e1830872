// One resource's lists and events, decoded one object at a time and written into the book. It survives what a server should
// not do: events that are older than what is known, twice the same, of what is deleted already, or not readable.

import Aggregation
import FoundationEssentials
import Synchronization

final class ResourceWriter: Sendable {
    /// What an event says of the watch.
    enum Verdict: Sendable, Hashable {
        case goesOn
        /// The watch is over: an ERROR event.
        case failed(APIFailure)
    }

    /// One object, read.
    private struct Mapped {
        enum Content {
            case pod(MappedPod)
            case object(ClusterObject)
            /// Who made the pods' maker, or itself where nobody did.
            case maker(Controller)
        }

        var uid: UID
        var version: UInt64?
        var content: Content

        var pod: MappedPod? { if case .pod(let pod) = content { pod } else { nil } }
        var object: ClusterObject? { if case .object(let object) = content { object } else { nil } }
        var maker: (UID, Controller)? { if case .maker(let controller) = content { (uid, controller) } else { nil } }
    }

    private struct State {
        var texts = Interner()
        /// Of each thing that is there the version that was told last; nil where versions are not numbers.
        var known: [UID: UInt64?] = [:]
        var listed: [Mapped] = []
        /// Deleted, the oldest first.
        var deleted: [UID] = []
        /// Where a watch would go on.
        var version = ""
        var hasMoved = false
        var unreadable = 0
    }

    let resource: Resource
    private let book: NameBook
    private let owners: Owners
    private let state = Mutex(State())

    init(_ resource: Resource, book: NameBook, owners: Owners) {
        self.resource = resource
        self.book = book
        self.owners = owners
    }

    /// How many there are.
    var count: Int { state.withLock { $0.known.count } }
    var version: String { state.withLock { $0.version } }
    var hasMoved: Bool { state.withLock { $0.hasMoved } }
    /// Objects that were no objects of this kind, or too long.
    var unreadable: Int { state.withLock { $0.unreadable } }

    func refuse(_ count: Int) {
        if count > 0 { state.withLock { $0.unreadable += count } }
    }

    // MARK: Lists

    /// A list begins from its first page.
    func begin() { state.withLock { $0.listed = [] } }

    func list(_ item: [UInt8]) {
        state.withLock { state in
            do {
                if let mapped = try decoded(item, &state.texts) { state.listed.append(mapped) }
            } catch {
                state.unreadable += 1
            }
        }
    }

    /// The list is whole, as of `version`: what is not in it is gone.
    func finish(version: String) {
        state.withLock { state in
            let listed = state.listed
            state.listed = []
            state.version = version
            state.deleted = []
            state.known = [:]
            for mapped in listed { state.known[mapped.uid] = .some(mapped.version) }
            switch resource {
            case .pods: owners.replace(listed.compactMap(\.pod))
            case .replicaSets, .jobs: owners.replace(resource, with: listed.compactMap(\.maker))
            case .services: book.replace([.service], with: listed.compactMap(\.object), from: .server)
            case .nodes: book.replace([.node], with: listed.compactMap(\.object), from: .server)
            case .endpointSlices:
                book.replace([.endpoint], with: listed.compactMap(\.object).filter { !$0.addresses.isEmpty }, from: .server)
            }
        }
    }

    // MARK: Events

    func watch() { state.withLock { $0.hasMoved = false } }

    /// Takes one line of a watch.
    func apply(_ line: [UInt8]) -> Verdict {
        state.withLock { state in
            do {
                switch resource {
                case .pods: return try apply(WirePod.self, line, &state)
                case .services: return try apply(WireServiceObject.self, line, &state)
                case .endpointSlices: return try apply(WireEndpointSlice.self, line, &state)
                case .nodes: return try apply(WireNode.self, line, &state)
                case .replicaSets, .jobs: return try apply(WirePartial.self, line, &state)
                }
            } catch {
                state.unreadable += 1
                return .goesOn
            }
        }
    }

    private func apply<Object: WireObject>(_: Object.Type, _ line: [UInt8], _ state: inout State) throws -> Verdict {
        let event = try JSONDecoder().decode(WireEvent<Object>.self, from: Data(line))
        switch event.content {
        case .failure(code: 410): return .failed(.gone)
        case .failure(let code): return .failed(.garbled("an ERROR event of code \(code)"))
        case .object(let object):
            move(to: object.metadata?.resourceVersion, &state)
            guard event.type != "BOOKMARK", let mapped = mapped(object, &state.texts) else { return .goesOn }
            switch event.type {
            case "ADDED", "MODIFIED": put(mapped, &state)
            case "DELETED": remove(mapped, &state)
            default: state.unreadable += 1
            }
            return .goesOn
        }
    }

    /// Never back: a server that tells things out of order would let us ask for the past.
    private func move(to version: String?, _ state: inout State) {
        guard let version, !version.isEmpty else { return }
        state.hasMoved = true
        if let old = UInt64(state.version), let new = UInt64(version), new < old { return }
        state.version = version
    }

    private func put(_ mapped: Mapped, _ state: inout State) {
        if let known = state.known[mapped.uid] {
            if let known, let version = mapped.version, version <= known { return }
        } else if state.deleted.contains(mapped.uid) {
            return
        }
        state.known[mapped.uid] = .some(mapped.version)
        switch mapped.content {
        case .pod(let pod): owners.put(pod)
        case .maker(let controller): owners.put(resource, mapped.uid, controller)
        case .object(let object) where object.kind == .endpoint && object.addresses.isEmpty:
            book.remove(.endpoint, id: object.id, from: .server)
        case .object(let object): book.put(object, from: .server)
        }
    }

    private func remove(_ mapped: Mapped, _ state: inout State) {
        if state.deleted.count >= ObjectLimits.deleted { state.deleted.removeFirst() }
        state.deleted.append(mapped.uid)
        state.known[mapped.uid] = nil
        switch mapped.content {
        case .pod(let pod): owners.remove(pod)
        case .maker: owners.retire(resource, mapped.uid)
        case .object(let object): book.remove(object.kind, id: object.id, from: .server)
        }
    }

    // MARK: Objects

    private func decoded(_ item: [UInt8], _ texts: inout Interner) throws -> Mapped? {
        let object: any WireObject =
            switch resource {
            case .pods: try WirePod(json: item)
            case .services: try WireServiceObject(json: item)
            case .endpointSlices: try WireEndpointSlice(json: item)
            case .nodes: try WireNode(json: item)
            case .replicaSets, .jobs: try WirePartial(json: item)
            }
        return mapped(object, &texts)
    }

    /// Nil for what has no identity.
    private func mapped(_ object: any WireObject, _ texts: inout Interner) -> Mapped? {
        guard let metadata = object.metadata, let uid = metadata.uid, let content = content(object, metadata, &texts) else { return nil }
        return Mapped(uid: UID(uid), version: metadata.resourceVersion.flatMap { UInt64($0) }, content: content)
    }

    private func content(_ object: any WireObject, _ metadata: WireMetadata, _ texts: inout Interner) -> Mapped.Content? {
        switch object {
        case let pod as WirePod: return pod.mapped(&texts).map { .pod($0) }
        case let service as WireServiceObject: return service.mapped(&texts).map { .object($0) }
        case let slice as WireEndpointSlice: return slice.mapped(&texts).map { .object($0) }
        case let node as WireNode: return node.mapped().map { .object($0) }
        default:
            let maker = metadata.controller
            guard let name = maker?.name ?? metadata.name else { return nil }
            return .maker(Controller(kind: texts[maker?.kind ?? resource.kind], name: texts[name]))
        }
    }
}

extension Resource {
    /// What one of them is called.
    fileprivate var kind: String {
        switch self {
        case .replicaSets: "ReplicaSet"
        case .jobs: "Job"
        case .pods: "Pod"
        case .services: "Service"
        case .endpointSlices: "EndpointSlice"
        case .nodes: "Node"
        }
    }
}
