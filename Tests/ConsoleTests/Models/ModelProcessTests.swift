// An external model that answers, hangs, writes garbage or dies, as a real process. What each does to the rules is tested
// without one in ModelCourseTests; here it is the thread, the pipes and the end. Nothing waits for a model: each test offers
// and takes in one thread, in a bounded number of rounds.

import Aggregation
import Glibc
import Testing

@testable import Console

@Suite("An external model") struct ModelProcessTests {
    private static let hello = #"printf '{"podglass_model":1,"name":"test"}\n'; read greeting; "#

    /// As the budget of a user, but for a clock that runs fifty times faster.
    private static var quick: ModelBudget {
        var budget = ModelBudget()
        budget.period = 1_000_000
        budget.answerTimeout = 40_000_000
        budget.shortestPause = 1_000_000
        budget.longestPause = 20_000_000
        return budget
    }

    /// Patient with the processes of a busy machine.
    private static var patient: ModelBudget {
        var budget = quick
        budget.answerTimeout = 60_000_000_000
        return budget
    }

    private func model(_ script: String, _ budget: ModelBudget) throws -> ModelProcess {
        let command = try #require(ModelCommand(["/bin/sh", "-c", script]))
        return try #require(ModelProcess(command, budget: budget))
    }

    private func question(_ id: UInt64, values: [Double] = [1, 2, 3]) -> ModelQuestion {
        ModelQuestion(id: id, series: "series \(id)", unit: "1/s", interval: 1_000_000_000, values: values)
    }

    /// Offers a question a round and takes what came, until `holds`.
    private func ask(_ model: ModelProcess, from first: UInt64 = 1, until holds: (ModelHealth, [ModelOpinion]) -> Bool) -> Bool {
        var id = first
        var opinions: [ModelOpinion] = []
        return Patience.until {
            model.offer([question(id)])
            id += 1
            opinions += model.takeOpinions()
            return holds(model.health, opinions)
        }
    }

