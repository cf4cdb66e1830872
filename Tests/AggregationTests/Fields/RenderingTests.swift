import Testing

@testable import Aggregation

@Suite struct RenderingTests {
    /// Numbers of every magnitude, and around every place where a rounding or a unit changes.
    private static let numbers: [Double] = {
        var numbers: [Double] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, Double(Int64.max), Double(UInt64.max)]
        for exponent in -12...30 {
            var power = 1.0
            for _ in 0..<abs(exponent) { power *= 10 }
            if exponent < 0 { power = 1 / power }
            for digits in [1, 1.004, 1.006, 1.25, 4.9949, 4.9951, 5, 9.94, 9.95, 9.9949, 9.995, 9.9951, 9.999, 9.9995, 9.99951, 9.9999999] {
                numbers.append(power * digits)
            }
        }
        for shift in 0..<63 { for step in -2...2 { numbers.append(Double(1 << shift) + Double(step) / 2) } }
        for seconds in [
            59.9, 59.94, 59.95, 60, 119.5, 3599.4, 3599.5, 3600, 86_399.5, 86_400, 8_639_999, 8_640_000, 315_359_999, 315_360_000,
        ] {
            numbers.append(seconds * 1e9)
        }
        return numbers + numbers.map { -$0 }
    }()

    @Test("No number is wider than six cells, but for ids", arguments: Field.Unit.allCases)
    func width(unit: Field.Unit) {
        for number in RenderingTests.numbers {
            let text = Rendering.text(.number(number), unit: unit)
            #expect((1...6).contains(text.cells), "\(number) \(unit): \(text)")
            if unit != .none, let exact = Int64(exactly: number.rounded()) {
                let text = Rendering.text(.integer(exact), unit: unit)
                #expect((1...6).contains(text.cells), "\(exact) \(unit): \(text)")
            }
        }
        #expect(Rendering.text(.integer(.min), unit: unit).cells <= (unit == .none ? 20 : 6))
    }

    @Test("Zero is drawn for zero and for nothing else", arguments: Field.Unit.allCases)
    func zero(unit: Field.Unit) {
        for number in RenderingTests.numbers {
            let text = Rendering.text(.number(number), unit: unit)
            #expect((text.first == "0" && !text.contains(".")) == (number == 0), "\(number) \(unit): \(text)")
        }
    }

    @Test(
        "A number drawn is the number, to half a unit of its last digit",
        arguments: [Field.Unit.count, .perSecond, .bytes, .bytesPerSecond])
    func value(unit: Field.Unit) throws {
        let isBinary = unit == .bytes || unit == .bytesPerSecond
        for number in RenderingTests.numbers where number >= 0.005 && number < 9.9e20 {
            let text = Rendering.text(.number(number), unit: unit)
            if text.hasPrefix(">") { continue }
            var digits = text
            var scale = 1.0
            if let last = text.last, last.isLetter {
                digits.removeLast()
                let power = last == "B" ? 0 : try #require(Array(isBinary ? "BKMGTPE" : " kMGTPE").firstIndex(of: last))
                for _ in 0..<power { scale *= isBinary ? 1024 : 1000 }
            }
            let drawn = try #require(Double(digits))
            // Under one there are two digits behind the point: 0.98K stands for 1000 to 1023 bytes.
            let tolerance = drawn < 1 ? 0.00501 * scale : 0.00506 * number
            #expect(abs(drawn * scale - number) <= tolerance, "\(number): \(text)")
        }
    }

    @Test(
        "Numbers look as people write them",
        arguments: [
            (0, .bytes, "0"), (1, .bytes, "1B"), (999, .bytes, "999B"), (1000, .bytes, "0.98K"), (1024, .bytes, "1K"),
            (1536, .bytes, "1.5K"),
            (1_048_576, .bytes, "1M"), (12_900_000, .bytesPerSecond, "12.3M"), (999.95, .bytes, "0.98K"), (1e22, .bytes, ">999E"),
            (99_999, .count, "100k"), (999.5, .perSecond, "1k"), (999.49, .perSecond, "999"), (0.004, .perSecond, "<0.01"),
            (0.25, .perSecond, "0.25"), (12.34, .perSecond, "12.3"), (9.995, .perSecond, "10"), (-0.0, .perSecond, "0"),
            (-3, .perSecond, "-3"),
            (0, .nanoseconds, "0"), (0.3, .nanoseconds, "<1ns"), (999.95, .nanoseconds, "1µs"), (999_700, .nanoseconds, "1ms"),
            (1_250_000, .nanoseconds, "1.25ms"), (340_000, .nanoseconds, "340µs"), (2.1e9, .nanoseconds, "2.1s"),
            (59.99e9, .nanoseconds, "1m0s"),
            (200e9, .nanoseconds, "3m20s"), (3599.9e9, .nanoseconds, "1h0m"), (18_720e9, .nanoseconds, "5h12m"),
            (1_051_200e9, .nanoseconds, "12d4h"),
            (8.64e15, .nanoseconds, "100d"), (9.2e18, .nanoseconds, "291y"), (-1_250_000, .nanoseconds, "-1ms"), (0.0004, .ratio, "0.04%"),
            (0.00001, .ratio, "<0.01%"), (0, .ratio, "0%"), (0.0567, .ratio, "5.7%"), (0.1234, .ratio, "12.3%"), (1, .ratio, "100%"),
            (12.3, .ratio, "1.2k%"), (.nan, .count, "-"), (.infinity, .bytes, "-"),
        ] as [(Double, Field.Unit, String)])
    func looks(number: Double, unit: Field.Unit, text: String) {
        #expect(Rendering.text(.number(number), unit: unit) == text)
    }

    @Test("Counts under a hundred thousand, and ids of any length, are exact")
    func exact() {
        for count in [0, 1, 999, 1000, 99_999, -99_999] as [Int64] {
            #expect(Rendering.text(.integer(count), unit: .count) == String(count))
        }
        #expect(Rendering.text(.integer(100_000), unit: .count) == "100k")
        #expect(Rendering.text(.integer(.max), unit: .none) == "9223372036854775807")
    }

    @Test("Times are the time of day, text is printable, what is missing is a dash")
    func others() {
        #expect(Rendering.text(.time(1_700_000_000_999_999_999)) == "22:13:20")
        #expect(Rendering.text(.time(0)) == "00:00:00")
        #expect(Rendering.text(.time(.max)).count == 8)
        #expect(Rendering.text(.text("a\u{1b}[2J")) == "a\\x1b[2J")
        #expect(Rendering.text(.list(["a", "\u{202e}b"])) == "a,\\u{202e}b")
        #expect(Rendering.text(.missing("no sample yet"), unit: .bytes) == "-")
        #expect(Rendering.text(.unobservable("the probe drops is not attached"), unit: .count) == "?")
    }
}
