// The slow side of a series: its means of each minute and of each eight minutes, 32 of both, so half an hour and four hours. Detectors of
// single points take a slow change for the new usual; here it is growth that lasts (Means.swift). What the time of the day explains is
// taken off from the third day on, and what only comes back to where it was before (the next tooth of a saw) is no growth.
// Constant memory, `Drift.bytes` at most; the caller owns one a series. Work is done once a minute.

struct Drift: Sendable {
    static let bytes = 640
    /// How many minutes a mean of each pace covers.
    enum Pace: Int, Sendable, CaseIterable, BitwiseCopyable { case minute = 1, slow = 8 }

    /// A day: over so many minutes the highest that was is forgotten.
    private static let memory = 1_440.0

    private var fast = Trace()
    private var slow = Trace()
    private var season = Season()
    private var sum = 0.0
    private var count: UInt32 = 0
    /// The minute that `sum` is of, by a clock whose minutes begin at the series' own second.
    private var minute: UInt64 = 0
    /// Of the minutes since the last slow mean: their sum, how many were measured, how many there were.
    private var slowSum = 0.0
    private var slowMeasured: UInt8 = 0
    private var slowMinutes: UInt8 = 0
    /// `AnomalyRow.serial` of the growth that goes on; 0 where none does, and at which pace it was found.
    var anomaly: UInt64 = 0
    var pace = Pace.minute
    /// Means in a row that did not grow.
    var calm = 0

    /// Means, and the highest that there was before them.
    private struct Trace: Sendable {
        var means = Means()
        private var highest = -Double.infinity
        private var left = Double.nan

        /// `forgets`: the share of a day that a mean is.
        mutating func append(_ mean: Double, forgets: Double) {
            let value = means.append(mean)
            guard value.isFinite else { return }
            // Two that follow each other: one odd minute is no height that was reached.
            let reached = left.isFinite ? min(value, left) : value
            left = value
            highest = reached >= highest ? reached : highest + (reached - highest) * forgets
        }

        /// Whether at least half of the growth is beyond what was reached before.
        func isBeyondEarlier(_ growth: Means.Growth) -> Bool { growth.to - highest >= 0.5 * (growth.to - growth.from) }
    }

    /// A point of the series. `shift`: seconds by which its minutes begin later than others', so that not all series are asked in the same
    /// second. Returns what a mean was completed of; the longest last.
    mutating func observe(_ value: Double, at moment: Moment, shift: UInt64) -> [Pace] {
        let now = (moment.monotonic &+ shift &* 1_000_000_000) / 60_000_000_000
        var completed: [Pace] = []
        if now != minute {
            if count > 0 { completed = close(at: moment.wall) }
            // Minutes without a point; after more of them than are kept nothing is left anyway.
            let missed = now > minute ? now - minute : 1
            for _ in 1..<min(max(missed, 1), UInt64(Means.count * Pace.slow.rawValue)) { _ = append(.nan) }
            minute = now
        }
        guard value.isFinite else { return completed }
        sum += value
        count &+= 1
        return completed
    }

    private mutating func close(at wall: UInt64) -> [Pace] {
        let mean = sum / Double(count)
        sum = 0
        count = 0
        season.learn(mean, wall: wall)
        return append(mean)
    }

    private mutating func append(_ mean: Double) -> [Pace] {
        fast.append(mean, forgets: 1 / Drift.memory)
        slowMinutes += 1
        if mean.isFinite {
            slowSum += mean
            slowMeasured += 1
        }
        guard slowMinutes >= Pace.slow.rawValue else { return [.minute] }
        let share = Double(Pace.slow.rawValue) / Drift.memory
        slow.append(slowMeasured > 0 ? slowSum / Double(slowMeasured) : .nan, forgets: share)
        (slowSum, slowMeasured, slowMinutes) = (0, 0, 0)
        return [.minute, .slow]
    }

    func means(_ pace: Pace) -> Means {
        switch pace {
        case .minute: fast.means
        case .slow: slow.means
        }
    }

    /// What grew steadily, to where it never was before, beyond what the season explains; `wall` is now.
    func growth(_ pace: Pace, wall: UInt64) -> Means.Growth? {
        let trace =
            switch pace {
            case .minute: fast
            case .slow: slow
            }
        guard let raw = trace.means.growth(), trace.isBeyondEarlier(raw) else { return nil }
        var usual = InlineArray<32, Double>(repeating: 0)
        for age in 0..<Means.count {
            let minutes = UInt64((Means.count - age) * pace.rawValue) &* 60_000_000_000
            guard let expected = expected(wall: wall &- minutes &+ UInt64(pace.rawValue) &* 30_000_000_000) else { return raw }
            usual[age] = expected
        }
        guard let beyond = trace.means.growth(without: { usual[$0] }) else { return nil }
        // What is left has no level of its own: it is measured from the level that the means have.
        return Means.Growth(slope: beyond.slope, from: raw.to - (beyond.to - beyond.from), to: raw.to)
    }

    /// The season's half hours, joined by lines: within one of them a day's slope would look like growth.
    private func expected(wall: UInt64) -> Double? {
        let half: UInt64 = 900_000_000_000
        guard let before = season.expected(wall: wall &- half), let after = season.expected(wall: wall &+ half) else { return nil }
        let share = Double((wall &- half) % (2 * half)) / Double(2 * half)
        return before + share * (after - before)
    }

    /// Whether the newest means still grow at a quarter of a slope.
    func goesOn(_ pace: Pace, slope: Double) -> Bool {
        let means = means(pace)
        guard let before = means.median(ofQuarter: 2), let now = means.median(ofQuarter: 3) else { return false }
        return now - before >= 0.25 * slope * Double(Means.quarter)
    }
}

extension Measure {
    /// Whether slow growth of it is told. Load that grows is no trouble by itself, and of rare events a minute tells little.
    var drifts: Bool {
        switch self {
        case .errorShare, .latencyMedian, .latencyTail, .roundTrip, .processors, .memory: true
        case .requestRate, .connectFailures, .retransmits: false
        }
    }

    /// Whether it grows with what a workload is asked to do.
    var followsLoad: Bool { self == .processors || self == .memory }

    /// Growth of load that explains so much of it is its cause.
    static let explanation = 0.7
    /// Least growth of memory: a share, and bytes. Less than a jump must have, because it goes on.
    private static let leakShare = 0.2
    private static let leakBytes = 16_777_216.0
    /// Memory whose limit is so near at its pace is a warning; minutes.
    private static let limitNear = 60.0

    /// How grave it is that a measure went so far; nil where that does not matter. `left`: minutes to its limit at this pace.
    func severity(ofGrowth growth: Means.Growth, left: Double?) -> Severity? {
        guard self == .memory else { return severity(of: growth.to, expected: max(0, growth.from), failed: .max) }
        guard growth.to - growth.from >= max(Measure.leakBytes, Measure.leakShare * growth.from) else { return nil }
        return left.map { $0 <= Measure.limitNear } ?? false ? .warning : .notice
    }
}
