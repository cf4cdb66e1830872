// The rules for an external model: when its process is started, what it is asked and when, what counts as an answer, when it
// is given up. A pure value: it is told what happened and says what is to be done, one step after the other; whoever holds it
// owns the process, the pipes and the clock (CLOCK_MONOTONIC, nanoseconds). So every mishap is tested without a process.
//
// Nothing grows: at most 64 questions wait, 64 are out, 64 opinions lie here; where opinions are not taken, nothing is asked.

package struct ModelCourse: Sendable {
    package enum Step: Sendable, Equatable {
        /// Start a process, then say `started` or `notStarted`.
        case start
        /// Say what podglass says first.
        case greet
        /// Hand these over, as one batch, as the process takes them.
        case ask([ModelQuestion])
        /// Kill the process; it is not told as `ended`.
        case kill
    }

    enum Phase: Sendable, Equatable {
        /// Without a process until then.
        case waiting(until: UInt64)
        case launching
        /// It has not written its first line.
        case loading(until: UInt64)
        case ready
        case over
    }

    /// What is wrong with the model; stands until it answers.
    struct Trouble: Sendable, Equatable {
        var state: ModelHealth.State
        var reason: String
        /// The process left questions unanswered.
        var hasLost = false
        /// Noise before the first line, as libraries make it.
        var isOfLoading = false
    }

    package let budget: ModelBudget
    package internal(set) var counts = ModelCounts()
    var phase = Phase.waiting(until: 0)
    var trouble: Trouble?
    var name = ""

    /// Those that wait, the oldest first.
    private var queue: [ModelQuestion] = []
    /// What was asked and is neither answered nor late.
    var outstanding: Set<UInt64> = []
    private var answersDue: UInt64 = 0
    /// When what is out was asked, and how long answers took.
    var askedAt: UInt64 = 0
    var answerTimes = Histogram()
    private var nextBatch: UInt64 = 0
    /// When what waits was offered, by id.
    private var offeredAt: [UInt64: UInt64] = [:]
    /// Ids that are late, the oldest first.
    var late: [UInt64] = []
    var opinions: [ModelOpinion] = []

    var isGreetingDue = false
    var timeoutsInRow = 0
    var garbledInRow = 0
    /// Its version is not ours: starting it again would not help.
    var isForeign = false
    private var hasStarted = false
    /// Ends without an answer between them.
    private var failures = 0
    private var restartedAt: [UInt64] = []

    package init(_ budget: ModelBudget = ModelBudget()) { self.budget = budget }

    /// Takes the questions; where too many wait, the oldest are given up.
    package mutating func offer(_ questions: [ModelQuestion], at now: UInt64) {
        counts.offered += UInt64(questions.count)
        for question in questions {
            let isKnown = outstanding.contains(question.id) || offeredAt[question.id] != nil
            guard phase != .over, !question.values.isEmpty, !isKnown else {
                counts.refused += 1
                continue
            }
            if let older = queue.firstIndex(where: { $0.series == question.series }) {
                giveUp(older)
            } else if queue.count >= ModelBudget.queueLimit {
                giveUp(0)
            }
            queue.append(question)
            offeredAt[question.id] = now
        }
    }

    /// What came since the last time, in the order in which it came.
    package mutating func takeOpinions() -> [ModelOpinion] {
        defer { opinions.removeAll(keepingCapacity: true) }
        return opinions
    }

    /// Questions that wait.
    package var waiting: Int { queue.count }

    /// What is to be done now; ask again until there is nothing.
    package mutating func next(at now: UInt64) -> Step? {
        switch phase {
        case .over, .launching: return nil
        case .waiting(let until): return now >= until ? start(at: now) : nil
        case .loading(let until):
            if isGreetingDue { return greet() }
            if isForeign || garbledInRow >= budget.garbledLimit { return kill(at: now) }
            guard now >= until else { return nil }
            trouble = Trouble(state: .slow, reason: "was not ready within \(ModelCourse.seconds(budget.startTimeout))")
            return kill(at: now)
        case .ready:
            if isGreetingDue { return greet() }
            expire(at: now)
            if garbledInRow >= budget.garbledLimit || timeoutsInRow >= budget.timeoutLimit { return kill(at: now) }
            return batch(at: now)
        }
    }

    /// When `next` should be asked again though nothing happens.
    package var deadline: UInt64? {
        switch phase {
        case .over, .launching: nil
        case .waiting(let until), .loading(let until): until
        case .ready:
            if !outstanding.isEmpty { answersDue } else if queue.isEmpty || room == 0 { nil } else { nextBatch }
        }
    }

    package mutating func started(at now: UInt64) {
        phase = .loading(until: now + budget.startTimeout)
        isGreetingDue = true
        name = ""
    }

    /// There is no process: why, safe to print.
    package mutating func notStarted(_ reason: String, at now: UInt64) {
        trouble = Trouble(state: .gone, reason: reason)
        retire(at: now)
    }

    /// The process ended by itself: how, safe to print.
    package mutating func ended(_ reason: String, at now: UInt64) {
        expire(at: now)
        switch phase {
        case .loading, .ready:
            if !isForeign { trouble = Trouble(state: .gone, reason: reason, hasLost: !outstanding.isEmpty) }
            retire(at: now)
        case .waiting, .launching, .over: break
        }
    }
}

