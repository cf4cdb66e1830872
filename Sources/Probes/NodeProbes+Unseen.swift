// Whether each event had its program run: the programs' own runs beside the kernel's counts of the same events. What the
// kernel counted more is lost and counted nowhere else; recursion_misses knows only one of the reasons.
//
// State changes of connections are not among them: what is lost there is found by what it leaves behind (connections_unseen,
// closings_unseen), and they are the most frequent events.

import Aggregation
import CProbes
import Glibc

/// The counts and what is made of them; part of `NodeProbes`, which reads the programs' side.
struct EventCheck {
    static let name = "event_counts"
    private static let signal = "events that no program was run for: drops, kinds of retransmits, resets"
    /// How often the start is looked for in a row, a millisecond apart.
    static let tries = 20

    private(set) var definitions: [ProbeDefinition] = []
    private var counts: EventCounts?
    private var counted: [UInt64]?
    private var unseen: [UnseenEvents] = []
    private var reason: String? = "not started"

    init() {}

    init(_ definitions: [ProbeDefinition], filters: [String: String], hostRoot: String?) {
        var wanted: [EventCounts.Wanted] = []
        for definition in definitions {
            guard let count = definition.count, case .tracepoint(let name) = definition.hook else { continue }
            self.definitions.append(definition)
            wanted.append(.init(tracepoint: "\(count.group)/\(name)", filter: filters[definition.program]))
        }
        unseen = wanted.map { _ in UnseenEvents() }
        guard !wanted.isEmpty else {
            reason = "none of its programs runs"
            return
        }
        do throws(EventCounts.Refusal) {
            counts = try EventCounts(wanted, hostRoot: hostRoot)
            reason = nil
        } catch {
            reason = error.reason
        }
    }

    var isStarted: Bool { counts == nil || unseen.allSatisfy(\.isStarted) }

    /// Reads the kernel's side; the programs' is to be read after it.
    mutating func countEvents() {
        guard let counts else { return }
        counted = counts.read()
        if counted == nil {
            self.counts = nil
            reason = "the kernel's counts could not be read any more"
        }
    }

    mutating func begin(before: [UInt64], after: [UInt64]) {
        guard let counted else { return }
        for index in unseen.indices where before[index] == after[index] { unseen[index].begin(counted: counted[index], seen: after[index]) }
    }

    mutating func settle(seen: [UInt64]) {
        guard let counted else { return }
        for index in unseen.indices { unseen[index].read(counted: counted[index], seen: seen[index]) }
    }

    func events(of program: String) -> UInt64 {
        definitions.firstIndex { $0.program == program }.map { unseen[$0].count } ?? 0
    }

    /// Its row beside the programs'.
    var sample: ProbeSample {
        ProbeSample(
            name: EventCheck.name, hook: "perf/tracepoint", state: .loaded,
            reason: reason.map { "off: \($0); what the kernel runs no program for is not counted" }, signal: EventCheck.signal)
    }
}

extension NodeProbes {
    /// Begins to count, after the programs: for each event its program runs first.
    func startCounting(_ settings: settings) {
        let attached = definitions.filter { $0.count != nil && states[$0.program]?.state == .attached }
        unseen = EventCheck(attached, filters: ["drops": NodeProbes.dropFilter(settings)], hostRoot: hostRoot)
        beginCounting()
    }

    /// Exactly the events that `drops` counts its runs for.
    static func dropFilter(_ settings: settings) -> String {
        let purged = settings.purge_reason > 0 ? " && reason != \(settings.purge_reason)" : ""
        return "reason >= \(settings.first_drop_reason)\(purged) && (protocol == 0x800 || protocol == 0x86dd)"
    }

    private func beginCounting() {
        for _ in 0..<EventCheck.tries where !unseen.isStarted {
            let before = runs(readTallies())
            unseen.countEvents()
            unseen.begin(before: before, after: runs(readTallies()))
            usleep(1000)
        }
    }

    /// After `countEvents`; under a load that never paused at the start, where it began is looked for again.
    func settleUnseen(_ tallies: [UInt64]) {
        guard unseen.isStarted else { return beginCounting() }
        unseen.settle(seen: runs(tallies))
    }

    /// The programs' side: runs, and those left out that are told as `runs_missed`.
    private func runs(_ tallies: [UInt64]) -> [UInt64] {
        unseen.definitions.map { definition in
            (definition.count.map { tallies[Int($0.runs.rawValue)] } ?? 0) &+ missedRuns(definition)
        }
    }

    func missedRuns(_ definition: ProbeDefinition) -> UInt64 {
        guard let object = objects.first(where: { $0.name == definition.object }),
            let descriptor = object.programDescriptor(definition.program)
        else { return 0 }
        return ProgramCost.missedRuns(descriptor)
    }
}
