// Events as lines. Each format writes an event and a loss; a line ends with its newline and holds no other.

package protocol ObservationFormat: Sendable {
    mutating func line(_ observation: Observation) -> [UInt8]
    /// Nil where nothing needs to be said.
    mutating func lines(_ loss: EventLoss) -> [UInt8]
}
