// What a model's process wrote, judged: an answer, a late one, or garbage.

extension ModelCourse {
    /// False where nothing more of the process is worth reading: `next` will kill it.
    @discardableResult
    package mutating func hear(_ line: Result<ModelLine, ModelLine.Failure>, at now: UInt64) -> Bool {
        expire(at: now)
        switch line {
        case .failure(let failure): garble(failure.sentence)
        case .success(.hello(let version, let name)): greet(version, name)
        case .success(.opinion(let opinion)): take(opinion, at: now)
        }
        return !isForeign && garbledInRow < budget.garbledLimit
    }

    private mutating func greet(_ version: UInt64, _ name: String) {
        guard case .loading = phase else {
            garble("its first line once more")
            return
        }
        guard version == ModelLine.version else {
            isForeign = true
            let ours = ModelLine.version
            trouble = Trouble(state: .wrong, reason: "speaks version \(version) of the lines; use a model that speaks version \(ours)")
            return
        }
        self.name = name.printable
        garbledInRow = 0
        phase = .ready
        // It is there; only one that left questions unanswered has to answer first.
        if let trouble, trouble.isOfLoading || trouble.state == .gone && !trouble.hasLost { self.trouble = nil }
    }

    private mutating func take(_ opinion: ModelOpinion, at now: UInt64) {
        guard phase == .ready else {
            garble("an answer before its first line")
            return
        }
        if outstanding.remove(opinion.id) != nil {
            counts.answered += 1
            let time = now > askedAt ? now - askedAt : 0
            answerTimes.add(1, bucket: Histogram.bucket(of: time), like: time)
            prove()
            opinions.append(opinion)
        } else if let index = late.firstIndex(of: opinion.id) {
            late.remove(at: index)
        } else {
            garble("an answer to \(opinion.id), which was not asked")
        }
    }

    private mutating func garble(_ reason: String) {
        let isOfLoading: Bool
        switch phase {
        case .loading: isOfLoading = true
        case .ready: isOfLoading = false
        case .waiting, .launching, .over: return
        }
        counts.garbled += 1
        garbledInRow += 1
        let lines = garbledInRow == 1 ? "a line that is no answer" : "\(garbledInRow) lines in a row that are no answers, the last"
        trouble = Trouble(state: .wrong, reason: "wrote \(lines): \(reason)", isOfLoading: isOfLoading)
    }
}
