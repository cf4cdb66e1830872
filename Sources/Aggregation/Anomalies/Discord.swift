// Layer 3: is the newest window like any earlier one? The distance to its nearest neighbour among the windows before it is the
// discord of Keogh, Lin and Fu ("HOT SAX", ICDM 2005), which a matrix profile holds for all windows at once (Yeh et al., ICDM 2016).
// Channels are what a few series deviate, in their usual deviations, so a window may be common in each and strange in all together.
// Windows are not normalised again: a level that is off is what we look for. It sees no further back than `Discord.points`.
//
// It is asked where layer 2 is uncertain, and at every sixteenth point to learn what distance is usual. A question costs at most
// points * window * channels subtractions. It only adds to a score. The caller owns it; a byte a point and channel.

package struct Discord: Sendable {
    /// How far back it sees, and how long a window is.
    package static let points = Tuning.discordPoints
    package static let window = Tuning.discordWindow
    /// Every so many points it is asked in any case.
    package static let interval = 16
    package let channels: Int

    /// Oldest first, a row of channels a point; moved to the front when full.
    private var rows: ContiguousArray<Int8>
    /// The usual distance, and the tail of what lies beyond it.
    private var usual = Level()
    private var tail = Tail()
    private var questions: UInt32 = 0
    private var sinceQuestion: UInt8 = 0

    private static let spare = 64
    /// A deviation is kept in sixteenths, up to eight.
    private static let steps = 16.0
    /// A distance that is none, in usual deviations: below it windows are alike, however alike all others were.
    private static let least = 0.1

    /// The memory of one, its history and the head of that included.
    package static func bytes(channels: Int) -> Int { MemoryLayout<Discord>.stride + 32 + (points + spare) * max(1, channels) }

    package init(channels: Int = 1) {
        self.channels = max(1, channels)
        rows = []
        rows.reserveCapacity((Discord.points + Discord.spare) * self.channels)
    }

    /// Begins the next point; channels that are not noted are as expected.
    package mutating func advance() {
        let size = channels
        if rows.count >= (Discord.points + Discord.spare) * size { rows.removeFirst(Discord.spare * size) }
        for _ in 0..<size { rows.append(0) }
        sinceQuestion = min(sinceQuestion + 1, UInt8(Discord.interval))
    }

    /// What one channel deviates at this point, after `advance`.
    package mutating func note(_ value: Double, _ judgement: Judgement, channel: Int = 0) {
        guard channel >= 0, channel < channels, !rows.isEmpty, value.isFinite, judgement.isWarm else { return }
        let deviation = value - judgement.expected
        guard deviation != 0 else { return }
        let most = Double(Int8.max)
        let scaled = deviation / max(judgement.spread, .leastNormalMagnitude) * Discord.steps
        rows[rows.count - channels + channel] = Int8(min(max(scaled, -most), most).rounded())
    }

    package enum Occasion: Sendable {
        /// Layer 2 is uncertain.
        case doubt
        /// It learns what is usual.
        case clock
    }

    /// Why it would be asked at this point; nil where it need not.
    package func occasion(_ score: Double) -> Occasion? {
        if score >= Detector.doubt, score < Detector.alarm { return .doubt }
        return sinceQuestion >= Discord.interval ? .clock : nil
    }

    /// What the newest window adds to a score of layer 2 at this point, the highest of its channels' scores: `score` or more.
    package mutating func judged(_ score: Double) -> Double {
        let isUncertain = score >= Detector.doubt && score < Detector.alarm
        guard isUncertain || sinceQuestion >= Discord.interval else { return score }
        guard let distance = distance() else { return score }
        let added = Double(questions) > Tuning.warmUp ? tail.score(distance - usual.mean, floor: Discord.least) : 0
        if sinceQuestion >= Discord.interval {
            // Only what is asked by the clock is learnt: doubts are no fair sample.
            sinceQuestion = 0
            questions += questions == .max ? 0 : 1
            tail.learn(distance - usual.mean, count: Double(questions))
            usual.learn(distance, floor: Discord.least, count: Double(questions))
        }
        return isUncertain ? min(score + added, Tail.ceiling) : score
    }

    /// From the newest window to its nearest earlier one that does not overlap it: root mean square, in usual deviations.
    package func distance() -> Double? {
        let length = Discord.window * channels
        let newest = rows.count - length
        guard newest >= length else { return nil }
        var nearest = Int32.max
        var start = max(0, rows.count - Discord.points * channels)
        while start + length <= newest {
            // The newest points are the odd ones, so most comparisons end soon. In eights, which a processor does at once.
            var sum: Int32 = 0
            var offset = length
            while offset > 0, sum < nearest {
                offset -= 8
                for lane in offset..<offset + 8 {
                    let difference = Int32(rows[start + lane]) - Int32(rows[newest + lane])
                    sum &+= difference &* difference
                }
            }
            nearest = min(nearest, sum)
            start += channels
        }
        return (Double(nearest) / Double(length)).squareRoot() / Discord.steps
    }
}
