import Testing

@testable import Aggregation

@Suite struct HistogramTests {
    private static let quantiles = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]

    private func expect(_ histogram: Histogram, like values: [UInt64]) {
        let sorted = values.sorted()
        #expect(histogram.count == UInt64(values.count))
        #expect(histogram.minimum == sorted.first ?? .max && histogram.maximum == sorted.last ?? 0)
        #expect(histogram.sum == values.reduce(0, &+))
        for quantile in HistogramTests.quantiles {
            guard !sorted.isEmpty else {
                #expect(histogram.quantile(quantile) == nil)
                continue
            }
            let exact = sorted[max(1, Int((quantile * Double(sorted.count)).rounded(.up))) - 1]
            let found = histogram.quantile(quantile) ?? 0
            #expect(abs(Double(found) - Double(exact)) <= Double(exact) * Histogram.relativeError, "\(quantile): \(found) for \(exact)")
        }
    }

    /// A duration inside the histogram's range, of any magnitude.
    private func duration(_ random: inout SplitMix) -> UInt64 {
        let exponent = UInt64.random(in: 10..<37, using: &random)
        return 1 << exponent | random.next() & ((1 << exponent) - 1)
    }

    @Test("Quantiles are within the stated error of the exact ones")
    func quantiles() {
        var random = SplitMix(seed: 13)
        for round in 0..<60 {
            var histogram = Histogram()
            var values: [UInt64] = []
            let isNarrow = round % 2 == 0
            for _ in 0..<[0, 1, 2, 3, 10, 100, 1_000][round % 7] {
                let value = isNarrow ? 1_000_000 + random.next() % 500_000 : duration(&random)
                values.append(value)
                histogram.record(value)
            }
            expect(histogram, like: values)
        }
    }

    @Test("One record is told within the error, at every edge of every bucket")
    func edges() {
        for exponent in 10..<37 {
            for part in 0..<16 {
                let edge = (UInt64(16 + part) << UInt64(exponent)) >> 4
                for value in [edge - 1, edge, edge + 1] where value >= 1 << 10 {
                    var histogram = Histogram()
                    histogram.record(value / 2)
                    histogram.record(value)
                    histogram.record(value * 2)
                    let found = Double(histogram.quantile(0.5) ?? 0)
                    #expect(abs(found - Double(value)) <= Double(value) * Histogram.relativeError)
                }
            }
        }
    }

    @Test("Merging is recording everything in one")
    func merging() {
        var random = SplitMix(seed: 14)
        for sizes in [(0, 0), (0, 5), (5, 0), (1, 1), (100, 300)] {
            var left = Histogram()
            var right = Histogram()
            var both = Histogram()
            for (index, size) in [sizes.0, sizes.1].enumerated() {
                for _ in 0..<size {
                    let value = duration(&random)
                    both.record(value)
                    if index == 0 { left.record(value) } else { right.record(value) }
                }
            }
            left.merge(right)
            #expect(left == both)
        }
    }

    @Test("Records outside the range keep their extremes, and odd questions have answers")
    func outside() {
        var histogram = Histogram()
        #expect(histogram.quantile(0.5) == nil && histogram.mean == nil)
        histogram.record(5, count: 0)
        #expect(histogram == Histogram())
        histogram.record(0)
        histogram.record(.max)
        #expect(histogram.minimum == 0 && histogram.maximum == .max && histogram.quantile(1) == .max)
        for odd in [-1, 2, Double.nan, .infinity, -.infinity] { #expect(histogram.quantile(odd) != nil) }
        var repeated = Histogram()
        repeated.record(1_000_000, count: 10)
        #expect(repeated.count == 10 && repeated.mean == 1_000_000 && repeated.quantile(0.5) == 1_000_000)
    }
}
