// Whether the configured model's program exists and answers: it is started as the other commands start it, asked one question about a flat
// series, and ended. Only `doctor` does this.

import Aggregation
import Glibc
import Probes

enum ModelTrial {
    /// How long its first line may take, nanoseconds: `doctor` does not wait for a large model to load, and says so.
    static let patience: UInt64 = 5_000_000_000
    /// Between two looks, microseconds.
    private static let pause: UInt32 = 20_000

    /// As a source is shown; nil where the configuration names no model.
    static func run(_ model: Configuration.Model?) -> SourceSample? {
        guard let model else { return nil }
        let program = model.command.first ?? ""
        guard let process = ModelProcess(model) else {
            return SourceSample(
                name: SourceSample.externalModel, place: program, state: .off, reason: "there is no thread or descriptor to be had for it")
        }
        defer { process.stop() }
        process.offer([ModelQuestion(id: 1, series: "a question of podglass doctor", unit: "", interval: 1_000_000_000, values: question)])
        let deadline = Clock.monotonic() + patience + model.timeout
        var health = process.health
        while health.counts.answered == 0, !isHopeless(health), Clock.monotonic() < deadline {
            usleep(pause)
            health = process.health
        }
        var sample = health.source(program)
        guard health.counts.answered == 0 else { return sample }
        if sample.state == .works { sample.state = .degraded }
        sample.reason = (sample.reason ?? "it is ready") + "; it has answered no question"
        return sample
    }

    private static let question = (0..<60).map { Double($0 % 2) + 10 }

    /// It ended, cannot be started, or writes something else.
    private static func isHopeless(_ health: ModelHealth) -> Bool {
        switch health.state {
        case .gone, .wrong, .off: true
        case .starting, .works, .slow: false
        }
    }
}