extension ModelCourse {
    /// After an answer the next end is the first of a row again.
    mutating func prove() {
        failures = 0
        timeoutsInRow = 0
        garbledInRow = 0
        trouble = nil
    }

    /// Questions whose time is over are late; their answers will be thrown away.
    mutating func expire(at now: UInt64) {
        guard !outstanding.isEmpty, now >= answersDue else { return }
        counts.late += UInt64(outstanding.count)
        late += outstanding.sorted()
        if late.count > ModelBudget.lateLimit { late.removeFirst(late.count - ModelBudget.lateLimit) }
        outstanding.removeAll(keepingCapacity: true)
        timeoutsInRow += 1
        // Garbage in the place of answers is the better explanation.
        guard garbledInRow == 0 else { return }
        let inRow = timeoutsInRow == 1 ? "" : ", \(timeoutsInRow) times in a row"
        trouble = Trouble(state: .slow, reason: "did not answer within \(ModelCourse.seconds(budget.answerTimeout))\(inRow)")
    }

    private mutating func giveUp(_ index: Int) {
        offeredAt[queue.remove(at: index).id] = nil
        counts.refused += 1
    }

    private mutating func start(at now: UInt64) -> Step? {
        if hasStarted {
            restartedAt.removeAll { now >= budget.restartWindow && $0 <= now - budget.restartWindow }
            guard restartedAt.count < budget.restartLimit else {
                end()
                return nil
            }
            restartedAt.append(now)
            counts.restarts += 1
        }
        hasStarted = true
        phase = .launching
        return .start
    }

    private mutating func greet() -> Step {
        isGreetingDue = false
        return .greet
    }

    private var room: Int { ModelBudget.queueLimit - opinions.count }

    private mutating func batch(at now: UInt64) -> Step? {
        while let oldest = queue.first, let offered = offeredAt[oldest.id], now >= offered + budget.questionLifetime { giveUp(0) }
        guard outstanding.isEmpty, now >= nextBatch else { return nil }
        let count = min(queue.count, budget.questions, room)
        guard count > 0 else { return nil }
        let asked = Array(queue.prefix(count))
        for question in asked {
            outstanding.insert(question.id)
            offeredAt[question.id] = nil
            // Asked anew, so its answer is an answer.
            late.removeAll { $0 == question.id }
        }
        queue.removeFirst(count)
        counts.asked += UInt64(count)
        askedAt = now
        answersDue = now + budget.answerTimeout
        nextBatch = now + budget.period
        return .ask(asked)
    }

    private mutating func kill(at now: UInt64) -> Step {
        retire(at: now)
        return .kill
    }

    /// Without a process from now on.
    private mutating func retire(at now: UInt64) {
        counts.lost += UInt64(outstanding.count)
        outstanding.removeAll(keepingCapacity: true)
        late.removeAll(keepingCapacity: true)
        timeoutsInRow = 0
        garbledInRow = 0
        isGreetingDue = false
        guard !isForeign else {
            end()
            return
        }
        let doublings = min(failures, 16)
        failures += 1
        phase = .waiting(until: now + min(budget.longestPause, budget.shortestPause << UInt64(doublings)))
    }

    /// For good.
    private mutating func end() {
        phase = .over
        counts.refused += UInt64(queue.count)
        queue = []
        offeredAt = [:]
    }

    static func seconds(_ nanoseconds: UInt64) -> String {
        nanoseconds >= 1_000_000_000 ? "\(nanoseconds / 1_000_000_000) s" : "\(nanoseconds / 1_000_000) ms"
    }
}
