// What the console's detectors are measured against, each with the threshold that is best over all files together, which flatters
// them: the windowed Gaussian as NAB has it (windowedGaussian_detector.py: 6,400 points, moved on by 100), and a static threshold, so
// many standard deviations from the mean of the part that is not scored.

import Glibc

enum BaselineDetectors {
    private static let window = 6_400
    private static let step = 100

    /// 0...1 a point: one minus the normal distribution's tail beyond it.
    static func windowedGaussian(_ values: [Double]) -> [Double] {
        var scores = [Double](repeating: 0, count: values.count)
        var start = 0
        var count = 0
        var pending = 0
        var sum = 0.0
        var squares = 0.0
        var mean = 0.0
        var deviation = 1e-6
        for (index, value) in values.enumerated() {
            if count > 0 { scores[index] = 1 - 0.5 * erfc((value - mean).magnitude / deviation / 1.4142) }
            if count < window {
                count += 1
                sum += value
                squares += value * value
                mean = sum / Double(count)
                deviation = max(squares / Double(count) - mean * mean, 0).squareRoot()
            } else {
                pending += 1
                guard pending == step else { continue }
                pending = 0
                start += step
                (mean, deviation) = moments(values[start..<start + window])
            }
            if deviation == 0 { deviation = 1e-6 }
        }
        return scores
    }

    /// Standard deviations from the mean of the first `probation` values.
    static func fixed(_ values: [Double], probation: Int) -> [Double] {
        let (mean, deviation) = moments(values[..<max(1, probation)])
        return values.map { ($0 - mean).magnitude / max(deviation, 1e-6) }
    }

    private static func moments(_ values: ArraySlice<Double>) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count)).squareRoot())
    }

    static let gaussianThresholds = (4...32).map { 1 - pow(10, -Double($0) / 4) } + [1]
    static let fixedThresholds = (4...80).map { pow(10, Double($0) / 16) }
}
