// Learns where the names of things stand in paths. A position that has shown many different literals under the same
// beginning (`/users/alice`, `/users/bob`, …) holds names, not resources: what is new there becomes `{*}`, and what has a row
// keeps it. What the server refused (4xx) learns apart, so that who tries a thousand paths folds only his own.
//
// Deterministic, and bounded: `positions` beginnings are learnt in all, a beginning holds at most `children` literals. Beyond
// it nothing is folded, and the limit of routes counts what has no place.

struct RouteLearner: Sendable {
    /// Different literals at one position before further ones are folded.
    static let children = 30
    static let positions = 4_096
    static let placeholder = RouteTemplate.Segment(text: "{*}", kind: .placeholder)

    private struct Position: Hashable {
        var workload: WorkloadIndex
        var isRefused: Bool
        var beginning: String
    }

    private var literals: [Position: Set<String>] = [:]

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
            if literals.count < RouteLearner.positions { literals[position] = [literal] }
            return true
        }
        if known.contains(literal) { return true }
        guard known.count < RouteLearner.children else { return false }
        literals[position]?.insert(literal)
        return true
    }

    /// The workload's place is given to another.
    mutating func forget(_ workload: WorkloadIndex) { literals = literals.filter { $0.key.workload != workload } }
}
