// How a value looks to a person: short, aligned, with its unit. Screens and `-o table` use it; JSON and CSV do not.

package enum Rendering {
    /// The text of a value in at most about six cells for numbers: "12.3M", "940µ", "0", "-" where it is missing.
    /// Text comes out printable (escaped).
    package static func text(_ value: Value, unit: Field.Unit = .none) -> String {
        switch value {
        case .text(let text): text.printable
        case .list(let list): list.map(\.printable).joined(separator: ",")
        case .time(let wall): clock(wall)
        case .missing: "-"
        case .integer(let number): quantity(Double(number), unit: unit, exact: number)
        case .number(let number): quantity(number, unit: unit, exact: nil)
        }
    }

    static func quantity(_ value: Double, unit: Field.Unit, exact: Int64?) -> String {
        guard value.isFinite else { return "-" }
        switch unit {
        case .none: return exact.map(String.init) ?? decimal(value, digits: 3)
        case .count:
            if let exact, abs(exact) < 100_000 {
                return String(exact)
            } else {
                return scaled(value, step: 1000, suffixes: ["", "k", "M", "G", "T", "P", "E"])
            }
        case .bytes, .bytesPerSecond: return scaled(value, step: 1024, suffixes: ["B", "K", "M", "G", "T", "P", "E"])
        case .perSecond: return scaled(value, step: 1000, suffixes: ["", "k", "M", "G", "T", "P", "E"])
        case .nanoseconds: return duration(value)
        case .ratio:
            // What is not zero never reads as a measured zero.
            if value > 0, value < 0.000_05 { return "<0.01%" }
            return decimal(value * 100, digits: value >= 0.001 && value < 0.1 ? 2 : 3) + "%"
        }
    }

    /// "1.25ms", "340µs", "2.1s", "3m20s", "5h12m", "12d4h".
    package static func duration(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1: return "0"
        case ..<1e3: return decimal(nanoseconds, digits: 3) + "ns"
        case ..<1e6: return decimal(nanoseconds / 1e3, digits: 3) + "µs"
        case ..<1e9: return decimal(nanoseconds / 1e6, digits: 3) + "ms"
        case ..<60e9: return decimal(nanoseconds / 1e9, digits: 3) + "s"
        default:
            let seconds = Int64(clamping: Int64(exactly: (nanoseconds / 1e9).rounded(.down)) ?? .max)
            if seconds < 3600 { return "\(seconds / 60)m\(seconds % 60)s" }
            if seconds < 86_400 { return "\(seconds / 3600)h\(seconds % 3600 / 60)m" }
            return "\(seconds / 86_400)d\(seconds % 86_400 / 3600)h"
        }
    }

    /// The time of day, UTC: "15:20:33".
    static func clock(_ wall: UInt64) -> String {
        let seconds = wall / 1_000_000_000 % 86_400
        func two(_ value: UInt64) -> String { (value < 10 ? "0" : "") + String(value) }
        return two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60)
    }

    private static func scaled(_ value: Double, step: Double, suffixes: [String]) -> String {
        var value = value
        var index = 0
        // 999.5 would round to 1000 in three digits: the next unit says it shorter.
        while abs(value) >= min(step, 999.5), index < suffixes.count - 1 {
            value /= step
            index += 1
        }
        return decimal(value, digits: 3) + (index == 0 && suffixes[0] == "B" && value == 0 ? "" : suffixes[index])
    }

    /// `value` with `digits` significant digits and no trailing zeros: 12.3, 1.25, 340, 0.05.
    static func decimal(_ value: Double, digits: Int) -> String {
        let magnitude = abs(value)
        if magnitude < 0.005 { return "0" }
        // Beyond what Int64 holds below; only a recording that was tampered with gets here.
        guard magnitude < 1e15 else { return value < 0 ? "<-1e15" : ">1e15" }
        let places = magnitude >= 100 ? 0 : magnitude >= 10 ? max(0, digits - 2) : max(0, digits - 1)
        let factor = [1.0, 10, 100][min(places, 2)]
        let scaled = Int64((value * factor).rounded())
        let whole = scaled / Int64(factor)
        let fraction = abs(scaled % Int64(factor))
        guard fraction > 0 else { return String(whole) }
        var tail = String(fraction)
        while tail.utf8.count < min(places, 2) { tail = "0" + tail }
        while tail.last == "0" { tail.removeLast() }
        return (scaled < 0 && whole == 0 ? "-" : "") + String(whole) + "." + tail
    }
}
