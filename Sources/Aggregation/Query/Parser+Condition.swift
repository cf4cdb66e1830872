// Reads one condition and binds it to the field it names: which comparisons and which units fit is known here.

extension Parser {
    mutating func condition() throws(QueryError) -> Expression {
        let start = token
        switch start.kind {
        case .quoted(let text):
            try advance()
            return .word(Needle(text))
        case .word(let word):
            if Keyword.and.contains(word) || Keyword.or.contains(word) { throw unexpected("a condition") }
            try advance()
            guard case .comparison(let comparison) = token.kind else {
                // A label alone: whether there is one.
                if let subject = try Subject.label(word, at: start.offset, in: schema) {
                    return .not(.condition(Condition(subject: subject.source, name: subject.canonicalName, test: .missing)))
                }
                if word == "&&" { throw QueryError("“&&” is no operator", at: start.offset, expected: "the word and, or just a space") }
                return .word(Needle(word))
            }
            let subject = try Subject.read(word, at: start.offset, in: schema)
            let operation = token
            try advance()
            let test = try self.test(subject, comparison, operation)
            let condition = Expression.condition(Condition(subject: subject.source, name: subject.canonicalName, test: test))
            return comparison.isNegation ? .not(condition) : condition
        case .comparison: throw QueryError("\(start.name) has no field before it", at: start.offset, expected: "a field or a word")
        case .pattern, .comma, .open, .close, .end: throw unexpected("a condition")
        }
    }

    private mutating func test(
        _ subject: Subject, _ comparison: Comparison, _ operation: Token
    ) throws(QueryError) -> Condition.Test {
        let name = subject.name
        switch subject.kind {
        case .boolean:
            guard Comparison.ofBooleans.contains(comparison) else {
                throw misfit("\(name) is true or false", operation, Comparison.ofBooleans)
            }
            let (texts, orNull) = try texts(subject)
            return .text(texts, orNull: orNull)
        case .code where Comparison.ofOrder.contains(comparison):
            return .order(comparison, try quantity(.none, name: name, needsUnit: false))
        case .text, .code, .list:
            guard Comparison.ofText.contains(comparison) else {
                throw misfit("\(name) is text", operation, Comparison.ofText)
            }
            if comparison == .matching || comparison == .notMatching { return .pattern(Verdicts(try pattern())) }
            let (texts, orNull) = try texts(subject)
            return .text(texts, orNull: orNull)
        case .time:
            if comparison == .equal || comparison == .notEqual {
                guard case .word(Keyword.null) = token.kind else {
                    throw QueryError(
                        "\(name) is a time and is never exactly anything", at: operation.offset,
                        expected: String.alternatives(Comparison.ofTimes.map(\.rawValue)) + " and how long ago, like \(name)<5m")
                }
                try advance()
                return .missing
            }
            guard Comparison.ofTimes.contains(comparison) else {
                throw misfit("\(name) is a time", operation, Comparison.ofTimes)
            }
            return .age(comparison, try quantity(.nanoseconds, name: name, needsUnit: true))
        case .number(let unit):
            guard Comparison.ofNumbers.contains(comparison) else {
                throw misfit("\(name) is a number", operation, Comparison.ofNumbers)
            }
            let needsUnit = unit.needsUnit && !subject.namesUnit
            guard comparison == .equal || comparison == .notEqual else {
                let quantity = try quantity(unit, name: name, needsUnit: needsUnit)
                if token.kind == .comma {
                    throw QueryError("a list fits only = and !=", at: token.offset, expected: "one value behind \(comparison.rawValue)")
                }
                return .order(comparison, quantity)
            }
            return try numbers(unit, name: name, needsUnit: needsUnit)
        }
    }

    private func misfit(_ message: String, _ operation: Token, _ fitting: [Comparison]) -> QueryError {
        QueryError(
            message + " and \(operation.name) does not fit it", at: operation.offset,
            expected: String.alternatives(fitting.map(\.rawValue)))
    }

    // MARK: - Values

    private mutating func texts(_ subject: Subject) throws(QueryError) -> (texts: [String], orNull: Bool) {
        var texts: [String] = []
        var orNull = false
        while true {
            switch token.kind {
            case .word(Keyword.null): orNull = true
            case .word(let text), .quoted(let text):
                if let values = subject.values, !values.contains(text) {
                    throw QueryError("\(subject.name) is never “\(text)”", at: token.offset, expected: String.alternatives(values))
                }
                texts.append(text)
            case .pattern, .comparison, .comma, .open, .close, .end: throw unexpected("a value, quoted where it is no plain word")
            }
            try advance()
            guard token.kind == .comma else { return (texts, orNull) }
            try advance()
        }
    }

    private mutating func numbers(_ unit: Field.Unit, name: String, needsUnit: Bool) throws(QueryError) -> Condition.Test {
        var numbers: [Quantity] = []
        var orNull = false
        while true {
            if case .word(Keyword.null) = token.kind {
                orNull = true
                try advance()
            } else {
                numbers.append(try quantity(unit, name: name, needsUnit: needsUnit))
            }
            guard token.kind == .comma else { return .number(numbers, orNull: orNull) }
            try advance()
        }
    }

