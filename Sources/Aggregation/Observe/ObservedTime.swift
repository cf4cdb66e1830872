// The times that --since and --until take, as Hubble takes them: RFC 3339, whole or cut short, or a duration before now.

package enum ObservedTime {
    package static let expected = "a time like 2026-11-21T15:04:05Z, or a duration before now like 5m or 1h30m"

    /// Nanoseconds since 1970; nil where the text is no time, or one that nobody can write as that.
    package static func parse(_ text: String, now: UInt64) -> UInt64? {
        if let duration = duration(text) {
            // A negative duration lies after now, as Hubble has it.
            let (time, overflow) =
                duration < 0 ? now.addingReportingOverflow(duration.magnitude) : now.subtractingReportingOverflow(duration.magnitude)
            return overflow ? (duration < 0 ? nil : 0) : time
        }
        return instant(text)
    }

    /// "1h30m", "-5m", "1.5s": numbers with units, largest first or not; nanoseconds.
    package static func duration(_ text: String) -> Int64? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        if rest == "0" { return 0 }
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(number), number.first != ".", number.last != "." else { return nil }
            rest = rest[number.endIndex...]
            guard let unit = units.first(where: { rest.hasPrefix($0.suffix) }) else { return nil }
            rest.removeFirst(unit.suffix.count)
            sum += value * unit.nanoseconds
        }
        // A hundred years: far below what an Int64 can say.
        guard sum.isFinite, sum <= 100 * 365.25 * 86_400e9 else { return nil }
        return isNegative ? -Int64(sum) : Int64(sum)
    }

    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// 2026-11-21, 2026-11-21T15Z, …T15:04Z, …T15:04:05Z, …T15:04:05.123+01:00.
    package static func instant(_ text: String) -> UInt64? {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"), let day = reader.number(2),
            (1970...2553).contains(year), (1...12).contains(month), day >= 1, day <= days(in: month, of: year)
        else { return nil }
        var hour = 0
        var minute = 0
        var second = 0
        var nanosecond = 0
        var offset = 0
        if !reader.isAtEnd {
            guard reader.take("T") || reader.take("t") || reader.take(" "), let hours = reader.number(2), hours < 24 else { return nil }
            hour = hours
            if reader.take(":") {
                guard let minutes = reader.number(2), minutes < 60 else { return nil }
                minute = minutes
                if reader.take(":") {
                    guard let seconds = reader.number(2), seconds < 60 else { return nil }
                    second = seconds
                    if reader.take(".") {
                        guard let fraction = reader.fraction() else { return nil }
                        nanosecond = fraction
                    }
                }
            }
            guard let zone = reader.zone(), reader.isAtEnd else { return nil }
            offset = zone
        }
        let seconds = days(since1970: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return seconds < 0 ? nil : UInt64(seconds) * 1_000_000_000 + UInt64(nanosecond)
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Howard Hinnant's days_from_civil, the inverse of `CivilTime`.
    private static func days(since1970 year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads digits and signs from the front of a text.
private struct DigitReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: sign) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func digit() -> Int? {
        guard let byte = rest.first, (48...57).contains(byte) else { return nil }
        rest.removeFirst()
        return Int(byte) - 48
    }

    mutating func number(_ digits: Int) -> Int? {
        var number = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// Nanoseconds; digits beyond the ninth say less than that.
    mutating func fraction() -> Int? {
        guard var number = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            if count < 9 { number = number * 10 + digit }
            count = min(9, count + 1)
        }
        for _ in count..<9 { number *= 10 }
        return number
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
    }
}
