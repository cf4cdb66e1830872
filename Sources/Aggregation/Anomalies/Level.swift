// Where a series usually is: a mean that forgets, of which one point moves no more than a few usual deviations. A run of points that
// all lie far on one side is a new level, adopted at once when it has lasted. The detector owns it; 40 bytes.
// Not a median: an exact one needs the points, and a mean of clipped steps (Huber's location, 1964, as a recursion) does as well.

struct Level: Sendable, BitwiseCopyable {
    private(set) var mean = 0.0
    /// What points deviate on average, in either direction.
    private(set) var spread = 0.0
    private var runMean = 0.0
    /// How many of the last points lay far on one side.
    private(set) var run: UInt16 = 0
    private var isRunAbove = false

    /// Whether the last points lay far on one side.
    var isLeft: Bool { run > Level.free }

    /// `floor` is the least deviation that is one; `count` is 1 for the first point. Where it `holds`, only a run that lasts moves it.
    mutating func learn(_ value: Double, floor: Double, count: Double, holds: Bool = false) {
        let deviation = value - mean
        let share = max(1 / Tuning.memory, 1 / count)
        guard count > Double(Level.free) else {
            mean += deviation / count
            if count > 1 { spread += (deviation.magnitude - spread) / count }
            return
        }
        let limit = Tuning.clip * max(spread, floor)
        if deviation.magnitude > limit {
            let isAbove = deviation > 0
            if isAbove != isRunAbove { run = 0 }
            isRunAbove = isAbove
            run += 1
            runMean += (value - runMean) / Double(run)
            if run >= Tuning.adoption {
                mean = runMean
                run = 0
                return
            }
            // Nothing is learnt from a run until it has lasted: neither the level nor the spread belongs to it.
            if run > Level.free { return }
        } else {
            run = 0
        }
        if holds { return }
        let step = min(deviation.magnitude, limit)
        mean += share * (deviation < 0 ? -step : step)
        spread += share * (step - spread)
    }

    /// So many points at the start are learnt whole, there is no usual deviation yet; and so many of a run as single ones.
    private static let free: UInt16 = 10
}
