// Reads a regular expression: `. [] [^] () (?:) | * + ? {n} {n,} {n,m} ^ $ \b \B \d \D \w \W \s \S \A \z`, a lazy `?`, and
// `(?i)` at its start. What needs memory of what was matched (`\1`, `(?=`) is refused, as RE2 refuses it.

struct PatternParser {
    indirect enum Node {
        case empty
        case scalar(ScalarSet)
        case assertion(Pattern.Assertion)
        case sequence([Node])
        case alternatives([Node])
        case repetition(Node, atLeast: Int, atMost: Int?)
    }

    private let characters: [Character]
    private var position = 0
    private var nesting = 0
    private(set) var ignoresCase = false

    init(_ source: String) { characters = Array(source) }

    private var current: Character? { position < characters.count ? characters[position] : nil }

    private func isNext(_ text: String) -> Bool { characters[position...].starts(with: text) }

    private func flaw(_ message: String, at offset: Int? = nil, expected: String) -> Pattern.Flaw {
        Pattern.Flaw("the regular expression is wrong: " + message, at: offset ?? position, expected: expected)
    }

    mutating func pattern() throws(Pattern.Flaw) -> Node {
        if isNext("(?i)") {
            ignoresCase = true
            position = 4
        }
        let node = try alternatives()
        guard current == nil else { throw flaw("this parenthesis closes no group", expected: #"\) for the character itself"#) }
        return node
    }

    private mutating func alternatives() throws(Pattern.Flaw) -> Node {
        var parts = [try sequence()]
        while current == "|" {
            position += 1
            parts.append(try sequence())
        }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(Pattern.Flaw) -> Node {
        var parts: [Node] = []
        while let character = current, character != "|", character != ")" {
            let atom = try atom(character)
            parts.append(try repeated(atom))
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom(_ character: Character) throws(Pattern.Flaw) -> Node {
        let start = position
        switch character {
        case "(": return try group()
        case "[": return .scalar(try scalarClass())
        case "*", "+", "?": throw flaw("there is nothing to repeat", expected: "a character or group before “\(character)”")
        case "\\": return try escape()
        case "^", "$", ".":
            position += 1
            return character == "." ? .scalar(.any) : .assertion(character == "^" ? .start : .end)
        default:
            position = start + 1
            return PatternParser.literal(character)
        }
    }

    /// A Character of several scalars is their sequence.
    private static func literal(_ character: Character) -> Node {
        let scalars = character.unicodeScalars.map { Node.scalar(ScalarSet(ranges: [$0.value...$0.value])) }
        return scalars.count == 1 ? scalars[0] : .sequence(scalars)
    }

    private mutating func group() throws(Pattern.Flaw) -> Node {
        let start = position
        nesting += 1
        guard nesting <= Query.Limits.nesting else {
            throw flaw("groups stand too deep in each other", expected: "at most \(Query.Limits.nesting) levels")
        }
        position += 1
        if isNext("?:") {
            position += 2
        } else if current == "?" {
            throw flaw("this kind of group is not supported", expected: "( or (?:, and (?i) only at the start")
        }
        let node = try alternatives()
        guard current == ")" else { throw flaw("the group opened at its character \(start + 1) has no end", expected: ")") }
        position += 1
        nesting -= 1
        return node
    }

    // MARK: - Repetition

    private mutating func repeated(_ node: Node) throws(Pattern.Flaw) -> Node {
        let start = position
        guard let (atLeast, atMost) = try repetition() else { return node }
        // Lazy or greedy makes no difference to whether it matches.
        if current == "?" { position += 1 }
        let next = position
        if current == "*" || current == "+" || current == "?" {
            throw flaw("there is nothing to repeat", expected: "a group around what is repeated twice")
        }
        if try repetition() != nil {
            throw flaw("there is nothing to repeat", at: next, expected: "a group around what is repeated twice")
        }
        position = next
        if let atMost, atMost < atLeast { throw flaw("\(atMost) is less than \(atLeast)", at: start, expected: "{\(atMost),\(atLeast)}") }
        return .repetition(node, atLeast: atLeast, atMost: atMost)
    }

    /// Reads `*`, `+`, `?` or `{…}`; nil, and nothing is read, where none of them stands there. A brace that counts
    /// nothing is itself, as in RE2.
    private mutating func repetition() throws(Pattern.Flaw) -> (Int, Int?)? {
        let start = position
        switch current {
        case "*":
            position += 1
            return (0, nil)
        case "+":
            position += 1
            return (1, nil)
        case "?":
            position += 1
            return (0, 1)
        case "{":
            position += 1
            guard let atLeast = try number() else { break }
            var atMost: Int? = atLeast
            if current == "," {
                position += 1
                atMost = try number()
            }
            guard current == "}" else { break }
            position += 1
            return (atLeast, atMost)
        default: break
        }
        position = start
        return nil
    }

    private mutating func number() throws(Pattern.Flaw) -> Int? {
        let start = position
        while let character = current, character.isASCII, character.isWholeNumber { position += 1 }
        guard position > start else { return nil }
        guard let number = Int(String(characters[start..<position])), number <= Pattern.Limits.repetitions else {
            throw flaw("so many repetitions are too many", at: start, expected: "at most \(Pattern.Limits.repetitions)")
        }
        return number
    }

    // MARK: - Escapes and classes

    private mutating func escape() throws(Pattern.Flaw) -> Node {
        let letter = position + 1 < characters.count ? characters[position + 1] : nil
        switch letter {
        case "b": return assertion(.wordBoundary)
        case "B": return assertion(.noWordBoundary)
        case "A": return assertion(.start)
        case "z": return assertion(.end)
        default: break
        }
        if let letter, !letter.isASCII {
            position += 2
            return PatternParser.literal(letter)
        }
        return .scalar(ScalarSet(ranges: try escapedRanges()))
    }

    private mutating func assertion(_ assertion: Pattern.Assertion) -> Node {
        position += 2
        return .assertion(assertion)
    }

    /// Reads an escape that stands for characters, in and out of classes.
    private mutating func escapedRanges() throws(Pattern.Flaw) -> [ClosedRange<UInt32>] {
        let start = position
        position += 1
        guard let letter = current else { throw flaw("it ends in a backslash", at: start, expected: #"\\ for the character itself"#) }
        position += 1
        switch letter {
        case "d": return ScalarSet.digit.ranges
        case "D": return ScalarSet.digit.complement
        case "w": return ScalarSet.word.ranges
        case "W": return ScalarSet.word.complement
        case "s": return ScalarSet.space.ranges
        case "S": return ScalarSet.space.complement
        case "t": return [0x09...0x09]
        case "n": return [0x0a...0x0a]
        case "r": return [0x0d...0x0d]
        default: break
        }
        if letter.isASCII, letter.isLetter || letter.isNumber {
            throw flaw("“\\\(letter)” is not supported", at: start, expected: #"\d \w \s \b or an escaped punctuation character"#)
        }
        return letter.unicodeScalars.map { $0.value...$0.value }
    }

    private mutating func scalarClass() throws(Pattern.Flaw) -> ScalarSet {
        let start = position
        position += 1
        var set = ScalarSet()
        if current == "^" {
            set.isInverted = true
            position += 1
        }
        var isFirst = true
        while let character = current, isFirst || character != "]" {
            isFirst = false
            if isNext("[:") {
                throw flaw("named classes are not supported", expected: #"\d, \w, \s or a range like a-z"#)
            }
            let memberStart = position
            let ranges = try member(character)
            if current == "-", position + 1 < characters.count, characters[position + 1] != "]" {
                position += 1
                let upper = try member(characters[position])
                guard ranges.count == 1, upper.count == 1, ranges[0].count == 1, upper[0].count == 1,
                    ranges[0].lowerBound <= upper[0].lowerBound
                else { throw flaw("this is no range", at: memberStart, expected: "a lower and a higher character, like a-z") }
                set.ranges.append(ranges[0].lowerBound...upper[0].lowerBound)
            } else {
                set.ranges += ranges
            }
        }
        guard current == "]" else { throw flaw("the class opened at its character \(start + 1) has no end", expected: "]") }
        position += 1
        return set
    }

    private mutating func member(_ character: Character) throws(Pattern.Flaw) -> [ClosedRange<UInt32>] {
        if character == "\\" { return try escapedRanges() }
        position += 1
        return character.unicodeScalars.map { $0.value...$0.value }
    }
}
