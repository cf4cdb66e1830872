// A gap in a recording: intervals that were left out. What cumulative samples say behind it is where they stand, not what happened in an
// interval: nothing of the difference is counted anywhere, and how many intervals are missing is told as a loss.

extension EngineState {
    mutating func beginGap(intervals: UInt64) {
        isAfterGap = true
        intervalsNotRecorded &+= intervals
        noteGap()
    }

    /// Among the losses, so that every header and every status line tells of it.
    mutating func noteGap() {
        if intervalsNotRecorded > 0 { tables.status.losses[EventLoss.notRecorded] = intervalsNotRecorded }
    }

    /// At the tick that ends a gap: it ends no interval. What was usual before is usual still; windows and waits begin anew.
    mutating func endGap(since previous: Moment) {
        isAfterGap = false
        tables.interval = 0
        let now = tables.moment.monotonic
        let length = previous.monotonic > 0 && now > previous.monotonic ? now - previous.monotonic : 0
        advanceHistory(by: Int(min(length / 1_000_000_000, UInt64(History.seconds))))
        watch.cross(length)
        rulebook.cross()
    }

    /// A gap is seen in sparklines as a time without anything.
    private mutating func advanceHistory(by seconds: Int) {
        guard seconds > 0 else { return }
        tables.flows.history.advance(seconds)
        tables.workloads.history.advance(seconds)
        tables.symptoms.history.advance(seconds)
        tables.anomalies.history.advance(seconds)
        recordRequestHistory(fresh: seconds)
        tables.usageHistory.advance(seconds)
    }
}
