// One figure as a line: name, value, unit, and the bar of the product it must stay under, if it has one; between tabs.
// Whoever runs this makes the table.

import Glibc

struct Figure {
    var name: String
    var value: Double
    var unit: String
    var bar: Double?

    func print() {
        Swift.print(name, Figure.decimal(value), unit, bar.map { Figure.decimal($0) } ?? "", separator: "\t")
        fflush(nil)
    }

    /// Three places behind the point at most; enough for every figure here.
    static func decimal(_ value: Double) -> String {
        let thousandths = Int64((value * 1000).rounded())
        var tail = String(thousandths.magnitude % 1000)
        while tail.utf8.count < 3 { tail = "0" + tail }
        return (thousandths < 0 ? "-" : "") + String(thousandths.magnitude / 1000) + "." + tail
    }
}
