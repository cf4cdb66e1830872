// The newest 32 means of a series over equal spans of time, and whether they grow. A trend is what Mann and Kendall's test says (Mann 1945,
// Kendall 1975: more pairs rise than fall, whatever their distribution), its slope Theil and Sen's (1950, 1968: the median of the slopes of
// all pairs, which a third of odd values does not move). Both look at all pairs, 496, once a span. A run of Page and Hinkley is cheaper and
// cannot tell growth from a step, or from growth that has ended; here each quarter must add its share. `Drift` owns two; 136 bytes.

struct Means: Sendable, BitwiseCopyable {
    static let count = 32
    static let quarter = count / 4
    /// Means that a quarter needs.
    private static let fewest = 6
    /// The least share of all pairs by which those that rise are more than those that fall (Kendall's tau). Of 32 values without a trend
    /// one in a million has it.
    private static let concordance = 0.6
    /// The least that a quarter adds, of what each adds to a straight line: less is growth that ends, or a step.
    private static let steadiness = 0.5

    /// Not a number where nothing was measured.
    private var values = InlineArray<32, Float>(repeating: .nan)
    private var head: UInt8 = 0

    struct Growth: Sendable {
        /// A span.
        var slope: Double
        /// At the beginning and at the end of the trend, by the slope and the outer quarters.
        var from: Double
        var to: Double
    }

    /// Returns the one that leaves.
    mutating func append(_ value: Double) -> Double {
        let old = values[Int(head)]
        values[Int(head)] = Float(value)
        head = (head + 1) % UInt8(Means.count)
        return Double(old)
    }

    /// Oldest first.
    subscript(age: Int) -> Double { Double(values[(Int(head) + age) % Means.count]) }

    /// The median of a quarter, the oldest first; nil where too little was measured.
    func median(ofQuarter number: Int, without usual: (Int) -> Double = { _ in 0 }) -> Double? {
        var sorted = InlineArray<8, Double>(repeating: 0)
        var count = 0
        for age in number * Means.quarter..<(number + 1) * Means.quarter {
            let value = self[age] - usual(age)
            guard value.isFinite else { continue }
            var place = count
            while place > 0, sorted[place - 1] > value {
                sorted[place] = sorted[place - 1]
                place -= 1
            }
            sorted[place] = value
            count += 1
        }
        return count < Means.fewest ? nil : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }

    /// How often the last median is the first; nil where one of them is missing or zero.
    var ratio: Double? {
        guard let first = median(ofQuarter: 0), let last = median(ofQuarter: 3), first > 0 else { return nil }
        return last / first
    }

    /// Nil where they do not grow steadily. `usual` is what each would be anyway, by its age as `subscript` counts it.
    func growth(without usual: (Int) -> Double = { _ in 0 }) -> Growth? {
        guard let first = median(ofQuarter: 0, without: usual), let second = median(ofQuarter: 1, without: usual),
            let third = median(ofQuarter: 2, without: usual), let last = median(ofQuarter: 3, without: usual), last > first
        else { return nil }
        let share = (last - first) / 3 * Means.steadiness
        guard second - first >= share, third - second >= share, last - third >= share else { return nil }
        var slopes: [Double] = []
        slopes.reserveCapacity(Means.count * (Means.count - 1) / 2)
        for later in 1..<Means.count {
            let value = self[later] - usual(later)
            guard value.isFinite else { continue }
            for earlier in 0..<later {
                let slope = (value - (self[earlier] - usual(earlier))) / Double(later - earlier)
                if slope.isFinite { slopes.append(slope) }
            }
        }
        let rising = slopes.count { $0 > 0 }
        let falling = slopes.count { $0 < 0 }
        guard Double(rising - falling) >= Means.concordance * Double(slopes.count) else { return nil }
        slopes.sort()
        let slope = slopes[slopes.count / 2]
        let outer = slope * Double(Means.quarter - 1) / 2
        return Growth(slope: slope, from: first - outer, to: last + outer)
    }
}
