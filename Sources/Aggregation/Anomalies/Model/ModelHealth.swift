// How an external model is doing, as a value for screens and `doctor`. Layers 1 and 2 do not look at it.

package struct ModelHealth: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// None is configured.
        case off
        case starting
        case works
        /// Batches pass without an answer.
        case slow
        /// What it writes are no answers.
        case wrong
        /// Its process ended or cannot be started.
        case gone
    }

    package let state: State
    /// It is not started again.
    package let isFinal: Bool
    /// One sentence, safe to print.
    package let reason: String
    /// As the model calls itself; empty before its first line.
    package let name: String
    package let counts: ModelCounts
    /// From a batch's asking to an answer, nanoseconds, over all answers; nil before the first.
    package let medianAnswer: UInt64?

    package init(state: State, isFinal: Bool, reason: String, name: String, counts: ModelCounts, medianAnswer: UInt64? = nil) {
        self.state = state
        self.isFinal = isFinal
        self.reason = reason
        self.name = name
        self.counts = counts
        self.medianAnswer = medianAnswer
    }

    package static let off = ModelHealth(state: .off, isFinal: false, reason: "no model is configured", name: "", counts: ModelCounts())
}

/// Since the start of podglass. offered = asked + refused + those that wait; asked = answered + late + lost + those that are out.
package struct ModelCounts: Sendable, Equatable {
    package var offered: UInt64 = 0
    package var asked: UInt64 = 0
    package var answered: UInt64 = 0
    /// Not answered in time. What comes after is thrown away.
    package var late: UInt64 = 0
    /// The process ended before it answered.
    package var lost: UInt64 = 0
    /// Lines that are no answer to anything that was asked.
    package var garbled: UInt64 = 0
    /// Offered and never asked: the budget was spent, a newer question about the series came, or there is no model.
    package var refused: UInt64 = 0
    package var restarts: UInt64 = 0

    package init() {}
}
