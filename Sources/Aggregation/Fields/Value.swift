// What a field of a row says: a value of a few plain kinds, or why there is none.

package enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case list([String])
    /// Nanoseconds since 1970, UTC.
    case time(UInt64)
    /// Not known, not yet or not applicable: "-" on screens. JSON says null and the sentence stands under "reasons".
    case missing(String)
    /// Not observable on this node, as it stands: "?" on screens, null in JSON, and the row's marks say it.
    case unobservable(String)

    package static func count(_ value: some BinaryInteger) -> Value { .integer(Int64(clamping: value)) }

    package static func optional(_ text: String?, _ reason: String) -> Value { text.map { .text($0) } ?? .missing(reason) }

    /// Why there is no value; nil where there is one.
    package var reason: String? {
        switch self {
        case .missing(let reason), .unobservable(let reason): reason
        case .text, .boolean, .integer, .number, .list, .time: nil
        }
    }

    /// The value as a number, for comparing and sorting; nil for text and for what is missing.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .time(let value): Double(value)
        case .text, .boolean, .list, .missing, .unobservable: nil
        }
    }
}
