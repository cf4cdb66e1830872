// What this node lets us see: each signal works, is degraded or off, why, and the fix. Pure: made from what the probes and
// the sources of names said.

import Aggregation
import Probes

struct Diagnosis {
    enum State: String { case works, degraded, off }

    var signal: String
    var state: State
    /// Through what it is seen.
    var source: String
    var reason: String?

    /// From the probes' rows and from what the identity ladder found.
    static func all(_ probes: [ProbeSample], _ identity: IdentityReport) -> [Diagnosis] {
        let programs = probes.filter { !$0.hook.hasPrefix("map/") }.map { sample in
            Diagnosis(
                signal: sample.signal, state: sample.state == .attached || sample.state == .loaded ? .works : .off,
                source: sample.hook, reason: sample.reason)
        }
        return programs + [
            Diagnosis(signal: "pods and containers of sockets", state: .works, source: "cgroup2 at \(identity.cgroupMount)", reason: nil),
            identity.podLogsReadable
                ? Diagnosis(signal: "names of pods and containers", state: .works, source: "/var/log/pods", reason: nil)
                : Diagnosis(
                    signal: "names of pods and containers", state: .degraded, source: "/var/log/pods",
                    reason: "there are no pod logs here: pods show their UID; on a node, give its root with --host-root"),
        ]
    }
}
