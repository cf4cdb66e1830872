// Events that no program was run for: how many more of them the kernel counted than a program was run for.
//
// The two are read one after the other while both go on, so a difference may be of the moment. The kernel's count is read
// first: what happens between the two readings makes the difference smaller, never larger. What one processor is in the midst
// of may make it larger; only what three readings in a row say is believed. So too few may be told for a while, too many never.

struct UnseenEvents {
    /// Readings that must agree.
    static let readings = 3

    /// Told so far; never becomes less.
    private(set) var count: UInt64 = 0
    /// By how much the kernel's count was ahead when both had begun: less than 0, the programs were there first.
    private var start: Int64?
    private var quietReadings = 0
    private var last: [Int64] = []

    /// Whether it is known where the two began.
    var isStarted: Bool { quietReadings >= UnseenEvents.readings }

    /// A reading at the start, at which the program was not run between a reading before the kernel's and one after it.
    mutating func begin(counted: UInt64, seen: UInt64) {
        guard !isStarted else { return }
        let difference = Int64(bitPattern: counted &- seen)
        // An event may have been seen and not yet counted: then the difference is too small, but not each time.
        start = start.map { max($0, difference) } ?? difference
        quietReadings += 1
    }

    /// - Parameters:
    ///   - counted: by the kernel.
    ///   - seen: runs of the program, and those that are told as missed otherwise; read after `counted`.
    mutating func read(counted: UInt64, seen: UInt64) {
        guard isStarted, let start else { return }
        last.append(Int64(bitPattern: counted &- seen) - start)
        if last.count > UnseenEvents.readings { last.removeFirst() }
        guard last.count == UnseenEvents.readings, let certain = last.min(), certain > 0 else { return }
        count = max(count, UInt64(certain))
    }
}
