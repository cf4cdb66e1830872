// What an external model may cost and how long it is waited for; every limit of it. Times in nanoseconds.

package struct ModelBudget: Sendable, Equatable {
    /// Questions that wait, and opinions that nobody took.
    package static let queueLimit = 64
    /// Ids of questions whose time is over, remembered so that a late answer is not taken for garbage.
    package static let lateLimit = 256
    /// Bytes of a line that a model writes.
    package static let lineLimit = 64 << 10
    /// What `questions` may be.
    package static let questionRange = 1...64

    /// In each `period`, as one batch; the next is not sent before this one is answered or its time is over.
    package let questions: Int
    package var period: UInt64 = 1_000_000_000
    /// For the answers to a batch.
    package var answerTimeout: UInt64 = 2_000_000_000
    /// Until the model's first line: loading one takes a minute.
    package var startTimeout: UInt64 = 120_000_000_000
    /// A question that waited so long is about the past.
    package var questionLifetime: UInt64 = 30_000_000_000
    /// Batches without an answer in a row, and lines in a row that are no answers, until the process is killed.
    package var timeoutLimit = 3
    package var garbledLimit = 8
    /// From the end of a process to the next one: doubled each time, until an answer.
    package var shortestPause: UInt64 = 1_000_000_000
    package var longestPause: UInt64 = 60_000_000_000
    /// Restarts within `restartWindow`; one more, and the model is left alone.
    package var restartLimit = 10
    package var restartWindow: UInt64 = 3_600_000_000_000

    package init(questions: Int = 4) {
        self.questions = min(max(questions, ModelBudget.questionRange.lowerBound), ModelBudget.questionRange.upperBound)
    }

    /// What podglass says to a model first, as a line.
    package var greeting: [UInt8] {
        var line = JSONWriter()
        line.beginObject()
        line.key("podglass_model")
        line.integer(ModelLine.version)
        line.key("questions")
        line.integer(questions)
        line.key("timeout_ns")
        line.integer(answerTimeout)
        line.endObject()
        line.newline()
        return line.bytes
    }
}
