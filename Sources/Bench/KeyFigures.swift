// How long a key takes until its picture stands: the model's answer and the drawing of the whole grid. The writing of what
// changed is the terminal's own figure (scripts/bench measures the whole program).

import Aggregation
import Views

struct KeyFigures {
    /// A key is answered within one frame.
    static let frame = 16.0
    private static let repetitions = 40

    let tables: Tables
    let size: Size

    /// What is pressed before, unmeasured; then each of `keys`, measured one by one.
    private struct Press {
        var name: String
        var before: [Key] = []
        var keys: [Key]
    }

    private static func typed(_ text: String) -> [Key] { text.unicodeScalars.map { .character($0) } }

    private static func command(_ text: String) -> [Key] { typed(":" + text) }

    private static let presses: [Press] = [
        Press(name: "cursor down", before: typed("2"), keys: [.down]),
        Press(name: "page down", before: typed("2"), keys: [.pageDown]),
        Press(name: "to the last row", before: typed("2"), keys: typed("G")),
        Press(name: "switch to Flows", before: typed("1"), keys: typed("2")),
        Press(name: "switch to Flows, filtered and sorted by text", before: typed("2/shop\r:sort peer\r1"), keys: typed("2")),
        Press(name: "switch to Pods", before: typed("2"), keys: typed("1")),
        Press(name: "switch to TCP", before: typed("2"), keys: typed("3")),
        Press(name: "switch to Connections", before: typed("2"), keys: typed("8")),
        Press(name: "sort by a number (sent)", before: typed("2") + command("sort sent"), keys: [.enter]),
        Press(name: "sort by a number (rtt)", before: typed("2") + command("sort rtt"), keys: [.enter]),
        Press(name: "sort by a text (workload)", before: typed("2") + command("sort workload"), keys: [.enter]),
        Press(name: "sort by a text (peer)", before: typed("2") + command("sort peer"), keys: [.enter]),
        Press(name: "sort by a text (address)", before: typed("2") + command("sort address"), keys: [.enter]),
        Press(name: "reverse a text", before: typed("2:sort peer\r"), keys: typed("S")),
        Press(name: "type a word, each letter", before: typed("2/"), keys: typed("cart-7b58")),
        Press(name: "type a word, sorted by text", before: typed("2:sort peer\r/"), keys: typed("cart-7b58")),
        Press(name: "type a word nobody has", before: typed("2/"), keys: typed("qqqq")),
        Press(name: "type a condition on a number", before: typed("2/rtt"), keys: typed(">10ms")),
        Press(name: "type a pattern on a text", before: typed("2/peer~"), keys: typed("^team-1.*a[0-9]")),
        Press(name: "type a pattern on addresses", before: typed("2/address~"), keys: typed("^10[.].*5$")),
        Press(name: "erase a word", before: typed("2/cart"), keys: [.backspace, .backspace, .backspace, .backspace]),
        Press(name: "type a word among connections", before: typed("8/"), keys: typed("cart-7b58")),
        Press(name: "sort connections by a text (local)", before: typed("8") + command("sort local_address"), keys: [.enter]),
    ]

    func measure(only beginning: String) {
        var start = ConsoleModel(size: size)
        start.receive(tables)
        let times = Stopwatch.repeated(KeyFigures.repetitions) {
            var model = start
            model.receive(tables)
            keep(model.draw())
        }
        report("new tables", times)
        for press in KeyFigures.presses where press.name.hasPrefix(beginning) {
            var all: [Double] = []
            for repetition in 0...KeyFigures.repetitions / press.keys.count + 8 {
                var model = start
                for key in press.before { _ = model.handle(KeyFigures.named(key)) }
                _ = model.draw()
                for key in press.keys {
                    let time = Stopwatch.nanoseconds {
                        _ = model.handle(KeyFigures.named(key))
                        keep(model.draw())
                    }
                    if repetition > 0 { all.append(time) }
                }
            }
            report(press.name, all.sorted())
        }
    }

    /// A return in a text is the key Enter.
    private static func named(_ key: Key) -> Key { key == .character("\r") ? .enter : key }

    private func report(_ name: String, _ times: [Double]) {
        let name = "key, \(tables.flows.count) flows: \(name)"
        Figure(name: name + ", median", value: times.quantile(0.5) / 1e6, unit: "ms", bar: KeyFigures.frame).print()
        Figure(name: name + ", p99", value: times.quantile(0.99) / 1e6, unit: "ms", bar: KeyFigures.frame).print()
    }
}
