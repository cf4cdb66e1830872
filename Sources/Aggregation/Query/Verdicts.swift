// A pattern and what it said of texts it has seen: tables repeat few names over many rows. Shared by copies of a query,
// on any thread. At the limit everything is forgotten, so that names of yesterday's pods do not stay.

import Synchronization

final class Verdicts: Sendable {
    static let limit = 16_384

    let pattern: Pattern
    private let state = Mutex(State())

    private struct State {
        var known: [String: Bool] = [:]
        /// Nil while somebody works in it.
        var room: Pattern.Room?
    }

    init(_ pattern: Pattern) { self.pattern = pattern }

    func matches(_ text: String) -> Bool {
        let (known, room) = state.withLock { state in
            let verdict = state.known[text]
            return (verdict, verdict == nil ? state.room.take() : nil)
        }
        if let known { return known }
        // Outside the lock: a long text must not hold up another thread.
        var mine = room ?? Pattern.Room(pattern)
        let verdict = pattern.matches(text, &mine)
        state.withLock { [mine] state in
            if state.known.count >= Verdicts.limit { state.known.removeAll(keepingCapacity: true) }
            // Many texts: room for all at once costs less than growing there.
            if state.known.count == Verdicts.limit / 16 { state.known.reserveCapacity(Verdicts.limit) }
            state.known[text] = verdict
            state.room = mine
        }
        return verdict
    }

    var knownCount: Int { state.withLock { $0.known.count } }
}
