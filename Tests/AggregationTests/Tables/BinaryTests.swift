import Testing

@testable import Aggregation

@Suite struct BinaryTests {
    @Test("Powers of two are exact, both ways")
    func powers() {
        for exponent in -1022...1023 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            #expect(Binary.exp2(Double(exponent)) == power && Binary.log2(power) == Double(exponent))
        }
    }

    @Test("A number's logarithm leads back to it within a millionth")
    func roundTrip() {
        var random = SplitMix(seed: 12)
        for _ in 0..<20_000 {
            let number = Double(random.magnitude()) + Double(random.next() & 1023) / 1024 + 1e-9
            #expect(abs(Binary.exp2(Binary.log2(number)) / number - 1) < 1e-6)
        }
    }

    @Test("Half powers square to powers, within a millionth, and order is kept")
    func halves() {
        var last = -Double.infinity
        for step in 1...4_096 {
            let logarithm = Binary.log2(Double(step))
            #expect(logarithm > last)
            last = logarithm
            let root = Binary.exp2(logarithm / 2)
            #expect(abs(root * root / Double(step) - 1) < 1e-6)
        }
    }

    @Test("Numbers that are none do not crash")
    func edges() {
        #expect(Binary.exp2(.infinity) == .infinity && Binary.exp2(-.infinity) == 0 && Binary.exp2(.nan).isNaN)
        #expect(Binary.log2(0) == -1022 && Binary.log2(-5) == -1022 && Binary.log2(.infinity) == 1024 && Binary.log2(.nan) == -1022)
        #expect(Binary.exp2(1e300).isFinite && Binary.exp2(-1e300) > 0)
    }
}
