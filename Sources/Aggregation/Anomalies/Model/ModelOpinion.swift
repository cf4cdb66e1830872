// What an external model thinks of the newest value of a series. A plain value.
//
// An opinion only adds. It is asked for where layer 2 is uncertain; from `speaksFrom` on it makes an anomaly of what layer 2
// would have let pass, and below that it changes nothing: no model takes back what a rule or a detector has found.

package struct ModelOpinion: Sendable, Equatable {
    /// How sure a model must be, for its opinion to be told.
    package static let speaksFrom = 0.9

    package struct Band: Sendable, Equatable {
        /// Not above `high`.
        package let low: Double
        package let high: Double

        package init?(low: Double, high: Double) {
            guard low.isFinite, high.isFinite, low <= high else { return nil }
            self.low = low
            self.high = high
        }
    }

    /// Of the question.
    package let id: UInt64
    /// 0 is "as it always was", 1 "never like this": how sure the model is that the newest value does not belong.
    package let score: Double
    /// What the model expected in the place of the newest value, in the series' unit.
    package let expected: Double?
    /// Between which values it would not have been astonished.
    package let band: Band?

    /// Nil where the score is not within 0…1 or the expected value not finite.
    package init?(id: UInt64, score: Double, expected: Double? = nil, band: Band? = nil) {
        guard score >= 0, score <= 1, expected?.isFinite ?? true else { return nil }
        self.id = id
        self.score = score
        self.expected = expected
        self.band = band
    }

    package var speaks: Bool { score >= ModelOpinion.speaksFrom }
}
