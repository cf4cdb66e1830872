// The rules for an external model, mishap by mishap, without a process and with a clock of the test's own.

import Aggregation
import Testing

@Suite("The course of an external model") struct ModelCourseTests {
    private static let second: UInt64 = 1_000_000_000

    private func question(_ id: UInt64, _ series: String? = nil) -> ModelQuestion {
        ModelQuestion(id: id, series: series ?? "series \(id)", unit: "1/s", interval: Self.second, values: [1, 2, 3])
    }

    private func say(_ course: inout ModelCourse, _ line: String, at now: UInt64) {
        course.hear(ModelLine.read(.line(Array(line.utf8))), at: now)
    }

    private func answer(_ course: inout ModelCourse, _ id: UInt64, at now: UInt64) { say(&course, "{\"id\":\(id),\"score\":0.5}", at: now) }

    /// Lines that a step writes.
    private func lines(_ step: ModelCourse.Step?) -> Int? {
        switch step {
        case .greet: 1
        case .ask(let questions): questions.count
        case nil, .start, .kill: nil
        }
    }

    /// A process that is there and has said so.
    private func ready(_ budget: ModelBudget = ModelBudget(), at now: UInt64 = 0) -> ModelCourse {
        var course = ModelCourse(budget)
        begin(&course, at: now)
        return course
    }

