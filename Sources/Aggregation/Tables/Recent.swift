// What lies within the last 10 to 20 seconds: two windows of 10 s, one that is finished and one that runs, so that it is O(1) and
// never suddenly empty. Windows turn at ticks alone, all rows' at once, so a replay says what the live node said; where an interval
// is longer than a window, the interval is the window. Owned by the row; a row without requests holds nothing.

/// When the windows of all rows began, CLOCK_MONOTONIC.
package struct RecentClock: Sendable, Equatable {
    /// How long a window is at least, nanoseconds.
    package static let window: UInt64 = 10_000_000_000

    package private(set) var finishedBegan: UInt64 = 0
    package private(set) var runningBegan: UInt64 = 0

    package init() {}

    /// What an instant does to the windows.
    enum Turn: Sendable { case none, one, all }

    /// An interval ended at `now`. All that was before is forgotten at the first tick, and where a recording's clock goes back.
    mutating func advance(to now: UInt64) -> Turn {
        if runningBegan == 0 || now < runningBegan {
            finishedBegan = now
            runningBegan = now
            return .all
        }
        guard now - runningBegan >= RecentClock.window else { return .none }
        finishedBegan = runningBegan
        runningBegan = now
        return .one
    }

    /// How much time both windows hold at `now`; nil before the first interval has ended.
    package func seconds(at now: UInt64) -> Double? { now > finishedBegan && finishedBegan > 0 ? Double(now - finishedBegan) / 1e9 : nil }
}

/// Recent requests.
package struct Recent: Sendable, Equatable {
    struct Window: Sendable, Equatable {
        var requests: UInt64 = 0
        var errors: UInt64 = 0
        var latency = Histogram()

        var isEmpty: Bool { requests == 0 && latency.count == 0 }

        mutating func merge(_ other: Window) {
            requests &+= other.requests
            errors &+= other.errors
            latency.merge(other.latency)
        }
    }

    /// The finished one and the one that runs; none where both are empty.
    private var windows: ContiguousArray<Window> = []

    package init() {}

    package var isEmpty: Bool { windows.isEmpty }
    package var requests: UInt64 { windows.reduce(0) { $0 &+ $1.requests } }
    package var errors: UInt64 { windows.reduce(0) { $0 &+ $1.errors } }

    /// What share failed; nil where there was no request.
    package var errorShare: Double? {
        let requests = requests
        return requests > 0 ? Double(errors) / Double(requests) : nil
    }

    /// The latency below which the share `quantile` lies, nanoseconds; nil where none was measured.
    package func latency(_ quantile: Double) -> UInt64? {
        windows.count == 2 ? Histogram.quantile(quantile, of: windows[0].latency, windows[1].latency) : nil
    }

    package mutating func add(requests: UInt64, errors: UInt64) {
        guard requests > 0 else { return }
        open()
        windows[1].requests &+= requests
        windows[1].errors &+= errors
    }

    package mutating func add(_ count: UInt32, bucket: Int, like value: UInt64) {
        guard count > 0 else { return }
        open()
        windows[1].latency.add(count, bucket: bucket, like: value)
    }

    /// A row has left, and this one gathers what it counted.
    package mutating func merge(_ other: Recent) {
        guard !other.isEmpty else { return }
        open()
        for index in windows.indices { windows[index].merge(other.windows[index]) }
    }

    /// The running window is finished.
    package mutating func turn() {
        guard !windows.isEmpty else { return }
        if windows[1].isEmpty {
            windows = []
        } else {
            windows[0] = windows[1]
            windows[1] = Window()
        }
    }

    package mutating func forget() { windows = [] }

    private mutating func open() { if windows.isEmpty { windows = [Window(), Window()] } }
}

/// What else a workload did lately, as its rules ask for it, and how regularly it has traffic.
package struct RecentTraffic: Sendable, Equatable, BitwiseCopyable {
    package struct Window: Sendable, Equatable, BitwiseCopyable {
        /// Connections that it tried to open, and of those the ones that failed, and that nobody answered.
        package var attempts: UInt64 = 0
        package var failures: UInt64 = 0
        package var timeouts: UInt64 = 0
        package var retransmits: UInt64 = 0
        /// Payload of TCP.
        package var sentBytes: UInt64 = 0
        package var resets: UInt64 = 0
        package var drops: UInt64 = 0
        package var listenDrops: UInt64 = 0
        package var isActive = false
    }

    /// Windows that are remembered for `silence`, and how many of them must have had traffic.
    static let remembered = 32
    static let regular = 30

    private var finished = Window()
    package var running = Window()
    /// A bit a window up to the last one with traffic, the newest lowest; and the windows without any since.
    private var activity: UInt32 = 0
    private var quiet: UInt32 = 0
    /// The end of the last interval with traffic, CLOCK_MONOTONIC; 0 before the first.
    private var lastTraffic: UInt64 = 0

    package init() {}

    package func count(_ counter: KeyPath<Window, UInt64>) -> UInt64 { finished[keyPath: counter] &+ running[keyPath: counter] }

    /// For how long there has been no traffic at `now`, where there was some in nearly all of the last five minutes before; else nil.
    package func silence(at now: UInt64) -> UInt64? {
        guard quiet > 0, activity.nonzeroBitCount >= RecentTraffic.regular, now > lastTraffic else { return nil }
        return now - lastTraffic
    }

    /// Traffic of a flow over an interval that ends after `now`, the last tick.
    mutating func add(_ delta: Counters, of key: FlowKey) {
        if key.direction == .outbound {
            let failures = delta[.refused] &+ delta[.timedOut] &+ delta[.failed]
            running.attempts &+= delta[.opened] &+ failures
            running.failures &+= failures
            running.timeouts &+= delta[.timedOut]
        }
        running.retransmits &+= delta[.retransmits]
        if key.transport == .tcp { running.sentBytes &+= delta[.sentBytes] }
        running.resets &+= delta[.resetsSent] &+ delta[.resetsReceived]
        if delta.carriesData { running.isActive = true }
    }

    /// An interval with traffic ended at `now`.
    mutating func noteTraffic(at now: UInt64) { lastTraffic = now }

    /// The running window is finished.
    mutating func turn() {
        if running.isActive {
            // Shifting by the width or more gives zero.
            activity = (activity << (min(quiet, UInt32(RecentTraffic.remembered)) + 1)) | 1
            quiet = 0
        } else if quiet < .max {
            quiet += 1
        }
        finished = running
        running = Window()
    }

    mutating func forget() { self = RecentTraffic() }

    /// A workload has left, and this one gathers what it counted.
    mutating func merge(_ other: RecentTraffic) {
        finished.merge(other.finished)
        running.merge(other.running)
    }
}

extension Counters {
    /// Whether payload went either way; a correction alone is none.
    var carriesData: Bool { self[.sentBytes] > 0 || Int64(bitPattern: self[.receivedBytes]) > 0 }
}

extension RecentTraffic.Window {
    fileprivate mutating func merge(_ other: RecentTraffic.Window) {
        attempts &+= other.attempts
        failures &+= other.failures
        timeouts &+= other.timeouts
        retransmits &+= other.retransmits
        sentBytes &+= other.sentBytes
        resets &+= other.resets
        drops &+= other.drops
        listenDrops &+= other.listenDrops
        isActive = isActive || other.isActive
    }
}
