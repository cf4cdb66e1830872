import Synchronization

// A pattern and what it said of texts it has seen: tables repeat few names over many rows. Shared by copies of a query,
// on any thread. At the limit everything is forgotten, so that names of yesterday's pods do not stay.

final class Verdicts: Sendable {
    static let limit = 16_384

    let pattern: Pattern
    private let known = Mutex<[String: Bool]>([:])

    init(_ pattern: Pattern) { self.pattern = pattern }

    func matches(_ text: String) -> Bool {
        if let verdict = known.withLock({ $0[text] }) { return verdict }
        // Outside the lock: a long text must not hold up another thread.
        let verdict = pattern.matches(text)
        known.withLock { known in
            if known.count >= Verdicts.limit { known.removeAll(keepingCapacity: true) }
            known[text] = verdict
        }
        return verdict
    }

    var knownCount: Int { known.withLock { $0.count } }
}