    private func begin(_ course: inout ModelCourse, at now: UInt64) {
        #expect(course.next(at: now) == .start)
        #expect(course.next(at: now) == nil)
        course.started(at: now)
        #expect(lines(course.next(at: now)) == 1)
        say(&course, #"{"podglass_model":1,"name":"test\u001b[2J"}"#, at: now)
        #expect(course.next(at: now) == nil)
    }

    /// What was offered and asked is somewhere.
    private func balances(_ course: ModelCourse, out: Int = 0) -> Bool {
        let counts = course.counts
        return counts.offered == counts.asked + counts.refused + UInt64(course.waiting)
            && counts.asked == counts.answered + counts.late + counts.lost + UInt64(out)
    }

    @Test("a model is started, greeted, asked and believed")
    func works() {
        var course = ModelCourse()
        #expect(course.health(at: 0).state == .starting)
        begin(&course, at: 0)
        #expect(course.health(at: 0).state == .works)
        #expect(course.health(at: 0).name == "test\\x1b[2J")
        #expect(course.deadline == nil)
        course.offer([question(1), question(2)], at: 5)
        #expect(lines(course.next(at: 5)) == 2)
        #expect(course.deadline == 5 + 2 * Self.second)
        answer(&course, 2, at: 6)
        answer(&course, 1, at: 7)
        #expect(course.takeOpinions().map(\.id) == [2, 1])
        #expect(course.takeOpinions().isEmpty)
        #expect(course.counts.answered == 2)
        #expect(course.health(at: 7).reason == "answers")
        #expect(balances(course))
    }

    @Test("no more than the budget is asked in a period, in one batch, and the next only when that is done")
    func budget() {
        var course = ready(ModelBudget(questions: 3))
        course.offer((1...7).map { question($0) }, at: 0)
        #expect(lines(course.next(at: 0)) == 3)
        #expect(course.next(at: Self.second) == nil)
        for id: UInt64 in 1...3 { answer(&course, id, at: Self.second) }
        #expect(lines(course.next(at: Self.second)) == 3)
        for id: UInt64 in 4...6 { answer(&course, id, at: Self.second + 1) }
        #expect(course.next(at: 2 * Self.second - 1) == nil)
        #expect(course.deadline == 2 * Self.second)
        #expect(lines(course.next(at: 2 * Self.second)) == 1)
        #expect(balances(course, out: 1))
    }

    @Test("where too many wait the newest stay, and of one series only the latest question")
    func queue() {
        var course = ModelCourse()
        course.offer((1...100).map { question($0) }, at: 0)
        #expect(course.waiting == ModelBudget.queueLimit)
        #expect(course.counts.refused == 100 - UInt64(ModelBudget.queueLimit))
        course.offer([question(200, "series 100")], at: 1)
        #expect(course.waiting == ModelBudget.queueLimit)
        #expect(course.counts.refused == 101 - UInt64(ModelBudget.queueLimit))
        #expect(balances(course))
    }

    @Test("a question that waited too long, has no values, or an id that is out already is not asked")
    func refusals() {
        var course = ModelCourse()
        #expect(course.next(at: 0) == .start)
        course.started(at: 0)
        #expect(lines(course.next(at: 0)) == 1)
        course.offer([question(1), ModelQuestion(id: 2, series: "empty", unit: "", interval: 1, values: [])], at: 0)
        course.offer([question(3)], at: 10 * Self.second)
        say(&course, #"{"podglass_model":1,"name":"slow to load"}"#, at: 31 * Self.second)
        #expect(lines(course.next(at: 31 * Self.second)) == 1)
        course.offer([question(3, "another")], at: 31 * Self.second)
        #expect(course.counts.refused == 3)
        #expect(balances(course, out: 1))
    }

    @Test("a late answer is thrown away and is no garbage; after three batches without one the process is killed")
    func slow() {
        var course = ready()
        var now: UInt64 = 0
        for round: UInt64 in 1...3 {
            course.offer([question(round)], at: now)
            #expect(lines(course.next(at: now)) == 1)
            #expect(course.health(at: now).state == (round == 1 ? .works : .slow))
            now += 2 * Self.second
            if round == 2 { answer(&course, 1, at: now) }
            if round < 3 { #expect(course.next(at: now) == nil) }
        }
        #expect(course.next(at: now) == .kill)
        #expect(course.next(at: now) == nil)
        #expect(course.counts.late == 3)
        #expect(course.counts.garbled == 0)
        #expect(course.takeOpinions().isEmpty)
        #expect(course.health(at: now).state == .slow)
        #expect(course.health(at: now).reason == "did not answer within 2 s, 3 times in a row; is started again in 1 s")
        #expect(course.next(at: now + Self.second - 1) == nil)
        begin(&course, at: now + Self.second)
        #expect(course.health(at: now + Self.second).state == .slow, "it has to answer first")
        course.offer([question(9)], at: now + Self.second)
        #expect(lines(course.next(at: now + Self.second)) == 1)
        answer(&course, 9, at: now + Self.second)
        #expect(course.health(at: now + Self.second).state == .works)
        #expect(balances(course))
    }

    @Test("an answer that comes with its deadline is late")
    func deadline() {
        var course = ready()
        course.offer([question(1), question(2)], at: 0)
        #expect(lines(course.next(at: 0)) == 2)
        answer(&course, 1, at: 2 * Self.second - 1)
        answer(&course, 2, at: 2 * Self.second)
        #expect(course.takeOpinions().map(\.id) == [1])
        #expect(course.counts.late == 1)
        #expect(course.next(at: 2 * Self.second) == nil)
        #expect(balances(course))
    }

    @Test("eight lines in a row that are no answers end the process, one answer among them does not")
    func garbage() {
        var course = ready()
        course.offer([question(1)], at: 0)
        #expect(lines(course.next(at: 0)) == 1)
        for _ in 0..<7 { say(&course, "garbage", at: 1) }
        #expect(course.health(at: 1).state == .wrong)
        answer(&course, 1, at: 1)
        #expect(course.health(at: 1).state == .works)
        let wrong = [
            #"{"id":99,"score":0.5}"#, #"{"id":1,"score":0.5}"#, #"{"id":1,"score":2}"#, "", "NaN", #"{"podglass_model":1,"name":"x"}"#,
            "[]",
        ]
        for line in wrong { say(&course, line, at: 2) }
        #expect(course.next(at: 2) == nil)
        let wantsMore = course.hear(.failure(.tooLong), at: 2)
        #expect(!wantsMore)
        #expect(course.next(at: 2) == .kill)
        #expect(course.counts.garbled == 15)
        #expect(course.health(at: 2).reason.contains("a line of more than 65536 bytes"))
        // What was still in the pipe is nobody's.
        say(&course, "garbage", at: 3)
        #expect(course.counts.garbled == 15)
        #expect(balances(course))
    }

    @Test("a model that answers each question with garbage is called wrong, not slow, though it is killed for its silence")
    func echo() {
        var course = ready()
        var now: UInt64 = 0
        for round: UInt64 in 1...3 {
            course.offer([question(round)], at: now)
            #expect(lines(course.next(at: now)) == 1)
            say(&course, "garbage", at: now)
            now += 2 * Self.second
        }
        #expect(course.next(at: now) == .kill)
        #expect(course.health(at: now).state == .wrong)
        #expect(course.counts.late == 3)
        #expect(balances(course))
    }

    @Test("noise before the first line is forgiven with it, eight lines of it are not")
    func noise() {
        var course = ModelCourse()
        #expect(course.next(at: 0) == .start)
        course.started(at: 0)
        #expect(lines(course.next(at: 0)) == 1)
        for _ in 0..<7 { say(&course, "Downloading …", at: 1) }
        #expect(course.health(at: 1).state == .wrong)
        say(&course, #"{"podglass_model":1,"name":"loud"}"#, at: 1)
        #expect(course.health(at: 1).state == .works)
        course.ended("ended with status 0", at: 2)
        #expect(course.next(at: 2 + Self.second) == .start)
        course.started(at: 0)
        #expect(lines(course.next(at: 0)) == 1)
        for _ in 0..<8 { answer(&course, 1, at: 1) }
        #expect(course.next(at: 1) == .kill)
    }

    @Test("a model of another version is not started again")
    func version() {
        var course = ModelCourse()
        #expect(course.next(at: 0) == .start)
        course.started(at: 0)
        #expect(lines(course.next(at: 0)) == 1)
        say(&course, #"{"podglass_model":2,"name":"of tomorrow"}"#, at: 0)
        #expect(course.next(at: 0) == .kill)
        let health = course.health(at: 0)
        #expect(health.state == .wrong)
        #expect(health.isFinal)
        #expect(health.reason == "speaks version 2 of the lines; use a model that speaks version 1")
        #expect(course.deadline == nil)
        course.offer([question(1)], at: 1)
        #expect(course.next(at: .max) == nil)
        #expect(balances(course))
    }

    @Test("a model that does not get ready is killed")
    func loading() {
        var course = ModelCourse()
        #expect(course.next(at: 0) == .start)
        course.started(at: 0)
        #expect(lines(course.next(at: 0)) == 1)
        #expect(course.deadline == 120 * Self.second)
        #expect(course.next(at: 120 * Self.second - 1) == nil)
        #expect(course.next(at: 120 * Self.second) == .kill)
        #expect(course.health(at: 120 * Self.second).state == .slow)
    }

    @Test("an end loses what was asked and not yet answered, and is told until the model answers again")
    func ended() {
        var course = ready()
        course.offer([question(1), question(2)], at: 0)
        #expect(lines(course.next(at: 0)) == 2)
        answer(&course, 1, at: 1)
        course.ended("ended with status 1: no memory", at: 2)
        #expect(course.counts.lost == 1)
        #expect(course.health(at: 2).state == .gone)
        #expect(!course.health(at: 2).isFinal)
        #expect(course.health(at: 2).reason == "ended with status 1: no memory; is started again in 1 s")
        begin(&course, at: 2 + Self.second)
        #expect(course.health(at: 3 * Self.second).state == .gone)
        // One that ended idle is well when it is there again.
        course.offer([question(3)], at: 3 * Self.second)
        #expect(lines(course.next(at: 3 * Self.second)) == 1)
        answer(&course, 3, at: 3 * Self.second)
        course.ended("ended with status 0", at: 4 * Self.second)
        begin(&course, at: 5 * Self.second)
        #expect(course.health(at: 5 * Self.second).state == .works)
        #expect(course.counts.restarts == 2)
        #expect(balances(course))
    }

    @Test("pauses double up to a minute, and after ten restarts within an hour the model is left alone")
    func backoff() {
        var course = ModelCourse()
        var now: UInt64 = 0
        var pauses: [UInt64] = []
        while let step = course.next(at: now), pauses.count < 100 {
            #expect(step == .start)
            course.offer([question(UInt64(pauses.count))], at: now)
            course.notStarted("cannot start nothing: No such file or directory", at: now)
            guard let until = course.deadline else { break }
            pauses.append((until - now) / Self.second)
            now = until
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
        let health = course.health(at: now)
        #expect(health.state == .gone)
        #expect(health.isFinal)
        #expect(health.counts.restarts == 10)
        #expect(health.reason.hasSuffix("after 10 restarts within 3600 s it is left alone"))
        #expect(course.deadline == nil)
        course.offer([question(1_000)], at: now)
        #expect(course.waiting == 0)
        #expect(balances(course))
    }

    @Test("restarts of another hour do not count")
    func window() {
        var course = ready()
        var now: UInt64 = 0
        for _ in 0..<30 {
            now += 400 * Self.second
            course.ended("ended with status 0", at: now)
            now += 60 * Self.second
            begin(&course, at: now)
        }
        #expect(course.counts.restarts == 30)
        #expect(!course.health(at: now).isFinal)
    }

    @Test("where nobody takes opinions nothing more is asked, and nothing grows")
    func untaken() {
        var course = ready(ModelBudget(questions: 48))
        var now: UInt64 = 0
        for round: UInt64 in 0..<5 {
            now += Self.second
            course.offer((1...48).map { question(round * 100 + $0, "\(round) \($0)") }, at: now)
            guard course.next(at: now) != nil else { continue }
            for id in 1...48 { answer(&course, round * 100 + UInt64(id), at: now) }
        }
        #expect(course.waiting <= ModelBudget.queueLimit)
        #expect(course.takeOpinions().count <= ModelBudget.queueLimit)
        #expect(course.next(at: now + 1) == nil || course.waiting < ModelBudget.queueLimit)
    }

    @Test("whatever happens in whatever order, the counts agree and nothing grows", arguments: 1...40 as ClosedRange<UInt64>)
    func anyOrder(seed: UInt64) {
        var chance = SplitMix(seed: seed &* 0x9e37_79b9_7f4a_7c15)
        var course = ModelCourse(ModelBudget(questions: 3))
        var (now, id): (UInt64, UInt64) = (0, 0)
        var out: Set<UInt64> = []
        var taken: UInt64 = 0
        for _ in 0..<2_000 {
            now += UInt64.random(in: 0...1_500_000_000, using: &chance)
            switch Int.random(in: 0..<8, using: &chance) {
            case 0, 1, 2:
                let count = UInt64.random(in: 0...6, using: &chance)
                course.offer((0..<count).map { question(id + $0, "\(Int.random(in: 0..<90, using: &chance)) \($0)") }, at: now)
                for known in id..<id + count { out.insert(known) }
                id += count
            case 3, 4: if let some = out.randomElement(using: &chance) { answer(&course, some, at: now) }
            case 5: taken += UInt64(course.takeOpinions().count)
            case 6: if Int.random(in: 0..<4, using: &chance) == 0 { say(&course, "garbage", at: now) }
            default: if Int.random(in: 0..<60, using: &chance) == 0 { course.ended("ended with status 0", at: now) }
            }
            var steps = 0
            while let step = course.next(at: now), steps < 5 {
                steps += 1
                switch step {
                case .start:
                    if Int.random(in: 0..<5, using: &chance) == 0 {
                        course.notStarted("no memory", at: now)
                    } else {
                        course.started(at: now)
                        say(&course, #"{"podglass_model":1}"#, at: now)
                    }
                case .ask(let questions): #expect(questions.count <= 3)
                case .greet, .kill: break
                }
            }
            #expect(steps < 5, "it comes to rest")
            let counts = course.counts
            #expect(counts.offered == counts.asked + counts.refused + UInt64(course.waiting))
            let settled = counts.answered + counts.late + counts.lost
            #expect(settled <= counts.asked && counts.asked - settled <= 3)
            #expect(course.waiting <= ModelBudget.queueLimit)
            #expect(course.deadline.map { $0 > now } ?? true, "a wait is never a spin")
        }
        taken += UInt64(course.takeOpinions().count)
        #expect(taken == course.counts.answered)
    }
}
