// The lines between podglass and a model: what is asked, what counts as an answer, and how pieces become lines.

import Aggregation
import Testing

@Suite("A model's lines") struct ModelLineTests {
    private func failure(_ text: String) -> ModelLine.Failure? {
        do { _ = try ModelLine(Array(text.utf8)[...]) } catch { return error }
        return nil
    }

    @Test("a question is one line; what is missing is null, and hostile names are written out")
    func question() {
        let question = ModelQuestion(
            id: .max, series: "shop/cart\u{1b}[2J\n", unit: "1/s", interval: 1_000_000_000, values: [1, 2.5, .nan, .infinity, -0.1])
        var line = JSONWriter()
        question.write(following: 3, to: &line)
        #expect(
            String(decoding: line.bytes, as: UTF8.self)
                == #"{"id":18446744073709551615,"series":"shop/cart\u001b[2J\n","unit":"1/s","interval_ns":1000000000,"#
                + #""following":3,"values":[1,2.5,null,null,-0.1]}"# + "\n")
    }

    @Test("a batch says of each question how many follow it, and podglass says first what it speaks")
    func batch() {
        let questions = (1...3).map { ModelQuestion(id: $0, series: "s", unit: "", interval: 1, values: [0]) }
        let lines = String(decoding: ModelQuestion.lines(questions), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3)
        for (index, line) in lines.enumerated() { #expect(line.contains("\"following\":\(2 - index),")) }
        let greeting = String(decoding: ModelBudget().greeting, as: UTF8.self)
        #expect(greeting == #"{"podglass_model":1,"questions":4,"timeout_ns":2000000000}"# + "\n")
    }

    @Test("of a long series the newest values are asked about, of a long name the beginning")
    func limits() {
        let values = (0..<1_000).map(Double.init)
        let question = ModelQuestion(id: 1, series: String(repeating: "a", count: 10_000), unit: "", interval: 1, values: values)
        #expect(question.values.count == ModelQuestion.valueLimit)
        #expect(question.values.last == 999)
        #expect(question.series.count == ModelQuestion.textLimit)
    }

    @Test("an opinion is read, with and without what was expected; unknown keys are passed over")
    func opinions() throws {
        func read(_ text: String) throws -> ModelOpinion? {
            guard case .opinion(let opinion) = try ModelLine(Array(text.utf8)[...]) else { return nil }
            return opinion
        }
        #expect(try read(#"{"id":7,"score":0.5}"#) == ModelOpinion(id: 7, score: 0.5))
        #expect(try read(#"{"id":7,"score":0,"expected":null,"low":null,"high":null,"why":"calm"}"#) == ModelOpinion(id: 7, score: 0))
        let full = try read(#"{"score":1,"id":7,"low":-1,"high":2,"expected":0.5}"#)
        #expect(full == ModelOpinion(id: 7, score: 1, expected: 0.5, band: ModelOpinion.Band(low: -1, high: 2)))
        #expect(full?.speaks == true)
        #expect(ModelOpinion(id: 7, score: 0.89)?.speaks == false)
    }

    @Test(
        "what is no opinion is refused with its reason",
        arguments: [
            (#"{"score":0.5}"#, ModelLine.Failure.noIdentifier), (#"{"id":-1,"score":0.5}"#, .noIdentifier),
            (#"{"id":1.5,"score":0.5}"#, .noIdentifier),
            (#"{"id":"1","score":0.5}"#, .noIdentifier), (#"{"id":1}"#, .noScore), (#"{"id":1,"score":null}"#, .noScore),
            (#"{"id":1,"score":"high"}"#, .noScore), (#"{"id":1,"score":1.01}"#, .noScore), (#"{"id":1,"score":-0.01}"#, .noScore),
            (#"{"id":1,"score":0,"expected":"5"}"#, .badExpected), (#"{"id":1,"score":0,"low":1}"#, .badBand),
            (#"{"id":1,"score":0,"high":1}"#, .badBand), (#"{"id":1,"score":0,"low":2,"high":1}"#, .badBand),
            (#"{"id":1,"score":0,"low":true,"high":1}"#, .badBand), (#"{"id":1,"score":NaN}"#, .notRead(.badWord)),
            ("garbage", .notRead(.notAnObject)),
        ])
    func mistakes(text: String, expected: ModelLine.Failure) {
        #expect(failure(text) == expected, "\(text)")
        #expect(!expected.sentence.isEmpty)
    }

    @Test("an opinion has no score outside 0 to 1, and no expectation that is not finite")
    func opinionValues() {
        #expect(ModelOpinion(id: 1, score: .nan) == nil)
        #expect(ModelOpinion(id: 1, score: 0, expected: .infinity) == nil)
        #expect(ModelOpinion.Band(low: 1, high: .nan) == nil)
    }

    @Test("lines come out whole however they arrive in pieces")
    func cutting() {
        let text = Array("ab\n\ncdefgh\nrest".utf8)
        for size in 1...text.count {
            var cutter = LineCutter(limit: 16)
            var lines: [LineCutter.Piece] = []
            for start in stride(from: 0, to: text.count, by: size) {
                cutter.cut(text[start..<min(start + size, text.count)]) {
                    lines.append($0)
                    return true
                }
            }
            #expect(lines == [.line(Array("ab".utf8)), .line([]), .line(Array("cdefgh".utf8))])
        }
    }

    @Test("a line over the limit is told once for each limit's worth, and the next one is read again", arguments: 1...13)
    func long(size: Int) {
        let text = Array("12345678\n123456789\nok\n1234567890123456789012345678\nok\n".utf8)
        var cutter = LineCutter(limit: 8)
        var pieces: [LineCutter.Piece] = []
        for start in stride(from: 0, to: text.count, by: size) {
            cutter.cut(text[start..<min(start + size, text.count)]) {
                pieces.append($0)
                return true
            }
        }
        let ok = LineCutter.Piece.line(Array("ok".utf8))
        #expect(pieces == [.line(Array("12345678".utf8)), .tooLong, ok, .tooLong, .tooLong, .tooLong, ok])
    }

    @Test("who wants no more gets no more, and later what comes after it")
    func enough() {
        var cutter = LineCutter(limit: 8)
        for text in ["a\nb\nc\nd", "123456789012345678901234567890\n\n", "\n\n\n\n"] {
            var pieces = 0
            cutter.cut(Array(text.utf8)[...]) { _ in
                pieces += 1
                return false
            }
            #expect(pieces == 1)
        }
        var line: LineCutter.Piece?
        cutter.cut(Array("x\n".utf8)[...]) {
            line = $0
            return true
        }
        #expect(line == .line(Array("x".utf8)))
    }
}
