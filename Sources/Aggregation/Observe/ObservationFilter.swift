// Which events are shown: Hubble's filters, by Hubble's rules. Values of one flag are an OR, flags are an AND; flags behind `--not`
// are a second filter of the same kind, and what passes it is not shown. A flag without a side (--pod) means that all such flags
// fit the source, or all of them the destination.

package struct ObservationFilter: Sendable {
    private var wanted: EventFilter?
    private var unwanted: EventFilter?
    /// Whether anomalies are to be told: only where --type names them.
    package let asksForAnomalies: Bool

    /// What was written, in the order it was written in.
    package init(_ flags: [(flag: FilterFlag, value: String, isNegated: Bool)]) throws(FilterError) {
        let positive = flags.filter { !$0.isNegated }
        let negative = flags.filter(\.isNegated)
        asksForAnomalies = positive.contains { $0.flag == .type && EventTests.isAnomalous($0.value) }
        wanted = positive.isEmpty ? nil : try EventFilter(positive.map { ($0.flag, $0.value) })
        unwanted = negative.isEmpty ? nil : try EventFilter(negative.map { ($0.flag, $0.value) })
    }

    package func matches(_ observation: Observation) -> Bool {
        wanted?.matches(observation) != false && unwanted?.matches(observation) != true
    }
}
