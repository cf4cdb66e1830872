// What to ask an API server next, after what came of the last request: list, page by page, then watch from where the list
// stood, and again. Pure: no clock, no network, chance is an argument. docs/decisions/list-and-watch.md says why so.

struct WatchCourse: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        /// `isPaged` false: in one answer, because pages expired before they could be fetched.
        case list(continuation: String?, isPaged: Bool)
        case watch(version: String)
    }

    enum Outcome: Sendable, Hashable {
        case page(version: String, continuation: String?)
        /// A watch ended as the server wished it. `hasMoved`: it told of something.
        case ended(version: String, lived: Duration, hasMoved: Bool)
        case failed(APIFailure, version: String, lived: Duration, hasMoved: Bool)
    }

    private(set) var step = Step.list(continuation: nil, isPaged: true)
    /// Without a success between them.
    private(set) var failures = 0
    private var expiries = 0
    private let pace: WatchPace

    init(_ pace: WatchPace = WatchPace()) { self.pace = pace }

    /// Sets `step`; how long to wait before it. `chance` is in 0..<1.
    mutating func advance(after outcome: Outcome, chance: Double) -> Duration {
        switch outcome {
        case .page(_, let continuation?):
            step = .list(continuation: continuation, isPaged: true)
            // Progress, but only a watch that lasts proves that the server is well.
            failures = min(failures, 1)
            return .zero
        case .page(let version, nil):
            step = .watch(version: version)
            expiries = 0
            return .zero
        case .ended(let version, let lived, let hasMoved):
            step = .watch(version: version)
            if lived >= pace.steady {
                failures = 0
                return .zero
            }
            failures = hasMoved ? 0 : failures + 1
            return pause(chance)
        case .failed(let failure, let version, let lived, let hasMoved):
            return fail(failure, version, wasWell: hasMoved || lived >= pace.steady, chance)
        }
    }

    private mutating func fail(_ failure: APIFailure, _ version: String, wasWell: Bool, _ chance: Double) -> Duration {
        failures = wasWell ? 0 : failures + 1
        switch (step, failure) {
        case (.list, .gone):
            expiries += 1
            step = .list(continuation: nil, isPaged: expiries < 2)
            return expiries == 1 ? .zero : pause(chance)
        case (.list(.some, _), .refused):
            step = .list(continuation: nil, isPaged: true)
        case (.list, _): break
        case (.watch, .gone):
            step = .list(continuation: nil, isPaged: true)
            if wasWell { return .zero }
        case (.watch, .refused), (.watch, .garbled): step = .list(continuation: nil, isPaged: true)
        case (.watch, _): step = .watch(version: version)
        }
        if case .busy(_, let seconds?) = failure { return max(.seconds(seconds), pause(chance)) }
        return pause(chance)
    }

    /// Doubles with each failure, and is spread, so that a server that comes back is not asked by all of its clients at once.
    private func pause(_ chance: Double) -> Duration {
        let whole = min(pace.longest, pace.shortest * (1 << min(max(failures - 1, 0), 16)))
        return whole / 2 + whole / 2 * chance
    }
}

/// The times of listing and watching; tests have shorter ones.
struct WatchPace: Sendable, Hashable {
    var shortest = Duration.milliseconds(500)
    var longest = Duration.seconds(30)
    /// A watch that lasted so long was well.
    var steady = Duration.seconds(5)
    /// For one page of a list, connection included.
    var listLimit = Duration.seconds(30)
    /// How long a watch is asked for; spread, so that they do not all end at once.
    var watchSeconds = 240...300
    /// A watch that the server has not ended so long after its time is dead.
    var margin = Duration.seconds(15)
    /// What a page of a list is asked to have at most.
    var page = 500
}
