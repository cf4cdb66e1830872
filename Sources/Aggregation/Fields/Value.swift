// What a field of a row says: a value of a few plain kinds, or why there is none.

package enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case list([String])
    /// Nanoseconds since 1970, UTC.
    case time(UInt64)
    /// Not observable or not known; JSON says null and the sentence stands under "reasons".
    case missing(String)

    package static func count(_ value: some BinaryInteger) -> Value { .integer(Int64(clamping: value)) }

    package static func optional(_ text: String?, _ reason: String) -> Value { text.map { .text($0) } ?? .missing(reason) }

    /// The value as a number, for comparing and sorting; nil for text and for what is missing.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .time(let value): Double(value)
        case .text, .list, .missing: nil
        }
    }
}
