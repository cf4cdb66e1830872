// The sources of names, the nearest first, whether they were asked or not: `doctor` shows every rung.

import Aggregation

enum Ladder {
    private static let rungs: [(name: String, notAsked: String)] = [
        ("cgroup path", "not looked at"),
        ("pod logs", "not looked at"),
        ("container runtime", "not looked for"),
        ("kubelet", "not asked for; --kubelet"),
        ("API server", "not asked for; --kube"),
        ("connection tracking", "not asked"),
    ]

    /// Every rung in its order, then what nobody expected, if it is anywhere: a node of Kubernetes has no docker.
    static func complete(_ sources: [SourceSample]) -> [SourceSample] {
        let known = rungs.map { rung in
            sources.last { $0.name == rung.name } ?? SourceSample(name: rung.name, place: "", state: .off, reason: rung.notAsked)
        }
        return known
            + sources.filter { sample in !rungs.contains { $0.name == sample.name } && (sample.state != .off || !sample.place.isEmpty) }
    }
}

/// Sources that answer in their own time: which ones were asked, and what they have said so far.
struct AskedSources: Sendable {
    var names: [String]
    var samples: @Sendable () -> [SourceSample]

    static let none = AskedSources(names: []) { [] }

    /// How long `doctor` waits for them, nanoseconds.
    static let patience: UInt64 = 2_000_000_000

    /// What they have said; one that has not answered says that.
    var answers: [SourceSample] {
        let said = samples()
        return said
            + names.filter { name in !said.contains { $0.name == name } }.map {
                SourceSample(name: $0, place: "", state: .off, reason: "it did not answer within two seconds")
            }
    }

    var haveAnswered: Bool {
        let said = samples()
        return names.allSatisfy { name in said.contains { $0.name == name } }
    }
}
