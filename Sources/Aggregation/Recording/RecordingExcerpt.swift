// What a recording keeps that is only about anomalies: the time before each, the time in which one is open, and the time after. Pure: it
// is told every event and whether anything is wrong, and hands on what is to be written. Owned by whoever records.
//
// The time before waits in a ring of encoded intervals, at most `RecordingLimits.ringBytes`; what leaves it is folded into the state that
// a stretch begins with. A stretch that does not follow the one before begins with a gap, what has ended meanwhile, and that state:
// cumulative samples say where they stand, and the gap says that nobody counts the difference.

package struct RecordingExcerpt: Sendable {
    /// How much was written and how much was not.
    package struct Account: Sendable, Equatable {
        /// Intervals that were told.
        package var seen: UInt64 = 0
        package var written: UInt64 = 0
        package var leftOut: UInt64 = 0
        package var stretches: UInt64 = 0
        /// Intervals that were to be written and for which the ring had no room.
        package var missing: UInt64 = 0
    }

    private struct Interval: Sendable {
        var payload: [UInt8]
        /// CLOCK_MONOTONIC of its end.
        var ended: UInt64
    }

    private let margin: UInt64
    private let limit: Int
    package private(set) var account = Account()
    /// Everything before the ring; while it writes, everything.
    private var state = RecordingState()
    /// As it was when the last stretch ended.
    private var written = RecordingState()
    private var encoder = EventEncoder()
    private var decoder = EventDecoder()
    /// The oldest first; those before `head` have left.
    private var ring: [Interval] = []
    private var head = 0
    private var ringBytes = 0
    /// Intervals since the last stretch that have left the ring.
    private var gap: UInt64 = 0
    /// Ends of those that left for want of room and are still within the margin.
    private var early: [UInt64] = []
    package private(set) var isWriting = false
    private var lastAnomalous: UInt64 = 0

    /// - Parameter margin: nanoseconds before an anomaly is flagged and after the last one is over.
    package init(margin: UInt64, limit: Int = RecordingLimits.ringBytes) {
        self.margin = margin
        self.limit = limit
    }

    package var refused: UInt64 { state.refused }

    /// - Parameter isAnomalous: at a tick, whether an anomaly is open.
    package mutating func receive<Failure: Error>(
        _ event: Event, isAnomalous: Bool, write: (Event) throws(Failure) -> Void
    ) throws(Failure) {
        if case .tick = event { account.seen += 1 }
        guard isWriting else { return try wait(event, isAnomalous: isAnomalous, write) }
        state.fold(event)
        try write(event)
        guard case .tick(let moment) = event else { return }
        account.written += 1
        if isAnomalous { lastAnomalous = moment.monotonic }
        // A clock that went back ends it, too: nobody knows how long it has been.
        if moment.monotonic < lastAnomalous || moment.monotonic - lastAnomalous > margin { pause() }
    }

    private mutating func wait<Failure: Error>(
        _ event: Event, isAnomalous: Bool, _ write: (Event) throws(Failure) -> Void
    ) throws(Failure) {
        encoder.encode(event)
        guard case .tick(let moment) = event else { return }
        let interval = Interval(payload: encoder.takePayload(), ended: moment.monotonic)
        ring.append(interval)
        ringBytes += interval.payload.count
        while head < ring.count, ring[head].ended < moment.monotonic, moment.monotonic - ring[head].ended > margin { leave() }
        while ringBytes > limit, head < ring.count {
            early.append(ring[head].ended)
            leave()
        }
        early.removeAll { $0 < moment.monotonic && moment.monotonic - $0 > margin }
        if isAnomalous { try begin(at: moment, write) }
    }

    private mutating func leave() {
        for event in decoded(takeOldest()) { state.fold(event) }
        gap += 1
        account.leftOut += 1
    }

    private mutating func takeOldest() -> [UInt8] {
        let payload = ring[head].payload
        ring[head].payload = []
        head += 1
        ringBytes -= payload.count
        if head > 1_024, head * 2 > ring.count {
            ring.removeFirst(head)
            head = 0
        }
        return payload
    }

    /// What was encoded here decodes here.
    private mutating func decoded(_ payload: [UInt8]) -> [Event] {
        var events: [Event] = []
        decoder.load(payload)
        do throws(RecordingError) { while let event = try decoder.next() { events.append(event) } } catch {}
        return events
    }

    private mutating func begin<Failure: Error>(at moment: Moment, _ write: (Event) throws(Failure) -> Void) throws(Failure) {
        isWriting = true
        lastAnomalous = moment.monotonic
        account.stretches += 1
        account.missing += UInt64(early.count)
        early = []
        if gap > 0 {
            try write(.gap(intervals: gap))
            for event in state.ends(since: written) { try write(event) }
            for event in state.events { try write(event) }
            // A tick of its own, so that the first interval of the stretch has its true length.
            try write(.tick(state.moment))
        }
        gap = 0
        written = RecordingState()
        while head < ring.count {
            account.written += 1
            for event in decoded(takeOldest()) {
                state.fold(event)
                try write(event)
            }
        }
        ring = []
        head = 0
    }

    private mutating func pause() {
        isWriting = false
        written = state
        encoder = EventEncoder()
        decoder = EventDecoder()
    }
}
