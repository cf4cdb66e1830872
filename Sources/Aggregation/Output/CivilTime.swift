// A UTC instant as date and time of day, for RFC 3339. Own arithmetic, because this module imports no C; the days follow
// Howard Hinnant's civil_from_days (https://howardhinnant.github.io/date_algorithms.html). Reaches from 1970-01-01 to
// 2554-07-21T23:34:33.709551615Z, all that UInt64 nanoseconds can say; leap seconds do not exist in Unix time.

package struct CivilTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var nanosecond: Int

    package init(nanosecondsSince1970 wall: UInt64) {
        let seconds = Int(wall / 1_000_000_000)
        nanosecond = Int(wall % 1_000_000_000)
        hour = seconds % 86_400 / 3600
        minute = seconds % 3600 / 60
        second = seconds % 60

        // Years that begin in March put the leap day last; an era is the 400 years after which the calendar repeats.
        let daysSinceMarch0000 = seconds / 86_400 + 719_468
        let era = daysSinceMarch0000 / 146_097
        let dayOfEra = daysSinceMarch0000 % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// "2026-02-03T04:05:06.000000007Z": always nanoseconds, always Z, so that lines sort as text.
    package var rfc3339: String { String(decoding: rfc3339Bytes, as: UTF8.self) }

    /// The same as ASCII.
    package var rfc3339Bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(30)
        func append(_ value: Int, digits: Int, then separator: Character) {
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                bytes.append(UInt8(truncatingIfNeeded: 48 + value / divisor % 10))
                divisor /= 10
            }
            if let byte = separator.asciiValue { bytes.append(byte) }
        }
        append(year, digits: 4, then: "-")
        append(month, digits: 2, then: "-")
        append(day, digits: 2, then: "T")
        append(hour, digits: 2, then: ":")
        append(minute, digits: 2, then: ":")
        append(second, digits: 2, then: ".")
        append(nanosecond, digits: 9, then: "Z")
        return bytes
    }
}
