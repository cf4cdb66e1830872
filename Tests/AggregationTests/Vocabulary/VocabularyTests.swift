import Testing

@testable import Aggregation

@Suite struct VocabularyTests {
    @Test("A command's name of up to fifteen bytes reads back, and a longer one is cut")
    func commandNames() {
        for length in 0...20 {
            let text = String("abcdefghijklmnopqrstuvwxyz".prefix(length))
            let name = CommandName(text)
            #expect(name.text == String(text.prefix(15)))
            #expect(name.isEmpty == text.isEmpty)
            #expect(name == CommandName(first: name.first, second: name.second))
        }
        #expect(CommandName("nginx: é").text == "nginx: é")
        // Cut inside a character: never a crash, and still at most fifteen bytes of it.
        #expect(CommandName("12345678901234é").text == "12345678901234\u{fffd}")
        #expect(CommandName("a\0b").text == "a")
        // The first byte of the name is the lowest of the first word, as the kernel's memory has it.
        #expect(CommandName("a").first == 0x61 && CommandName("12345678a").second == 0x61)
    }

    @Test("Every counter has a place of its own")
    func counters() {
        #expect(Counter.allCases.count == Counters.zero.values.count)
        for counter in Counter.allCases {
            var counters = Counters.zero
            counters[counter] = 7
            #expect(!counters.isZero && counters != .zero)
            for other in Counter.allCases { #expect(counters[other] == (other == counter ? 7 : 0)) }
        }
        #expect(Counters.zero.isZero)
    }

    @Test("Counters add and subtract wrapping, each by itself")
    func arithmetic() {
        var random = SplitMix(seed: 8)
        for _ in 0..<200 {
            var left = Counters()
            var right = Counters()
            for counter in Counter.allCases {
                left[counter] = random.magnitude()
                right[counter] = random.magnitude()
            }
            var sum = left
            sum &+= right
            #expect(sum &- right == left && sum &- left == right)
            for counter in Counter.allCases { #expect(sum[counter] == left[counter] &+ right[counter]) }
        }
        var counters = Counters.zero
        var correction = Counters.zero
        correction[.sentBytes] = UInt64(bitPattern: -1)
        counters &+= correction
        #expect(Int64(bitPattern: counters[.sentBytes]) == -1)
    }

    @Test("The gravest mark is drawn, and all are named")
    func marks() {
        for raw in UInt8(0)...7 {
            let marks = Marks(rawValue: raw)
            #expect(marks.names.count == raw.nonzeroBitCount)
            let symbol: Character? = raw & 4 != 0 ? "?" : raw & 2 != 0 ? "*" : raw & 1 != 0 ? "~" : nil
            #expect(marks.symbol == symbol)
        }
    }

    @Test("A moment tells the wall time of instants before and after it")
    func moments() {
        let moment = Moment(wall: 1_000, monotonic: 100)
        #expect(moment.wall(at: 100) == 1_000 && moment.wall(at: 40) == 940 && moment.wall(at: 150) == 1_050)
    }
}
