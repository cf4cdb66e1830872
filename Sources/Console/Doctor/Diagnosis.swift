// What this node lets us see: each signal works, is degraded or off, why, and the fix. Pure: made from what the probes and
// the sources of names said.

import Aggregation
import Probes

struct Diagnosis: Equatable {
    enum State: String { case works, degraded, off }

    /// What it is about; `group` in the JSON.
    enum Group: String { case place, probe, name, right }

    var group: Group
    var signal: String
    var state: State
    /// Through what it is seen.
    var source: String
    var gave = ""
    var reason: String?

    /// From the probes' rows and from what the sources of names said of themselves.
    static func all(_ probes: [ProbeSample], _ sources: [SourceSample]) -> [Diagnosis] {
        programs(probes).map { sample in
            Diagnosis(
                group: .probe, signal: sample.signal, state: Diagnosis.state(sample), source: sample.hook, reason: sample.reason)
        } + Ladder.complete(sources).map(Diagnosis.init)
    }

    /// One that works and still has something to say does not work as it would on a newer kernel.
    static func state(_ sample: ProbeSample) -> State {
        switch sample.state {
        case .attached, .loaded: sample.reason == nil ? .works : .degraded
        case .refused, .missing, .off: .off
        }
    }

    static func programs(_ probes: [ProbeSample]) -> [ProbeSample] { probes.filter { !$0.hook.hasPrefix("map/") } }

    init(
        group: Group, signal: String, state: State, source: String, gave: String = "", reason: String? = nil
    ) {
        self.group = group
        self.signal = signal
        self.state = state
        self.source = source
        self.gave = gave
        self.reason = reason
    }

    init(_ sample: SourceSample) {
        let state: State =
            switch sample.state {
            case .works: .works
            case .degraded: .degraded
            case .off: .off
            }
        self.init(
            group: .name, signal: sample.name, state: state, source: sample.place, gave: sample.gave, reason: sample.reason)
    }
}
