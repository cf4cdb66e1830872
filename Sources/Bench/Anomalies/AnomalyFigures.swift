// What the console's detectors score on the Numenta Anomaly Benchmark, beside two that everybody has, recomputed on the same files;
// then what they cost. The detectors are the console's own types with their own constants: nothing is set here. The baselines get
// the threshold that is best for them over all files.

import Aggregation
import Glibc

struct AnomalyFigures {
    let all: [LabelledSeries]

    init(directory: String) throws(BenchmarkError) { all = try LabelledSeries.all(in: directory) }

    private struct Row {
        var name: String
        var parts: [BenchmarkScore]
        var total: BenchmarkScore { BenchmarkScore(total: parts) }
    }

    func measure() {
        let gaussian = all.map { BaselineDetectors.windowedGaussian($0.values) }
        let fixed = all.map { BaselineDetectors.fixed($0.values, probation: $0.probation) }
        let rows = [
            best("static threshold", fixed, BaselineDetectors.fixedThresholds) { AnomalyFigures.points($0, threshold: $1) },
            best("windowed Gaussian", gaussian, BaselineDetectors.gaussianThresholds) { AnomalyFigures.points($0, threshold: $1) },
            best("windowed Gaussian, episodes", gaussian, BaselineDetectors.gaussianThresholds) {
                AnomalyFigures.episodes($0, threshold: $1)
            },
            row("layer 2", AnomalyFigures.layer2),
            row("layers 2 and 3", AnomalyFigures.layers2And3),
        ]
        print("\(all.count) series, \(rows[0].total.windows) windows, standard profile; 0 is silence, 100 perfection\n")
        print(AnomalyFigures.line("detector", ["score", "found", "missed", "false"]))
        for row in rows {
            let total = row.total
            print(
                AnomalyFigures.line(
                    row.name,
                    [decimal(total.normalised), "\(total.found)", "\(total.windows - total.found)", "\(total.falseAlarms)"]))
        }
        print("\nfound of windows, and false alarms, of each file:")
        print(AnomalyFigures.line("file", ["windows", "Gaussian", "layer 2", "2 and 3"]))
        for (index, series) in all.enumerated() {
            let cells = [rows[1], rows[3], rows[4]].map { "\($0.parts[index].found), \($0.parts[index].falseAlarms)" }
            print(AnomalyFigures.line(series.name, ["\(series.windows.count)"] + cells))
        }
        print("")
        DetectorCost().measure()
    }

    private func row(_ name: String, _ detect: (LabelledSeries) -> [Int]) -> Row {
        Row(name: name, parts: all.map { BenchmarkScore(alarms: detect($0), of: $0) })
    }

    /// With the one threshold that is best over all files.
    private func best(_ name: String, _ scores: [[Double]], _ thresholds: [Double], _ alarms: ([Double], Double) -> [Int]) -> Row {
        let rows = thresholds.map { threshold in
            Row(name: name, parts: zip(all, scores).map { BenchmarkScore(alarms: alarms($1, threshold), of: $0) })
        }
        return rows.max { $0.total.normalised < $1.total.normalised } ?? Row(name: name, parts: [])
    }

    /// As NAB counts: every point above the threshold is an alarm.
    private static func points(_ scores: [Double], threshold: Double) -> [Int] { scores.indices.filter { scores[$0] >= threshold } }

    /// With the rule by which the console's alarms begin, for a fair comparison.
    private static func episodes(_ scores: [Double], threshold: Double) -> [Int] {
        var episode = Episode()
        return scores.indices.filter { episode.begins(scores[$0] >= threshold ? Detector.alarm : 0) }
    }

    static func layer2(_ series: LabelledSeries) -> [Int] {
        var detector = Detector()
        var episode = Episode()
        return series.values.indices.filter { index in
            episode.begins(detector.observe(series.values[index], wall: series.times[index]).score)
        }
    }

    static func layers2And3(_ series: LabelledSeries) -> [Int] {
        var detector = Detector()
        var discord = Discord()
        var episode = Episode()
        return series.values.indices.filter { index in
            let judgement = detector.observe(series.values[index], wall: series.times[index])
            discord.advance()
            discord.note(series.values[index], judgement)
            return episode.begins(discord.judged(judgement.score))
        }
    }

    private func decimal(_ value: Double) -> String { String(Figure.decimal(value).dropLast()) }

    private static func line(_ name: String, _ cells: [String]) -> String {
        func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
        return name + blanks(56 - name.count) + cells.map { blanks(9 - $0.count) + $0 }.joined()
    }
}
