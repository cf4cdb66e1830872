import Testing

@testable import Aggregation

@Suite("How an external model is shown") struct ModelHealthTests {
    private func health(_ state: ModelHealth.State, _ body: (inout ModelCounts) -> Void = { _ in }) -> ModelHealth {
        var counts = ModelCounts()
        body(&counts)
        return ModelHealth(
            state: state, isFinal: false, reason: "answers", name: "m\u{1b}", counts: counts,
            medianAnswer: counts.answered > 0 ? 31_000_000 : nil)
    }

    @Test("it is a row among the sources, replaced and not added to")
    func row() {
        var engine = Engine()
        engine.note(health(.starting), of: "forecast")
        #expect(engine.tables.sources.map(\.state) == [.degraded])
        engine.note(
            health(.works) {
                $0.asked = 12
                $0.answered = 10
                $0.late = 2
                $0.garbled = 1
            }, of: "forecast")
        #expect(engine.tables.sources.count == 1)
        let row = engine.tables.sources.first
        #expect(row?.gave == "asked 12: 10 answered, 2 late, 0 lost; 1 line not understood; median 31ms; as m\u{1b}")
        #expect(row?.state == .works && row?.reason == nil && row?.place == "forecast")
        engine.note(health(.gone), of: "forecast")
        #expect(engine.tables.sources.first?.state == .off && engine.tables.sources.first?.reason == "it answers")
    }

    @Test("the status line tells of it where there is one, escaped")
    func status() {
        var engine = Engine()
        engine.fold(.tick(Moment(wall: 1, monotonic: 1)))
        #expect(!String(decoding: StatusLine.bytes(engine.tables, linesDropped: 0), as: UTF8.self).contains("\"model\""))
        engine.note(health(.slow) { $0.asked = 3 }, of: "x")
        let line = String(decoding: StatusLine.bytes(engine.tables, linesDropped: 0), as: UTF8.self)
        #expect(line.contains("\"model\":{\"state\":\"slow\",\"sentence\":\"answers\",\"name\":\"m\\u001b\",\"asked_total\":3"))
        #expect(line.contains("\"answer_time_median_ns\":null"))
        #expect(line.contains("\"model.answer_time_median_ns\":\"nothing was answered yet\""))
    }

    @Test("the median of its answers is from a batch's asking")
    func median() throws {
        var course = ModelCourse()
        #expect(course.next(at: 0) == .start)
        course.started(at: 0)
        _ = course.next(at: 0)
        course.hear(.success(.hello(version: ModelLine.version, name: "m")), at: 1)
        course.offer([ModelQuestion(id: 1, series: "s", unit: "", interval: 1, values: [1])], at: 2)
        #expect(course.health(at: 2).medianAnswer == nil)
        _ = course.next(at: 1_000_000)
        course.hear(.success(.opinion(try #require(ModelOpinion(id: 1, score: 0)))), at: 41_000_000)
        let median = course.health(at: 41_000_000).medianAnswer ?? 0
        #expect((38_000_000...42_000_000).contains(median))
    }
}
