// What a series does at this time of the day and on this day of the week: the mean deviation from its level in each half hour, and
// what a weekday adds to that, learnt over days. The detector owns it; 272 bytes. It is a table and not a decomposition: no period is
// guessed, and nothing is kept of single points. Days are UTC's, so a change of the clocks moves the season by an hour until learnt.

struct Season: Sendable {
    private static let binsInDay = 48
    private static let daysInWeek = 7
    private static let secondsInDay: UInt64 = 86_400

    /// Not a number: never seen.
    private var bins = InlineArray<48, Float>(repeating: .nan)
    private var weekdays = InlineArray<7, Float>(repeating: 0)
    /// Of the half hour, and what the bins leave of the day.
    private var binSum = 0.0
    private var daySum = 0.0
    private var binCount: UInt32 = 0
    private var dayCount: UInt32 = 0
    private var firstDay: UInt32 = .max
    private var day: UInt32 = 0
    /// Mean deviations without the season and with it.
    private var plain: Float = 0
    private var seasonal: Float = 0
    private var bin: UInt8 = 0

    private static func slot(_ wall: UInt64) -> (day: UInt32, bin: UInt8) {
        let seconds = wall / 1_000_000_000
        let bin = seconds % secondsInDay * UInt64(binsInDay) / secondsInDay
        return (UInt32(truncatingIfNeeded: seconds / secondsInDay), UInt8(truncatingIfNeeded: bin))
    }

    /// What this half hour of this weekday usually deviates; nil before the third day.
    func expected(wall: UInt64) -> Double? {
        let (day, bin) = Season.slot(wall)
        guard firstDay != .max, day >= firstDay, day - firstDay >= 2 else { return nil }
        let value = bins[Int(bin)]
        return value.isNaN ? nil : Double(value + weekdays[Int(day) % Season.daysInWeek])
    }

    /// Whether the season explains enough to be asked instead of the level alone.
    var isWorthwhile: Bool { Double(seasonal) < Tuning.seasonWorth * Double(plain) }

    /// What a point deviates from the level, and what the season leaves of that.
    mutating func compare(deviation: Double, residual: Double) {
        plain += Float((deviation.magnitude - Double(plain)) / Tuning.seasonMemory)
        seasonal += Float((residual.magnitude - Double(seasonal)) / Tuning.seasonMemory)
    }

    mutating func learn(_ deviation: Double, wall: UInt64) {
        let (day, bin) = Season.slot(wall)
        if day < firstDay {
            // The first point, or a clock that was set back.
            self = Season()
            firstDay = day
            self.day = day
        }
        if day != self.day || bin != self.bin { closeBin() }
        if day != self.day { closeDay() }
        self.day = day
        self.bin = bin
        binSum += deviation
        binCount &+= 1
        let usual = bins[Int(bin)]
        guard !usual.isNaN else { return }
        daySum += deviation - Double(usual)
        dayCount &+= 1
    }

    private mutating func closeBin() {
        if binCount > 0 {
            let mean = Float(binSum / Double(binCount))
            let old = bins[Int(bin)]
            let share = max(Float(Tuning.seasonGain), 1 / Float(day - firstDay + 1))
            bins[Int(bin)] = old.isNaN ? mean : old + share * (mean - old)
        }
        binSum = 0
        binCount = 0
    }

    /// The first days only make the bins; then the first of a weekday is taken whole.
    private mutating func closeDay() {
        if dayCount > 0, day - firstDay >= 3 {
            let index = Int(day) % Season.daysInWeek
            let share: Float = day - firstDay >= 10 ? Float(Tuning.seasonGain) : 1
            weekdays[index] += share * (Float(daySum / Double(dayCount)) - weekdays[index])
        }
        daySum = 0
        dayCount = 0
    }
}
