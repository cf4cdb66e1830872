// How a value looks to a person: short, aligned, with its unit. Screens and `-o table` use it; JSON and CSV do not.

package enum Rendering {
    /// The text of a value, for numbers in at most six cells: "12.3M", "940µs", "0", "-" where it is missing, "?" where it cannot be seen. Only ids and
    /// ports (`Unit.none`), which mean nothing shortened, are written out whatever their length. "0" is zero and nothing
    /// else: what is too small to show is "<0.01". Text comes out printable (escaped).
    package static func text(_ value: Value, unit: Field.Unit = .none) -> String {
        switch value {
        case .text(let text): text.printable
        case .boolean(let holds): holds ? "yes" : "no"
        case .list(let list): list.map(\.printable).joined(separator: ",")
        case .time(let wall): clock(wall)
        case .missing: "-"
        case .unobservable: "?"
        case .integer(let number): quantity(Double(number), unit: unit, exact: number)
        case .number(let number): quantity(number, unit: unit, exact: nil)
        }
    }

    static func quantity(_ value: Double, unit: Field.Unit, exact: Int64?) -> String {
        guard value.isFinite else { return "-" }
        switch unit {
        case .none: return exact.map(String.init) ?? scaled(value, step: 1000, suffixes: decimalSuffixes)
        case .count:
            if let exact, exact.magnitude < 100_000 { return String(exact) }
            return scaled(value, step: 1000, suffixes: decimalSuffixes)
        case .perSecond, .scalar: return scaled(value, step: 1000, suffixes: decimalSuffixes)
        case .bytes, .bytesPerSecond:
            return value == 0 ? "0" : scaled(value, step: 1024, suffixes: ["B", "K", "M", "G", "T", "P", "E"])
        case .nanoseconds: return duration(value)
        case .ratio: return ratio(value)
        }
    }

    private static let decimalSuffixes = ["", "k", "M", "G", "T", "P", "E"]
    private static let percentSuffixes = decimalSuffixes.map { $0 + "%" }

    /// "1.25ms", "340µs", "2.1s", "3m20s", "5h12m", "12d4h", "400d", "27y".
    package static func duration(_ nanoseconds: Double) -> String {
        nanoseconds < 0 ? negative(duration(-nanoseconds, isShort: true)) : duration(nanoseconds, isShort: false)
    }

    /// `isShort` leaves out the smaller half, so that a minus sign fits.
    private static func duration(_ nanoseconds: Double, isShort: Bool) -> String {
        let places = isShort ? 0 : 2
        switch nanoseconds {
        case 0: return "0"
        case ..<0.995: return "<1ns"
        // 999.5 would round to 1000 in three digits: the next unit says it shorter.
        case ..<999.5: return decimal(nanoseconds, places: places) + "ns"
        case ..<999.5e3: return decimal(nanoseconds / 1e3, places: places) + "µs"
        case ..<999.5e6: return decimal(nanoseconds / 1e6, places: places) + "ms"
        case ..<59.95e9: return decimal(nanoseconds / 1e9, places: places) + "s"
        default: break
        }
        // Some ten thousand years are as good as any longer time, and fit.
        let seconds = Int64(min(nanoseconds / 1e9, 3e11).rounded())
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if hours == 0 { return "\(minutes)m" + (isShort ? "" : "\(seconds % 60)s") }
        if days == 0 { return "\(hours)h" + (isShort ? "" : "\(minutes % 60)m") }
        if days < 100 { return "\(days)d" + (isShort ? "" : "\(hours % 24)h") }
        return days < 3650 ? "\(days)d" : "\(seconds / 31_557_600)y"
    }

    /// The time of day, UTC: "15:20:33".
    static func clock(_ wall: UInt64) -> String {
        let seconds = wall / 1_000_000_000 % 86_400
        func two(_ value: UInt64) -> String { (value < 10 ? "0" : "") + String(value) }
        return two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60)
    }

    /// "0.04%", "5.7%", "12.3%", "1.2k%".
    private static func ratio(_ value: Double) -> String {
        let percent = value * 100
        let size = abs(percent)
        if size >= 1, size < 9.95 { return decimal(percent, places: 1) + "%" }
        return size < 999.5 ? decimal(percent) + "%" : scaled(percent, step: 1000, suffixes: percentSuffixes, places: percent < 0 ? 0 : 1)
    }

    /// Three significant digits and the suffix of the power of `step` that makes it shortest.
    private static func scaled(_ value: Double, step: Double, suffixes: [String], places: Int? = nil) -> String {
        if value < 0 { return negative(scaled(-value, step: step, suffixes: suffixes, places: places)) }
        var value = value
        var index = 0
        while value >= 999.5, index < suffixes.count - 1 {
            value /= step
            index += 1
        }
        return value >= 999.5 ? ">999" + suffixes[index] : decimal(value, places: places) + suffixes[index]
    }

    /// A number below zero, of which podglass has none by rights: "-0" is less than zero by too little to show.
    private static func negative(_ text: String) -> String {
        text == "0" ? text : text.hasPrefix("<") ? "-0" : "-" + (text.hasPrefix(">") ? text.dropFirst() : text[...])
    }

    /// `value`, under 1000, with three significant digits (or `places` behind the point), at most two of them behind the
    /// point, and no trailing zeros: 12.3, 1.25, 340, 0.05.
    static func decimal(_ value: Double, places: Int? = nil) -> String {
        if value < 0 { return negative(decimal(-value, places: places)) }
        if value == 0 { return "0" }
        if value < 0.005 { return "<0.01" }
        let places = min(places ?? 2, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
        let factor = [1.0, 10, 100][places]
        let scaled = Int64((min(value, 1e15) * factor).rounded())
        let whole = scaled / Int64(factor)
        let fraction = scaled % Int64(factor)
        guard fraction > 0 else { return String(whole) }
        var tail = String(fraction)
        while tail.utf8.count < places { tail = "0" + tail }
        while tail.last == "0" { tail.removeLast() }
        return String(whole) + "." + tail
    }
}
