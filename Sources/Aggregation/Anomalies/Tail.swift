// How rare a deviation is: a threshold that one point in a hundred passes, and by how much such points pass it on average. Beyond a
// high threshold most distributions fall off exponentially (peaks over threshold: Pickands 1975; for streams Siffer et al., "Anomaly
// detection in streams with extreme value theory", KDD 2017), so a score s says: as far out as Tuning.rare * exp(-s) of the points.
// The threshold is a stochastic approximation of the quantile (Robbins and Monro 1951): 8 bytes, and no sample is kept.

struct Tail: Sendable, BitwiseCopyable {
    /// While warming up: the mean deviation.
    private var threshold: Float = 0
    private var excess: Float = 0

    /// A normal distribution's 99th percentile, and what lies beyond it on average, in standard deviations: for the noise.
    private static let noiseThreshold = 2.33
    private static let noiseExcess = 0.34
    /// Scores end here: beyond it they say nothing more.
    static let ceiling = 100.0

    /// In usual excesses beyond the threshold; 0 below it. Of what `floor`, a standard deviation, explains, the score is 0.
    func score(_ deviation: Double, floor: Double) -> Double {
        let beyond = deviation - max(Double(threshold), Tail.noiseThreshold * floor)
        guard beyond > 0 else { return 0 }
        return min(Tail.ceiling, beyond / max(Double(excess), Tail.noiseExcess * floor, .leastNormalMagnitude))
    }

    /// What lies on the other side is a deviation of 0. `count` points were seen, this one included. An excess teaches no more than
    /// `Tuning.outlier` usual ones, and `floor` says what is usual where there was none: a fault does not become so by its first point.
    /// `pace` is below 1 where neighbouring points say much the same by their making, `weight` where they do so now.
    mutating func learn(_ deviation: Double, floor: Double = 0, count: Double, pace: Double = 1, weight: Double = 1) {
        let size = max(deviation, 0)
        guard count > Tuning.warmUp else {
            threshold += Float((size - Double(threshold)) / count)
            if count == Tuning.warmUp {
                excess = threshold * Float(Tuning.firstExcess)
                threshold *= Float(Tuning.firstThreshold)
            }
            return
        }
        let mean = max(Double(excess), Tail.noiseExcess * floor)
        let beyond = size - Double(threshold)
        let step = Tuning.gain * mean * pace * weight
        if beyond > 0 {
            let share = weight * max(Tuning.forget * pace, 1 / (3 + (count - Tuning.warmUp) * Tuning.rare))
            // The first that ever passed is taken for an outlier: nothing else is known.
            excess = Float(mean > 0 ? mean + share * (min(beyond, Tuning.outlier * mean) - mean) : beyond / Tuning.outlier)
            threshold += Float(step * (1 - Tuning.rare))
        } else {
            threshold = Float(max(0, Double(threshold) - step * Tuning.rare))
        }
    }
}
