// One subject under watch: what came to it since its last points were made, and its series by measure.
//
// A rate has a point an interval. Quantiles and shares need samples, so their window stays open until it has enough of them, and closes
// after ten seconds with what it has: a busy service is judged each second, a quiet one each ten, and neither by three requests.

struct Watched: Sendable {
    let subject: AnomalySubject
    /// -1 for what belongs to none.
    let workload: WorkloadIndex
    var requests = RequestWindow()
    var attempts = ShareWindow()
    var segments = ShareWindow()
    /// By `Measure.rawValue`; -1 where nothing was measured yet.
    var series = InlineArray<9, Int32>(repeating: -1)
    /// Layer 3, over the four measures of requests together; nil before the first request.
    var discord: Discord?
    /// CLOCK_MONOTONIC of the last thing that was counted.
    var lastActive: UInt64

    static let channels = 4

    init(subject: AnomalySubject, workload: WorkloadIndex, now: UInt64) {
        self.subject = subject
        self.workload = workload
        lastActive = now
    }
}

/// Requests that wait for their point.
struct RequestWindow: Sendable {
    /// As many as tell a 95th percentile: two are slower.
    static let enough: UInt64 = 40
    /// Fewer tell no quantile.
    static let fewest: UInt64 = 8
    /// Nanoseconds.
    static let longest: UInt64 = 10_000_000_000

    /// Of this interval alone, for the rate.
    var ofInterval: UInt64 = 0
    var requests: UInt64 = 0
    var errors: UInt64 = 0
    var latency = Histogram()
    /// CLOCK_MONOTONIC; 0 while nothing came.
    var began: UInt64 = 0

    mutating func count(_ count: UInt64, errors failed: UInt64) {
        ofInterval &+= count
        requests &+= count
        errors &+= failed
    }

    func isRipe(at now: UInt64) -> Bool { began > 0 && (requests >= RequestWindow.enough || now &- began >= RequestWindow.longest) }

    mutating func clear() {
        requests = 0
        errors = 0
        latency = Histogram()
        began = 0
    }
}

/// Trials that wait for their point, and how many of them failed.
struct ShareWindow: Sendable {
    static let longest: UInt64 = 5_000_000_000

    var trials: UInt64 = 0
    var failed: UInt64 = 0
    var began: UInt64 = 0

    mutating func count(_ trials: UInt64, failed: UInt64, since: UInt64) {
        guard trials > 0 else { return }
        if began == 0 { began = since }
        self.trials &+= trials
        self.failed &+= min(failed, trials)
    }

    func isRipe(at now: UInt64, enough: UInt64) -> Bool { began > 0 && (trials >= enough || now &- began >= ShareWindow.longest) }
}

/// One value of a series.
struct Point: Sendable {
    var measure: Measure
    /// In the measure's unit.
    var value: Double
    /// What it was computed from, and how many of these are bad ones where it is a share.
    var samples: UInt64
    var failed: UInt64 = 0
    /// The standard deviation that chance alone gives it, on the scale that the detector sees.
    var noise: Double
    /// CLOCK_MONOTONIC of the first of its samples.
    var began: UInt64

    /// A share of trials, with the binomial distribution's standard deviation; by Laplace's estimate, so that no failure among few is
    /// no certainty.
    static func share(_ measure: Measure, _ failed: UInt64, of trials: UInt64, began: UInt64) -> Point {
        let share = Double(failed) / Double(trials)
        let likely = (Double(failed) + 1) / (Double(trials) + 2)
        return Point(
            measure: measure, value: share, samples: trials, failed: failed,
            noise: (likely * (1 - likely) / Double(trials)).squareRoot(), began: began)
    }

    /// A quantile of a histogram: its resolution, and what few samples leave open.
    static func quantile(_ measure: Measure, _ window: RequestWindow, _ quantile: Double, openness: Double) -> Point? {
        guard window.latency.count >= RequestWindow.fewest, let value = window.latency.quantile(quantile) else { return nil }
        let noise = 0.05 + openness / Double(window.latency.count).squareRoot()
        return Point(measure: measure, value: Double(value), samples: window.latency.count, noise: noise, began: window.began)
    }
}
