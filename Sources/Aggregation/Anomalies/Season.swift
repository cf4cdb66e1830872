// What a series does at this time of the day: the mean deviation from the level in each half hour, learnt over days. The detector
// owns it; 240 bytes. It is a table and not a decomposition: one bin a half hour is what fits, and needs no period to be guessed.

struct Season: Sendable {
    private var bins = InlineArray<48, Float>(repeating: .nan)
    private var sum = 0.0
    private var count: Float = 0
    private var day: UInt32 = 0
    private var firstDay: UInt32 = .max
    private var bin: UInt8 = 0
    /// Mean deviations without the season and with it.
    private var plain: Float = 0
    private var seasonal: Float = 0

    private static let secondsInDay: UInt64 = 86_400

    private static func slot(_ wall: UInt64) -> (day: UInt32, bin: UInt8) {
        let seconds = wall / 1_000_000_000
        return (UInt32(truncatingIfNeeded: seconds / secondsInDay), UInt8(truncatingIfNeeded: seconds % secondsInDay / 1800))
    }

    /// What this half hour usually deviates; nil before its third day.
    func expected(wall: UInt64) -> Double? {
        let (day, bin) = Season.slot(wall)
        guard firstDay != .max, day >= firstDay + 2 else { return nil }
        let value = bins[Int(bin)]
        return value.isNaN ? nil : Double(value)
    }

    /// Whether the season explains enough to be used instead of the level alone.
    var isWorthwhile: Bool { Double(seasonal) < Tuning.seasonWorth * Double(plain) }

    mutating func compare(deviation: Double, residual: Double) {
        plain += Float((deviation.magnitude - Double(plain)) / Tuning.seasonMemory)
        seasonal += Float((residual.magnitude - Double(seasonal)) / Tuning.seasonMemory)
    }

    mutating func learn(_ deviation: Double, wall: UInt64) {
        let (day, bin) = Season.slot(wall)
        if firstDay == .max {
            firstDay = day
        } else if day != self.day || bin != self.bin {
            if count > 0 { close() }
            sum = 0
            count = 0
        }
        self.day = day
        self.bin = bin
        sum += deviation
        count += 1
    }

    private mutating func close() {
        let mean = Float(sum / Double(count))
        let old = bins[Int(bin)]
        let share = max(Float(Tuning.seasonGain), 1 / Float(day &- firstDay &+ 1))
        bins[Int(bin)] = old.isNaN ? mean : old + share * (mean - old)
    }
}
