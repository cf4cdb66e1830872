// How the model is doing, in one sentence.

extension ModelCourse {
    package func health(at now: UInt64) -> ModelHealth {
        ModelHealth(
            state: state, isFinal: phase == .over, reason: reason(at: now), name: name, counts: counts,
            medianAnswer: answerTimes.quantile(0.5))
    }

    private var state: ModelHealth.State {
        if let trouble { return trouble.state }
        return switch phase {
        case .waiting, .launching, .loading: .starting
        case .ready: .works
        case .over: .gone
        }
    }

    private func reason(at now: UInt64) -> String {
        guard let trouble else {
            return switch phase {
            case .waiting, .launching: "is being started"
            case .loading: "has not written its first line yet"
            case .ready: counts.answered == 0 ? "is ready and has answered nothing yet" : "answers"
            case .over: "is not started again"
            }
        }
        switch phase {
        case .waiting(let until):
            let rest = until > now ? until - now : 0
            return "\(trouble.reason); is started again in \(ModelCourse.seconds(rest))"
        case .launching, .loading: return counts.restarts == 0 ? trouble.reason : "\(trouble.reason); was started again"
        case .ready: return trouble.reason
        case .over:
            guard !isForeign else { return trouble.reason }
            let window = ModelCourse.seconds(budget.restartWindow)
            return "\(trouble.reason); after \(budget.restartLimit) restarts within \(window) it is left alone"
        }
    }
}
