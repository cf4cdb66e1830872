// Powers and logarithms to base two in plain Swift: this module imports no C, and so has no libm.
// Both are table-driven with linear interpolation in the mantissa; the relative error of exp2(log2(x)) is under 1e-6.

enum Binary {
    private static let steps = 1024
    /// 2^(i/steps) for i in 0...steps, by repeated square roots.
    private static let powers: [Double] = {
        var root = 2.0
        for _ in 0..<10 { root = root.squareRoot() }
        var powers = [1.0]
        for _ in 0..<steps { powers.append(powers[powers.count - 1] * root) }
        return powers
    }()

    static func exp2(_ exponent: Double) -> Double {
        guard exponent.isFinite else { return exponent > 0 ? .infinity : exponent < 0 ? 0 : exponent }
        let whole = exponent.rounded(.down)
        let position = (exponent - whole) * Double(steps)
        let index = min(Int(position), steps - 1)
        let fraction = position - Double(index)
        let mantissa = powers[index] + (powers[index + 1] - powers[index]) * fraction
        return Double(sign: .plus, exponent: Int(max(-1022, min(1023, whole))), significand: mantissa)
    }

    static func log2(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return value > 0 ? 1024 : -1022 }
        let mantissa = value.significand
        var low = 0
        var high = steps
        while high - low > 1 {
            let middle = (low + high) / 2
            if powers[middle] <= mantissa { low = middle } else { high = middle }
        }
        let fraction = (mantissa - powers[low]) / (powers[high] - powers[low])
        return Double(value.exponent) + (Double(low) + fraction) / Double(steps)
    }
}
