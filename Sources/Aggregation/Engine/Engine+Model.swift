// How the external model is doing, for those who look: a row among the sources, and the status line. Nothing of it is an event, so a
// recording does not hold it: what a model said is not replayed either.

extension EngineState {
    mutating func note(_ health: ModelHealth, of command: String) {
        tables.model = health
        learn(health.source(command))
    }
}

extension ModelHealth {
    /// As a source is shown.
    package func source(_ command: String) -> SourceSample {
        let isWell = state == .works
        return SourceSample(
            name: SourceSample.externalModel, place: command, state: sourceState, gave: gave, reason: isWell ? nil : "it " + reason)
    }

    private var sourceState: SourceSample.State {
        switch state {
        case .works: .works
        case .starting, .slow, .wrong: .degraded
        case .off, .gone: .off
        }
    }

    /// "asked 12: 10 answered, 2 late, 0 lost; 1 line not understood; median 31ms; as forecast-1".
    private var gave: String {
        guard counts.asked > 0 || counts.garbled > 0 || !name.isEmpty else { return "" }
        var parts = ["asked \(counts.asked): \(counts.answered) answered, \(counts.late) late, \(counts.lost) lost"]
        if counts.garbled > 0 { parts.append("\(counts.garbled) \(counts.garbled == 1 ? "line" : "lines") not understood") }
        if let medianAnswer { parts.append("median " + Rendering.duration(Double(medianAnswer))) }
        if !name.isEmpty { parts.append("as " + name) }
        return parts.joined(separator: "; ")
    }
}

extension SourceSample {
    package static let externalModel = "external model"
}
