// What sensing costs and what it lost: the rows of the Probes table, and the status of an interval.

import Aggregation
import CLibbpf
import CProbes

extension NodeProbes {
    func tellCost(_ now: UInt64, _ tell: (Event) -> Void) {
        var programs: [(name: String, descriptor: Int32)] = []
        for definition in definitions {
            for object in objects where object.name == definition.object {
                if let descriptor = object.programDescriptor(definition.program) { programs.append((definition.program, descriptor)) }
            }
        }
        programCost.advance(now: now, programs: programs)
        // Counted by the kernel first, by the programs after it: what comes in between is never taken for unseen.
        unseen.countEvents()
        let tallies = readTallies()
        settleUnseen(tallies)
        var status = Status()
        status.cpuRatio = processCost.cpuRatio(now: now)
        // Mapped maps are the kernel's memory: they stand in `mapBytes`, and not twice.
        let resident = ProcessCost.residentBytes()
        status.residentBytes = resident - min(resident, UInt64(mappedBytes))
        for (loss, count) in zip(ProbeDefinition.losses, tallies) where count > 0 { status.losses[loss.key] = count }
        for (sample, count) in zip(ProbeDefinition.samples, tallies.dropFirst(ProbeDefinition.losses.count)) where count > 0 {
            status.sampledOut[sample.key] = count
        }
        status.notUnderstood = requests?.notUnderstood() ?? [:]
        if let count = requests?.sampledOut, count > 0 { status.sampledOut[ProbeDefinition.sampledInUserSpace.key] = count }
        if usage.postponed > 0 { status.sampledOut[ProbeDefinition.postponedUsage.key] = usage.postponed }
        if namespacesPassedOver > 0 { status.losses["namespaces_unvisited"] = namespacesPassedOver }
        if unseenClosings.count > 0 { status.losses["closings_unseen"] = unseenClosings.count }
        if closed.overflow > 0 { status.losses["inbox_full"] = closed.overflow }
        var elsewhere: Double?
        for definition in definitions {
            let measurement = programCost.measurements[definition.program]
            if let measurement, definition.runsElsewhere, measurement.measuredFor > 0 {
                elsewhere = (elsewhere ?? 0) + Double(measurement.nanoseconds) / Double(measurement.measuredFor)
            }
            let missed = definition.losesMissedRuns ? missedRuns(definition) : 0
            if missed > 0 { status.losses["runs_missed", default: 0] += missed }
            let unseen = unseen.events(of: definition.program)
            if unseen > 0, let loss = definition.count?.loss { status.losses[loss, default: 0] += unseen }
            let state = states[definition.program] ?? (.off, nil)
            tell(
                .probe(
                    ProbeSample(
                        name: definition.program, hook: definition.hookName(isEarly: isEarly), state: state.state,
                        reason: state.reason ?? note(definition),
                        signal: definition.signal, runs: measurement?.runs ?? 0, nanoseconds: measurement?.nanoseconds ?? 0,
                        measuredFor: measurement?.measuredFor ?? 0, lost: missed + unseen)))
        }
        status.probeCPURatio = elsewhere
        tell(.probe(unseen.sample))
        for map in maps.all {
            guard let cost = MapCost(descriptor: map.descriptor) else { continue }
            let sample = mapSample(map.name, cost, tallies)
            status.mapBytes += sample.bytes ?? 0
            tell(.probe(sample))
        }
        tell(.status(status))
    }

    /// What is otherwise than on a newer kernel, of a probe that works.
    private func note(_ definition: ProbeDefinition) -> String? {
        if let lacking = definition.uses, !features.has(lacking) { return "\(lacking.absence): \(lacking.without)" }
        guard isEarly, definition.hook == .meterIterator else { return nil }
        return KernelFeature.socketMeters.without + (refusalOfMeters.map { "; on sockets: \($0)" } ?? "")
    }

    /// The rows of requests, and the ring, whose pages are mapped twice in a row, so that no sample is cut at its end
    /// (kernel/bpf/ringbuf.c).
    private var mappedBytes: Int { (requests?.mappedBytes ?? 0) + (ring == nil ? 0 : 2 * Int(NodeProbes.ringBytes)) }

    private func mapSample(_ name: String, _ cost: MapCost, _ tallies: [UInt64]) -> ProbeSample {
        var sample = ProbeSample(name: name, hook: "map/" + cost.kind, state: .loaded, signal: "", limit: cost.limit, bytes: cost.bytes)
        switch name {
        case "meters":
            // The kernel's figure leaves out the elements themselves: a meter with its list heads, in a slab.
            sample.entries = meterCount
            // Hung on sockets they have no limit of their own.
            if !isEarly { sample.limit = nil }
            sample.bytes = cost.bytes + meterCount * 256
            sample.lost = tallies[Int(TALLY_METERS_REFUSED.rawValue)]
            sample.signal = "one meter a socket"
        case "flows":
            sample.entries = UInt64(flowCount)
            sample.lost = tallies[Int(TALLY_FLOWS_REFUSED.rawValue)]
            sample.signal = "counters a flow"
        case "symptoms":
            sample.lost = tallies[Int(TALLY_SYMPTOMS_REFUSED.rawValue)]
            sample.signal = "drops and resets by place and reason"
        case "listeners":
            sample.lost = tallies[Int(TALLY_LISTENERS_REFUSED.rawValue)]
            sample.signal = "listening sockets"
        case "requests":
            sample.entries = UInt64(requests?.keyCount ?? 0)
            sample.lost = tallies[Int(TALLY_REQUESTS_REFUSED.rawValue)]
            sample.signal = "counts and histograms of requests"
        case "taps":
            sample.limit = nil
            sample.lost = tallies[Int(TALLY_TAPS_REFUSED.rawValue)]
            sample.signal = "where the request tap stands on each socket"
        case "questions":
            sample.lost = tallies[Int(TALLY_QUESTIONS_REFUSED.rawValue)]
            sample.signal = "DNS queries that wait for an answer"
        case "ring":
            sample.lost = tallies[Int(TALLY_RING_FULL.rawValue)]
            sample.limit = nil
            sample.signal = "samples of requests, connect times and closed connections"
        default: sample.signal = "podglass's own counts"
        }
        return sample
    }

    /// What could not be kept, summed over the processors, in the order of `enum tally`.
    func readTallies() -> [UInt64] {
        var sums = [UInt64](repeating: 0, count: Int(TALLIES.rawValue))
        let processors = Int(libbpf_num_possible_cpus())
        guard let descriptor = maps["tallies"], processors > 0 else { return sums }
        var slots = [UInt64](repeating: 0, count: processors)
        for index in sums.indices {
            var key = UInt32(index)
            if bpf_map_lookup_elem(descriptor, &key, &slots) == 0 { sums[index] = slots.reduce(0, &+) }
        }
        return sums
    }
}