    private mutating func quantity(_ unit: Field.Unit, name: String, needsUnit: Bool) throws(QueryError) -> Quantity {
        let start = token
        let text: String
        switch token.kind {
        case .word(Keyword.null): throw QueryError("null is neither more nor less than anything", at: token.offset, expected: "= or !=")
        case .word(let word), .quoted(let word): text = word
        case .pattern, .comparison, .comma, .open, .close, .end: throw unexpected(unit.numberExample)
        }
        let quantity: Quantity
        do {
            quantity = try Quantity.parse(text, unit: unit, of: name)
        } catch {
            throw QueryError(error.message, at: start.textOffset + error.offset, expected: error.expected)
        }
        if needsUnit, !quantity.hasUnit, quantity.value != 0 {
            throw QueryError(
                "“\(text)” needs a unit right behind it", at: start.textOffset + text.count, expected: unit.unitNames)
        }
        try advance()
        // "sent>10 MB" would be the word MB, which nobody means.
        if !quantity.hasUnit, case .word(let next) = token.kind, unit.queryUnit(next) != nil {
            throw QueryError("there is a space before the unit", at: token.offset, expected: "\(text)\(next), or quotes around \(next)")
        }
        return quantity
    }

    private mutating func pattern() throws(QueryError) -> Pattern {
        let start = token
        guard case .pattern(let source) = token.kind, !source.isEmpty else {
            throw QueryError("the regular expression is missing", at: start.offset, expected: "one, like ^front")
        }
        let pattern: Pattern
        do {
            pattern = try Pattern(source)
        } catch {
            throw QueryError(error.message, at: start.textOffset + error.offset, expected: error.expected)
        }
        try advance()
        return pattern
    }
}

// MARK: - Fields

/// What stands before a comparison.
private struct Subject {
    static let marks = "marks"
    /// The fields whose texts are pairs.
    static let labels: Set<String> = ["label", "peerlabel"]

    /// As the user wrote it.
    let name: String
    /// As the query is written out: the query word, or the key where a bare number may depend on it.
    let canonicalName: String
    let kind: Field.Kind
    let source: Condition.Subject
    /// True where the name says the unit, as `rtt_ns` does, so that a bare number is clear.
    var namesUnit = false
    /// The only values it can have, where they are known.
    var values: [String]?

    init(name: String, canonicalName: String, kind: Field.Kind, source: Condition.Subject) {
        self.name = name
        self.canonicalName = canonicalName
        self.kind = kind
        self.source = source
    }

    init(_ name: String, at offset: Int, in schema: Schema) throws(QueryError) {
        self.name = name
        if let field = schema.field(name) {
            namesUnit = name == field.key && field.key != field.word
            canonicalName = namesUnit && field.unit.needsUnit ? name : field.word
            kind = field.kind
            source = .field(field)
            if field.kind == .boolean { values = ["true", "false"] }
        } else if name == Subject.marks {
            canonicalName = name
            kind = .list
            source = .marks(schema.marks)
            values = Marks([.estimated, .partial, .unobservable]).names
        } else {
            throw QueryError(
                "\(schema.name) have no field “\(name)”", at: offset, expected: String.alternatives(schema.suggestions(for: name)))
        }
    }
}

extension Subject {
    fileprivate static func read(_ name: String, at offset: Int, in schema: Schema) throws(QueryError) -> Subject {
        if let label = try label(name, at: offset, in: schema) { return label }
        return try Subject(name, at: offset, in: schema)
    }

    /// "label:app", "peer_labels:app.kubernetes.io/name"; nil where the table has no such field of labels.
    fileprivate static func label(_ name: String, at offset: Int, in schema: Schema) throws(QueryError) -> Subject? {
        guard let colon = name.firstIndex(of: ":"), let field = schema.field(String(name[..<colon])), labels.contains(field.word)
        else { return nil }
        let key = String(name[name.index(after: colon)...])
        guard !key.isEmpty else {
            throw QueryError(
                "the label's key is missing", at: offset + name.count, expected: "one right behind the colon, like \(field.word):app")
        }
        return Subject(name: name, canonicalName: field.word + ":" + key, kind: .text, source: .label(field, key: key))
    }
}

extension Schema {
    /// At most three names of fields near to `name`, the nearest first; every query word where none is near. For `--sort` too.
    package func suggestions(for name: String) -> [String] {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
        let words = fields.map(\.word) + [Subject.marks]
        let names = fields.filter { $0.key != $0.word }.map(\.key)
        let near = (words + names).enumerated().compactMap { place, candidate -> (distance: Int, place: Int, name: String)? in
            let letters = Array(candidate.unicodeScalars)
            let distance = editDistance(wanted, letters)
            let isStart = wanted.count >= 2 && letters.starts(with: wanted)
            guard isStart || distance <= max(1, min(wanted.count, letters.count) / 3) else { return nil }
            return (isStart ? min(distance, 1) : distance, place, candidate)
        }
        if near.isEmpty { return words }
        return near.sorted { ($0.distance, $0.place) < ($1.distance, $1.place) }.prefix(3).map(\.name)
    }
}

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour (optimal string alignment).
func editDistance<Letter: Equatable>(_ left: [Letter], _ right: [Letter]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            var best = min(last[column + 1], current[column]) + 1
            best = min(best, last[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
