// Learns where the names of things stand in paths. A position that has shown many different literals under the same
// beginning (`/users/alice`, `/users/bob`, …) holds names, not resources: what is new there becomes `{*}`, and what has a row
// keeps it. What the server refused (4xx) learns apart, so that who tries a thousand paths folds only his own.
//
// Deterministic, and bounded: `positions` beginnings are learnt in all, an eighth of them of one workload, so that who is asked for
// everything leaves the others theirs; a beginning holds at most `children` literals. Beyond it nothing is folded, and the limit of
// routes counts what has no place.

struct RouteLearner: Sendable {
    /// Different literals at one position before further ones are folded.
    static let children = 30
    static let positions = 4_096
    /// One part in so many is a workload's.
    static let share = 8
    static let placeholder = RouteTemplate.Segment(text: "{*}", kind: .placeholder)

    private struct Position: Hashable {
        var workload: WorkloadIndex
        var isRefused: Bool
        var beginning: String
    }

    private var literals: [Position: Set<String>] = [:]
    private var held: [WorkloadIndex: Int] = [:]

    var count: Int { literals.count }

    /// The template of a target that `workload` was asked for, or asked for.
    mutating func template(of exchange: Exchange, workload: WorkloadIndex) -> String {
        var (segments, endsInSlash) = RouteTemplate.segments(of: exchange.target, isCut: exchange.isCut)
        let isRefused = exchange.key.application.isRefused(status: exchange.key.status)
        var beginning = ""
        for index in segments.indices {
            if segments[index].kind == .literal {
                let position = Position(workload: workload, isRefused: isRefused, beginning: beginning)
                if !admit(segments[index].text, at: position) { segments[index] = RouteLearner.placeholder }
            }
            beginning += "/" + segments[index].text
        }
        return RouteTemplate.join(segments, endsInSlash: endsInSlash)
    }

    private mutating func admit(_ literal: String, at position: Position) -> Bool {
        guard let known = literals[position] else {
            let held = held[position.workload] ?? 0
            guard literals.count < RouteLearner.positions, held < RouteLearner.positions / RouteLearner.share else { return true }
            literals[position] = [literal]
            self.held[position.workload] = held + 1
            return true
        }
        if known.contains(literal) { return true }
        guard known.count < RouteLearner.children else { return false }
        literals[position]?.insert(literal)
        return true
    }

    /// The workload's place is given to another, or nobody has asked it for long.
    mutating func forget(_ workload: WorkloadIndex) {
        guard held.removeValue(forKey: workload) != nil else { return }
        literals = literals.filter { $0.key.workload != workload }
    }
}
