// A number in a query, with its unit: "200ms", "1m30s", "5%", "10MB/s". Units are data; which of them fit follows from
// what the field measures.

struct Quantity: Sendable, Equatable {
    /// In the unit of the field's JSON key.
    let value: Double
    /// The same where it is a whole number, so that ids beyond 2^53 compare exactly.
    let exact: Int64?
    let hasUnit: Bool
    let text: String
}

/// One unit and its spellings: a number with it is multiplied and divided by whole numbers, which keeps 7 % at 0.07.
struct QueryUnit: Sendable {
    let names: [String]
    let multiplier: Int64
    var divisor: Int64 = 1

    static let durations: [QueryUnit] = [
        .init(names: ["ns"], multiplier: 1),
        // Both code points that look like a µ.
        .init(names: ["us", "\u{b5}s", "\u{3bc}s"], multiplier: 1_000),
        .init(names: ["ms"], multiplier: 1_000_000),
        .init(names: ["s"], multiplier: 1_000_000_000),
        .init(names: ["m"], multiplier: 60_000_000_000),
        .init(names: ["h"], multiplier: 3_600_000_000_000),
        .init(names: ["d"], multiplier: 86_400_000_000_000),
    ]

    /// K, M, G as the screen shows them are powers of 1024; KB, MB, GB are powers of 1000.
    static let bytes: [QueryUnit] = [
        .init(names: ["B"], multiplier: 1),
        .init(names: ["KB", "kB"], multiplier: 1_000),
        .init(names: ["KiB", "K", "k"], multiplier: 1 << 10),
        .init(names: ["MB"], multiplier: 1_000_000),
        .init(names: ["MiB", "M"], multiplier: 1 << 20),
        .init(names: ["GB"], multiplier: 1_000_000_000),
        .init(names: ["GiB", "G"], multiplier: 1 << 30),
        .init(names: ["TB"], multiplier: 1_000_000_000_000),
        .init(names: ["TiB", "T"], multiplier: 1 << 40),
        .init(names: ["PB"], multiplier: 1_000_000_000_000_000),
        .init(names: ["PiB", "P"], multiplier: 1 << 50),
    ]

    static let counts: [QueryUnit] = [
        .init(names: ["k", "K"], multiplier: 1_000),
        .init(names: ["M"], multiplier: 1_000_000),
        .init(names: ["G"], multiplier: 1_000_000_000),
        .init(names: ["T"], multiplier: 1_000_000_000_000),
    ]

    static let ratios: [QueryUnit] = [.init(names: ["%"], multiplier: 1, divisor: 100)]
}

extension Field.Unit {
    var queryUnits: [QueryUnit] {
        switch self {
        case .none, .scalar: []
        case .count, .perSecond: QueryUnit.counts
        case .bytes, .bytesPerSecond: QueryUnit.bytes
        case .nanoseconds: QueryUnit.durations
        case .ratio: QueryUnit.ratios
        }
    }

    /// True where "/s" may follow the unit.
    var isPerSecond: Bool { self == .bytesPerSecond || self == .perSecond }

    /// True where a bare number would mislead: "rtt>200" is 200 of what, and is "cpu>5" 5 % or 500 %?
    var needsUnit: Bool { self == .nanoseconds || self == .ratio }

    func queryUnit(_ name: String) -> QueryUnit? {
        var name = name[...]
        if isPerSecond, name.hasSuffix("/s") {
            name = name.dropLast(2)
            if name.isEmpty { return QueryUnit(names: [], multiplier: 1) }
        }
        return queryUnits.first { $0.names.contains(String(name)) }
    }

    /// For an error: "ns, us, ms, s, m, h or d".
    var unitNames: String {
        queryUnits.isEmpty
            ? "a number without a unit" : String.alternatives(queryUnits.map { $0.names[0] }) + (isPerSecond ? ", also with /s" : "")
    }
}

extension Quantity {
    /// Reads `text` as a number of `unit`. Offsets of errors count from the text's start. Durations may be put together
    /// as the screen shows them: "3m20s".
    static func parse(_ text: String, unit: Field.Unit, of name: String) throws(QueryError) -> Quantity {
        let characters = Array(text)
        var position = 0
        var value = 0.0
        var exact: Int64? = 0
        var hasUnit = false
        repeat {
            let part = try number(characters, &position, unit: unit, name: name)
            let start = position
            while position < characters.count, !isDigit(characters[position]) { position += 1 }
            let suffix = String(characters[start..<position])
            var scale = QueryUnit(names: [], multiplier: 1)
            if !suffix.isEmpty {
                guard let found = unit.queryUnit(suffix) else {
                    let message = unit == .none ? "\(name) has no unit" : "“\(suffix)” is no unit of \(name)"
                    throw QueryError(message, at: start, expected: unit.unitNames)
                }
                scale = found
            } else if position > 0, hasUnit {
                throw QueryError("“\(text)” ends without a unit", at: position, expected: unit.unitNames)
            }
            hasUnit = !suffix.isEmpty
            value += part.value * Double(scale.multiplier) / Double(scale.divisor)
            exact = sum(exact, part.exact, scale)
            if position < characters.count, unit != .nanoseconds {
                throw QueryError("“\(text)” is not one number", at: position, expected: "its end")
            }
        } while position < characters.count
        guard value.isFinite else { throw QueryError("“\(text)” is too large", at: 0, expected: "a number up to 1e308") }
        return Quantity(value: value, exact: exact, hasUnit: hasUnit, text: text)
    }

    private static func sum(_ exact: Int64?, _ part: Int64?, _ scale: QueryUnit) -> Int64? {
        guard let exact, let part, scale.divisor == 1 else { return nil }
        let product = part.multipliedReportingOverflow(by: scale.multiplier)
        let sum = exact.addingReportingOverflow(product.partialValue)
        return product.overflow || sum.overflow ? nil : sum.partialValue
    }

    private static func number(
        _ characters: [Character], _ position: inout Int, unit: Field.Unit, name: String
    ) throws(QueryError) -> (value: Double, exact: Int64?) {
        let start = position
        while position < characters.count, isDigit(characters[position]) { position += 1 }
        let hasWhole = position > start
        if hasWhole, position + 1 < characters.count, characters[position] == ".", isDigit(characters[position + 1]) {
            position += 1
            while position < characters.count, isDigit(characters[position]) { position += 1 }
        }
        let text = String(characters[start..<position])
        guard hasWhole, let value = Double(text) else {
            let found = String(characters)
            let message = start == 0 ? "\(name) is a number and “\(found)” is not" : "“\(found)” is not a number"
            throw QueryError(message, at: start, expected: unit.numberExample)
        }
        return (value, Int64(text))
    }

    private static func isDigit(_ character: Character) -> Bool { "0" <= character && character <= "9" && character.isASCII }
}

extension Field.Unit {
    /// What a value looks like, for an error.
    var numberExample: String {
        switch self {
        case .none: "a number like 443"
        case .scalar: "a number like 2.5"
        case .count: "a number like 20 or 5k"
        case .bytes: "a size like 64KiB or 10MB"
        case .bytesPerSecond: "a rate like 64KiB/s or 10MB/s"
        case .perSecond: "a rate like 20 or 20/s"
        case .nanoseconds: "a duration like 200ms or 3m20s"
        case .ratio: "a share like 5%"
        }
    }
}
