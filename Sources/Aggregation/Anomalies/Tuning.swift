// The detectors' constants: the same for every series, every measure and every file of the benchmark. What each one moves, and how
// much the benchmark's score changes when it is halved or doubled, stands in docs/decisions/detectors.md.

enum Tuning {
    /// A score from which a point is an alarm, and below which it is calm.
    static let alarm = 5.0
    static let doubt = 2.5
    /// Points of calm after which an alarm is a new one.
    static let quiet: UInt16 = 30
    /// Points that are learnt from before the first score.
    static let warmUp = 50.0

    /// The level forgets over this many points, and adopts a new one after as many in a row beyond `clip` usual deviations.
    static let memory = 300.0
    static let adoption: UInt16 = 250
    static let clip = 3.0

    /// Points of the short and the long average.
    static let short = 8.0
    static let long = 64.0
    /// One over their roots: what an average leaves of noise, and how much slower its tails learn, as its points say the same.
    static let shortPace = 0.354
    static let longPace = 0.125

    /// The share of points that lie beyond a tail's threshold; how fast the threshold and the mean excess follow.
    static let rare = 0.01
    static let gain = 0.2
    static let forget = 0.01
    /// An excess teaches no more than this many usual ones.
    static let outlier = 10.0
    /// The first threshold and the first mean excess, in mean deviations of one side.
    static let firstThreshold = 6.0
    static let firstExcess = 1.5

    /// The least standard deviation that a series is believed to have, as a share of its level: less than about 5 % of the level
    /// (2.33 times this) is no anomaly, however still it was.
    static let least = 0.02

    /// What the next day changes of a bin at least; the share of the deviations that a season may leave to be believed; the points over
    /// which that is measured.
    static let seasonGain = 0.3
    static let seasonWorth = 0.5
    static let seasonMemory = 500.0

    /// How far back windows are compared, and how long they are.
    static let discordPoints: Int = 512
    static let discordWindow: Int = 32
}
