// A row that is in breach of a rule now: made anew in each interval, so that its row is where it says.

package struct Breach: Sendable {
    /// The rule, by its place in `Rulebook.rules`.
    package let rule: Int
    package let schema: Schema
    /// The row's index in the schema's table now.
    package let row: Int32
    package let identity: UInt64
    /// When the condition began to hold, CLOCK_MONOTONIC: the end of the first interval in which it did.
    package let since: UInt64
    /// False while it only lasts because `until` does not hold yet, or `clearAfter` is not over.
    package let holds: Bool
    /// The number that the rule compares first, as it is now; nil where the row has none, or the rule compares none.
    package let value: Double?
    package let measure: RuleMeasure?
}
