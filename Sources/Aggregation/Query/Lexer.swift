// Cuts a query into tokens, one at a time, so that the first mistake in the text is the one that is told.
// A pattern is not cut as the rest is: behind `~` everything belongs to it up to a space, or up to a closing parenthesis
// that it did not open, so that `(pod~^(a|b)$ or port=1)` needs no quotes.

struct Lexer {
    private let characters: [Character]
    private var position = 0
    private var expectsPattern = false

    init(_ characters: [Character]) { self.characters = characters }

    /// Characters that end a bare word.
    static func isSpecial(_ character: Character) -> Bool { character.isWhitespace || "()=!<>~|,\"'".contains(character) }

    mutating func next() throws(QueryError) -> Token {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        let start = position
        guard start < characters.count else { return Token(.end, at: start) }
        let isPattern = expectsPattern
        expectsPattern = false
        let character = characters[start]
        if isPattern { return character == "\"" || character == "'" ? try quoted(character, isPattern: true) : pattern() }
        switch character {
        case "(": return single(.open)
        case ")": return single(.close)
        case ",": return single(.comma)
        case "\"", "'": return try quoted(character, isPattern: false)
        case "=", "!", "<", ">", "~": return try comparison()
        case "|": throw stage()
        default: return word()
        }
    }

    private mutating func single(_ kind: Token.Kind) -> Token {
        position += 1
        return Token(kind, at: position - 1)
    }

    private mutating func word() -> Token {
        let start = position
        while position < characters.count, !Lexer.isSpecial(characters[position]) { position += 1 }
        return Token(.word(String(characters[start..<position])), at: start)
    }

    private mutating func comparison() throws(QueryError) -> Token {
        let start = position
        // The longer one first: "<=" before "<".
        for length in [2, 1] where start + length <= characters.count {
            guard let comparison = Comparison(rawValue: String(characters[start..<start + length])) else { continue }
            position += length
            expectsPattern = comparison == .matching || comparison == .notMatching
            return Token(.comparison(comparison), at: start)
        }
        throw QueryError("“!” alone is no operator", at: start, expected: "!=, !~ or the word not")
    }

    private mutating func quoted(_ quote: Character, isPattern: Bool) throws(QueryError) -> Token {
        let start = position
        var text = ""
        position += 1
        while position < characters.count, characters[position] != quote {
            let character = characters[position]
            position += 1
            guard character == "\\", position < characters.count else {
                text.append(character)
                continue
            }
            let escaped = characters[position]
            position += 1
            if isPattern {
                // A regular expression reads `\"` as a quote by itself.
                text.append(character)
                text.append(escaped)
            } else {
                switch escaped {
                case "\\", "\"", "'": text.append(escaped)
                case "n": text.append("\n")
                case "t": text.append("\t")
                default:
                    throw QueryError("“\\\(escaped)” is no escape", at: position - 2, expected: #"\\, \", \', \n or \t"#)
                }
            }
        }
        guard position < characters.count else {
            throw QueryError("the text quoted from character \(start + 1) on has no end", at: characters.count, expected: "\(quote)")
        }
        position += 1
        return Token(isPattern ? .pattern(text) : .quoted(text), at: start, textAt: start + 1)
    }

    private mutating func pattern() -> Token {
        let start = position
        var depth = 0
        var isInClass = false
        scanning: while position < characters.count, !characters[position].isWhitespace {
            switch characters[position] {
            case "\\": position = min(position + 1, characters.count - 1)
            case "[" where !isInClass:
                isInClass = true
                // "[]a]" and "[^]a]": a bracket that comes first is one of the class.
                if position + 1 < characters.count, characters[position + 1] == "^" { position += 1 }
                if position + 1 < characters.count, characters[position + 1] == "]" { position += 1 }
            case "]": isInClass = false
            case "(" where !isInClass: depth += 1
            case ")" where !isInClass:
                if depth == 0 { break scanning }
                depth -= 1
            default: break
            }
            position += 1
        }
        return Token(.pattern(String(characters[start..<position])), at: start)
    }

    private func stage() -> QueryError {
        if position + 1 < characters.count, characters[position + 1] == "|" {
            return QueryError("“||” is no operator", at: position, expected: "the word or")
        }
        return QueryError("stages behind “|” are not in this version", at: position, expected: "the end of the query")
    }
}
