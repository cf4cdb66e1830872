// How many questions layer 3 is asked in an interval: each looks through hundreds of windows, and when the whole node is in trouble every
// series is uncertain in the same second. Doubts and what is asked to learn have a budget each, so neither starves the other. A doubt
// that is left out is layer 2's alone, which is counted; what is asked to learn is asked an interval later. Owned by `Watch`.

struct DiscordBudget: Sendable {
    let limit: Int
    private var doubts = 0
    private var clocks = 0
    /// The first place that was left out in this interval: there the next one begins, so that the same are not left out each time.
    private(set) var firstLeftOut: Int?
    /// Doubts that were left out since the start.
    private(set) var refused: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    mutating func begin() {
        doubts = 0
        clocks = 0
        firstLeftOut = nil
    }

    mutating func allows(_ occasion: Discord.Occasion, at place: Int) -> Bool {
        switch occasion {
        case .doubt where doubts < limit:
            doubts += 1
            return true
        case .clock where clocks < limit:
            clocks += 1
            return true
        case .doubt: refused += 1
        case .clock: break
        }
        if firstLeftOut == nil { firstLeftOut = place }
        return false
    }
}
