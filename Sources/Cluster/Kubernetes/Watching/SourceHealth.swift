// How the resources of an API server fare, put together to one sample: what was given, what is refused and by which right,
// what else fails.

import Aggregation
import Synchronization

final class SourceHealth: Sendable {
    /// What was asked when something failed.
    enum Verb: String, Sendable { case list, watch }

    private struct State {
        var isListed: Set<Resource> = []
        var troubles: [Resource: (verb: Verb, failure: APIFailure)] = [:]
    }

    private let place: String
    private let writers: [ResourceWriter]
    private let owners: Owners
    private let state = Mutex(State())

    init(place: String, writers: [ResourceWriter], owners: Owners) {
        self.place = place
        self.writers = writers
        self.owners = owners
    }

    func listed(_ resource: Resource) { state.withLock { _ = $0.isListed.insert(resource) } }
    func works(_ resource: Resource) { state.withLock { $0.troubles[resource] = nil } }
    func fails(_ resource: Resource, _ verb: Verb, _ failure: APIFailure) {
        state.withLock { $0.troubles[resource] = (verb, failure) }
    }

    var sample: SourceSample {
        let (listed, troubles) = state.withLock { ($0.isListed, $0.troubles) }
        var reasons = [SourceHealth.refusals(troubles), SourceHealth.failures(troubles)].compactMap(\.self)
        if reasons.isEmpty, listed.count < Resource.allCases.count { reasons = ["it has not told everything yet"] }
        let unread = writers.reduce(UInt64(0)) { $0 + UInt64($1.unreadable) } + owners.refused
        if unread > 0 { reasons.append("objects that are not readable, too long or too many: \(unread)") }
        let state: SourceSample.State = reasons.isEmpty ? .works : listed.isEmpty && !troubles.isEmpty ? .off : .degraded
        return SourceSample(
            name: APIServerSource.name, place: place, state: state, gave: gave(listed),
            reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
    }

    /// "120 pods, 30 services, 3 nodes".
    private func gave(_ listed: Set<Resource>) -> String {
        let told = writers.filter { listed.contains($0.resource) && [.pods, .services, .endpointSlices, .nodes].contains($0.resource) }
        return told.map { writer in
            let count = writer.count
            return "\(count) " + (count == 1 ? String(writer.resource.rawValue.dropLast()) : writer.resource.rawValue)
        }.joined(separator: ", ")
    }

    /// "may not watch pods in all namespaces: bind a ClusterRole with list, watch on pods".
    private static func refusals(_ troubles: [Resource: (verb: Verb, failure: APIFailure)]) -> String? {
        let refused = Resource.allCases.compactMap { resource in
            troubles[resource].flatMap { $0.failure == .forbidden ? (resource, $0.verb) : nil }
        }
        guard !refused.isEmpty else { return nil }
        let what = refused.map { "\($0.1.rawValue) \($0.0.rawValue)\($0.0.scope)" }.joined(separator: ", ")
        return "may not \(what): bind a ClusterRole with list, watch on " + refused.map(\.0.rawValue).joined(separator: ", ")
    }

    /// Each failure once, with what it concerns where that is not everything.
    private static func failures(_ troubles: [Resource: (verb: Verb, failure: APIFailure)]) -> String? {
        var sentences: [(text: String, resources: [String])] = []
        for resource in Resource.allCases {
            guard let failure = troubles[resource]?.failure, failure != .forbidden else { continue }
            let text = failure.sentence(APIServerSource.name)
            if let index = sentences.firstIndex(where: { $0.text == text }) {
                sentences[index].resources.append(resource.rawValue)
            } else {
                sentences.append((text, [resource.rawValue]))
            }
        }
        guard !sentences.isEmpty else { return nil }
        return sentences.map { text, resources in
            resources.count == Resource.allCases.count ? text : resources.joined(separator: ", ") + ": " + text
        }.joined(separator: "; ")
    }
}
