// A JSON value as tests ask for it: `line["peer_port"].int`. What is absent and what is null differ.

package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])
    /// No such key.
    case absent

    package subscript(key: String) -> JSON {
        if case .object(let members) = self { members[key] ?? .absent } else { .absent }
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var array: [JSON] { if case .array(let value) = self { value } else { [] } }
    package var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }

    package var int: Int? {
        switch self {
        case .int(let value): value
        case .double(let value) where value == value.rounded(): Int(exactly: value)
        default: nil
        }
    }

    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
