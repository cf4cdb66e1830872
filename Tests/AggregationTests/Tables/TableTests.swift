import Testing

@testable import Aggregation

@Suite struct TableTests {
    /// Each row's seconds as a plain array, newest last.
    private struct Model {
        var rows: [(id: Int, seconds: [Double])] = []

        mutating func advance(_ count: Int) {
            for row in rows.indices { rows[row].seconds += Array(repeating: 0, count: count) }
        }

        mutating func record(_ rate: Double, _ row: Int, _ count: Int) {
            let size = rows[row].seconds.count
            for age in 0..<min(count, size) { rows[row].seconds[size - 1 - age] = rate }
        }
    }

    @Test("Rows and their histories agree with plain arrays through any adding, removing, advancing and recording")
    func model() {
        var random = SplitMix(seed: 15)
        for _ in 0..<20 {
            var table = Table<Int>(limit: 40)
            var model = Model()
            for step in 0..<400 {
                let row = model.rows.isEmpty ? nil : Int.random(in: 0..<model.rows.count, using: &random)
                switch (Int.random(in: 0..<6, using: &random), row) {
                case (0, let row?) where model.rows.count > 3:
                    table.remove(at: row)
                    model.rows.swapAt(row, model.rows.count - 1)
                    model.rows.removeLast()
                case (1, _) where !table.isFull:
                    #expect(table.append(step) == model.rows.count)
                    model.rows.append((step, Array(repeating: 0, count: History.seconds)))
                case (2, _):
                    let count = [0, 1, 1, 2, 7, 299, 300, 301, 1_000][Int.random(in: 0..<9, using: &random)]
                    table.history.advance(count)
                    model.advance(count)
                case (3, let row?):
                    table.history.clearRow(row)
                    model.rows[row].seconds = Array(repeating: 0, count: History.seconds)
                case (_, let row?):
                    let count = [1, 1, 3, 300, 400][Int.random(in: 0..<5, using: &random)]
                    // Exact in the history's own scale.
                    let rate = [0, 1, 3, 7, 1_023][Int.random(in: 0..<5, using: &random)] as Double
                    table.history.record(rate, row: row, seconds: count)
                    model.record(rate, row, count)
                default: break
                }
                guard step % 20 == 0 else { continue }
                #expect(Array(table.rows) == model.rows.map(\.id))
                for (row, expected) in model.rows.enumerated() {
                    for count in [0, 1, 60, 300, 500] {
                        let expected = Array(expected.seconds.suffix(min(count, History.seconds)))
                        #expect(table.history.values(row: row, last: count) == expected)
                    }
                }
            }
        }
    }

    @Test("A rate is kept within 0.034 % of itself and one, zero is zero, and order is kept")
    func precision() {
        let bound = Binary.exp2(1.0 / 2048) - 1 + 1e-6
        var random = SplitMix(seed: 16)
        for _ in 0..<20_000 {
            let rate = Double(random.magnitude()) + Double(random.next() & 0xffff) / 65_536
            let kept = History.decode(History.encode(rate))
            #expect(abs(kept - rate) <= max(bound * (rate + 1), 0.00068), "\(rate) \(kept)")
            #expect((kept == 0) == (rate == 0))
            #expect(History.encode(rate) <= History.encode(rate * 1.01))
        }
        for odd in [-1, -.infinity, .nan, -0.0] as [Double] { #expect(History.encode(odd) == 0) }
        #expect(History.encode(.infinity) == .max && History.decode(.max).isFinite)
        #expect(History.decode(0) == 0 && History.decode(History.encode(1e-12)) > 0)
    }

    @Test("A table is full at its limit, and every row can be the one that leaves")
    func limits() {
        for count in 1...8 {
            for leaving in 0..<count {
                var table = Table<Int>(limit: count)
                for row in 0..<count {
                    #expect(!table.isFull)
                    _ = table.append(row)
                }
                #expect(table.isFull && table.count == count)
                table[leaving] = 99
                #expect(table[leaving] == 99)
                table.remove(at: leaving)
                #expect(table.rows.sorted() == (0..<count).filter { $0 != leaving } && !table.isFull)
            }
        }
    }
}
