// All that `doctor` found, as a value: its screen, its JSON and its exit status are functions of it.

import Aggregation
import Probes

struct DoctorReport {
    var node: Node
    var place: Place
    var rights: Rights
    var probes: [ProbeSample] = []
    var sources: [SourceSample] = []
    /// What the kernel did not let go of the rights; podglass goes on with it.
    var refusals: [String] = []
    /// Why nothing at all is observed, and the exit status that goes with it.
    var failure: Failure?

    var findings: [Diagnosis] {
        let here = Diagnosis(
            group: .place, signal: "where podglass runs", state: place.limitation == nil ? .works : .degraded, source: place.sentence,
            reason: place.limitation)
        var findings = [here]
        if let failure {
            findings.append(Diagnosis(group: .probe, signal: "all that eBPF sees", state: .off, source: "bpf(2)", reason: failure.sentence))
        }
        findings += Diagnosis.all(probes, sources)
        findings += refusals.map {
            Diagnosis(group: .right, signal: "giving up rights", state: .degraded, source: rights.sentence, reason: $0)
        }
        return findings
            + Capability.allCases.map { capability in
                let state: Diagnosis.State = rights.has(capability) ? .works : capability.isEssential ? .off : .degraded
                return Diagnosis(
                    group: .right, signal: capability.name, state: state, source: rights.sentence,
                    gave: rights.has(capability) ? capability.afterLoading : "",
                    reason: state == .works ? nil : "missing: " + capability.loss)
            }
    }

    /// 0 where every signal works; a source of names may be off.
    var status: Int32 { failure?.status ?? (findings.contains { $0.group == .probe && $0.state == .off } ? 1 : 0) }
}
