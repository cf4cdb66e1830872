// The benchmark's published score (Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms", 2015; NAB's sweeper.py and
// scorer.py), standard profile: a window found counts up to 1, the more the earlier; a false alarm costs up to 0.11, less just
// behind a window; a window missed costs 1. 0 is a detector that never says anything, 100 one that finds all at once.

import Glibc

struct BenchmarkScore {
    var sum = 0.0
    var windows = 0
    var found = 0
    var falseAlarms = 0

    private static let falseAlarmWeight = 0.11

    /// `alarms` are points, in their order.
    init(alarms: [Int], of series: LabelledSeries) {
        windows = series.windows.count
        var isFound = [Bool](repeating: false, count: windows)
        for alarm in alarms where alarm >= series.probation {
            if let index = series.windows.firstIndex(where: { $0.contains(alarm) }) {
                guard !isFound[index] else { continue }
                isFound[index] = true
                let window = series.windows[index]
                let position = -Double(window.upperBound - alarm + 1) / Double(window.count)
                sum += BenchmarkScore.sigmoid(position) / BenchmarkScore.sigmoid(-1)
            } else {
                falseAlarms += 1
                guard let before = series.windows.last(where: { $0.upperBound < alarm }) else {
                    sum -= BenchmarkScore.falseAlarmWeight
                    continue
                }
                let position = Double(alarm - before.upperBound) / Double(before.count - 1)
                sum += BenchmarkScore.falseAlarmWeight * (position > 3 ? -1 : BenchmarkScore.sigmoid(position))
            }
        }
        found = isFound.count { $0 }
        sum -= Double(windows - found)
    }

    init(total parts: [BenchmarkScore]) {
        for part in parts {
            sum += part.sum
            windows += part.windows
            found += part.found
            falseAlarms += part.falseAlarms
        }
    }

    /// 0...100, below 0 for worse than silence.
    var normalised: Double { windows == 0 ? 0 : 100 * (sum + Double(windows)) / Double(2 * windows) }

    private static func sigmoid(_ position: Double) -> Double { 2 / (1 + exp(5 * position)) - 1 }
}