    /// Stops it, and looks for what it left.
    private func expectCleanEnd(_ model: ModelProcess, sourceLocation: SourceLocation = #_sourceLocation) {
        let process = model.process
        let pipes = process.map { Set(Patience.descriptors(of: "\($0)").values.filter { $0.hasPrefix("pipe:") }) } ?? []
        // Under a sanitizer, a batch of lines alone takes longer than `stop` waits.
        #expect((0..<30).contains { _ in model.stop() }, "the thread ends", sourceLocation: sourceLocation)
        #expect(model.process == nil, sourceLocation: sourceLocation)
        if let process { #expect(Patience.isGone(process), "no zombie is left", sourceLocation: sourceLocation) }
        let open = Set(Patience.descriptors(of: "self").values)
        #expect(pipes.isDisjoint(with: open), "no pipe is left", sourceLocation: sourceLocation)
        let counts = model.health.counts
        #expect(counts.answered + counts.late + counts.lost <= counts.asked, sourceLocation: sourceLocation)
        // Whoever goes on offering is not disturbed.
        model.offer([question(.max)])
        _ = model.takeOpinions()
    }

    /// The model of contrib/, with a Python; nil without one, which is said.
    private func neighbours() -> ModelCommand? {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let places: [String] = ["/usr/bin/python3", "/usr/local/bin/python3"]
        guard let python = places.first(where: { access($0, X_OK) == 0 }) else {
            print("ModelProcessTests: skipped what needs python3, which is not there")
            return nil
        }
        return ModelCommand([python, "-B", "/\(root)/contrib/models/neighbours_model.py"])
    }

    @Test("the model of contrib/ answers: what is like its past is not striking, what never was is")
    func answers() throws {
        guard let command = neighbours() else { return }
        let model = try #require(ModelProcess(command, budget: Self.patient))
        // A sawtooth with a little unevenness, and at the end its next value or one that never came.
        let usual = (0..<240).map { Double($0 % 12) * 10 + Double($0 % 5) }
        model.offer([
            question(1, values: usual), question(2, values: Array(usual.dropLast()) + [400]), question(3, values: [.nan, 1, 2]),
            question(4, values: usual.enumerated().map { $0.offset % 50 == 7 ? .nan : $0.element }),
        ])
        var opinions: [UInt64: ModelOpinion] = [:]
        let isAnswered = Patience.until {
            for opinion in model.takeOpinions() { opinions[opinion.id] = opinion }
            return opinions.count == 4
        }
        #expect(isAnswered, "\(model.health)")
        #expect(opinions[1].map { $0.score < 0.5 && !$0.speaks } == true)
        #expect(opinions[2]?.speaks == true)
        #expect(opinions[2]?.band.map { $0.low <= $0.high && $0.high < 400 } == true)
        #expect(opinions[3]?.score == 0)
        #expect(opinions[4]?.speaks == false)
        #expect(model.health.state == .works)
        #expect(model.health.name == "nearest neighbours")
        #expect(model.health.counts.garbled == 0)
        if let process = model.process { #expect(Patience.status(of: process)["CapEff"] == "0000000000000000") }
        expectCleanEnd(model)
    }

    @Test("a model that reads and never answers is killed after three timeouts, and started again")
    func silent() throws {
        let model = try model(Self.hello + "while read line; do :; done", Self.quick)
        #expect(ask(model) { health, _ in health.counts.restarts >= 2 })
        let health = model.health
        #expect(health.counts.answered == 0)
        #expect(health.counts.late >= 6, "\(health)")
        #expect(health.state == .slow, "\(health)")
        expectCleanEnd(model)
    }

    @Test("a model that never reads holds up nobody, however much it is asked")
    func deaf() throws {
        var budget = Self.quick
        budget.timeoutLimit = .max
        let values = (0..<ModelQuestion.valueLimit).map { 1e14 + Double($0) }
        let model = try model(Self.hello + "exec sleep 600", budget)
        var id: UInt64 = 0
        // Twelve of 8 KiB: more than a pipe takes.
        #expect(
            Patience.until {
                for _ in 0..<4 {
                    id += 1
                    model.offer([question(id, values: values)])
                }
                return model.health.counts.asked >= 12
            })
        #expect(model.health.state == .slow)
        #expect(model.takeOpinions().isEmpty)
        expectCleanEnd(model)
    }

    @Test("a model that never says it is ready is not asked, and is killed")
    func neverReady() throws {
        var budget = Self.quick
        budget.startTimeout = 30_000_000
        let model = try model("exec sleep 600", budget)
        #expect(ask(model) { health, _ in health.counts.restarts >= 1 })
        #expect(model.health.counts.asked == 0)
        #expect(model.health.state == .slow)
        expectCleanEnd(model)
    }

    @Test(
        "a model that writes garbage is killed after eight lines of it, and the garbage counted",
        arguments: [
            "exec yes garbage", "exec cat /dev/zero", #"exec yes '{"id":77777777777,"score":0.5}'"#, #"exec yes '{"id":1,"score":NaN}'"#,
            #"exec yes '{"id":1,"score":7}'"#, "exec yes ''",
        ])
    func garbage(script: String) throws {
        let model = try model(Self.hello + script, Self.patient)
        #expect(ask(model) { health, _ in health.counts.restarts >= 2 })
        let health = model.health
        #expect(health.counts.garbled >= 16)
        #expect(health.counts.answered == 0)
        #expect(health.state == .wrong, "\(health)")
        expectCleanEnd(model)
    }

    @Test("a model that sends each question back is wrong, and killed")
    func echo() throws {
        let model = try model(Self.hello + #"while read line; do echo "$line"; done"#, Self.quick)
        #expect(ask(model) { health, _ in health.counts.restarts >= 2 })
        #expect(model.health.counts.garbled >= 1)
        #expect(model.health.counts.answered == 0)
        expectCleanEnd(model)
    }

    @Test("a model that dies at once is started again a few times, then left alone, with its last words")
    func diesAtOnce() throws {
        let model = try model("echo 'No module named torch' >&2; exit 3", Self.quick)
        #expect(ask(model) { health, _ in health.isFinal })
        let health = model.health
        #expect(health.state == .gone)
        #expect(health.counts.restarts == 10)
        #expect(health.counts.asked == 0)
        #expect(health.reason.hasPrefix("ended with status 3: No module named torch; after 10 restarts"), "\(health.reason)")
        expectCleanEnd(model)
    }

    @Test("a model that dies in the midst of an answer has not answered")
    func diesMidAnswer() throws {
        let model = try model(Self.hello + #"read line; printf '{"id":1,"sco'; exit 1"#, Self.patient)
        #expect(ask(model) { health, _ in health.counts.restarts >= 2 })
        let health = model.health
        #expect(health.counts.answered == 0)
        #expect(health.counts.lost >= 2)
        #expect(health.counts.garbled == 0)
        #expect(health.state == .gone)
        expectCleanEnd(model)
    }

    @Test("a model that was killed comes back and answers")
    func comesBack() throws {
        let answers = #"while read line; do id=${line#*:}; printf '{"id":%s,"score":0.5}\n' "${id%%,*}"; done"#
        let model = try model(Self.hello + answers, Self.patient)
        #expect(ask(model) { _, opinions in opinions.count >= 3 })
        let first = try #require(model.process)
        kill(first, SIGKILL)
        #expect(ask(model, from: 1_000_000) { _, opinions in opinions.contains { $0.id >= 1_000_000 } && model.process != first })
        #expect(model.health.counts.restarts == 1)
        #expect(Patience.isGone(first))
        expectCleanEnd(model)
    }

    @Test("a program that is not there is said, and given up")
    func notThere() throws {
        let command = try #require(ModelCommand(["/nowhere/model"]))
        let model = try #require(ModelProcess(command, budget: Self.quick))
        #expect(ask(model) { health, _ in health.isFinal })
        #expect(model.health.reason.hasPrefix("cannot start /nowhere/model: No such file or directory; check the path; after 10"))
        expectCleanEnd(model)
    }

    @Test("a model of another version is told from a broken one and not started again")
    func foreign() throws {
        let model = try model(#"printf '{"podglass_model":2,"name":"x"}\n'; exec sleep 600"#, Self.quick)
        #expect(ask(model) { health, _ in health.isFinal })
        #expect(model.health.state == .wrong)
        #expect(model.health.counts.restarts == 0)
        expectCleanEnd(model)
    }

    @Test("dropping it stops its process, without a word")
    func dropped() throws {
        var model: ModelProcess? = try model("exec sleep 600", Self.quick)
        #expect(Patience.until { model?.process != nil })
        let process = try #require(model?.process)
        model = nil
        #expect(Patience.until { Patience.isGone(process) })
    }
}
