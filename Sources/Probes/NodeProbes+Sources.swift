// How the sources of names on this node fare, and which backends connection tracking knows: told in each interval, after the
// flows, so that who connected is known.

import Aggregation

extension NodeProbes {
    /// How often the directories behind the cgroup paths and the pod logs are counted, nanoseconds.
    private static let sourcesPeriod: UInt64 = 10_000_000_000

    func tellSources(_ now: UInt64, _ tell: (Event) -> Void) {
        translations.collect(now: now, clients: identity.localAddresses, into: buffer) { tell(.translation($0)) }
        if sourcesToldAt == 0 || now &- sourcesToldAt > NodeProbes.sourcesPeriod {
            sourcesToldAt = now
            for sample in identity.sources(place) { tellChanged(sample, tell) }
        }
        tellChanged(translations.sample, tell)
    }

    private func tellChanged(_ sample: SourceSample, _ tell: (Event) -> Void) {
        guard toldSources[sample.name] != sample else { return }
        toldSources[sample.name] = sample
        tell(.source(sample))
    }
}

/// What the node's own files give where no eBPF may be loaded, for `doctor`.
package enum NodeFiles {
    package static func sources(hostRoot: String?) -> [SourceSample] {
        do {
            var identity = try Identity(hostRoot: hostRoot)
            identity.introducePods(now: Clock.monotonic()) { _ in }
            return identity.sources(Place.read(hostRoot: hostRoot))
        } catch {
            return [
                SourceSample(name: "cgroup path", place: "/sys/fs/cgroup", state: .off, reason: error.sentence),
                PodLogs(hostRoot: hostRoot).source,
            ]
        }
    }
}
