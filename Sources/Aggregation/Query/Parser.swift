// Recursive descent over the tokens, one token ahead:
//
//     alternatives = sequence { "or" sequence }
//     sequence     = term { [ "and" ] term }
//     term         = "not" term | "(" alternatives ")" | condition
//     condition    = field comparison value { "," value } | field ( "~" | "!~" ) pattern | word | quoted
//
// Parser+Condition.swift reads conditions. Nesting is counted, so that no query exhausts the stack.

struct Parser {
    let schema: Schema
    var token: Token
    private var lexer: Lexer
    private var nesting = 0

    init(_ characters: [Character], schema: Schema) throws(QueryError) {
        self.schema = schema
        lexer = Lexer(characters)
        token = try lexer.next()
    }

    mutating func advance() throws(QueryError) { token = try lexer.next() }

    mutating func query() throws(QueryError) -> Expression {
        if token.kind == .end { return .everything }
        let expression = try alternatives()
        switch token.kind {
        case .end: return expression
        case .close: throw QueryError("this parenthesis closes nothing", at: token.offset, expected: "the end or another condition")
        case .comma:
            throw QueryError("a list of values belongs to = or != of a field", at: token.offset, expected: "a space, and or or")
        case .word, .quoted, .pattern, .comparison, .open: throw unexpected("the end, and or or")
        }
    }

    private mutating func alternatives() throws(QueryError) -> Expression {
        var parts = [try sequence()]
        while isKeyword(Keyword.or) {
            try advance()
            parts.append(try sequence())
        }
        return .or(parts)
    }

    private mutating func sequence() throws(QueryError) -> Expression {
        var parts = [try term()]
        while true {
            if isKeyword(Keyword.and) {
                try advance()
                parts.append(try term())
            } else if startsTerm {
                parts.append(try term())
            } else {
                return .and(parts)
            }
        }
    }

    private mutating func term() throws(QueryError) -> Expression {
        let start = token
        if isKeyword(Keyword.not) {
            try enter(start)
            try advance()
            let inner = try term()
            nesting -= 1
            return .not(inner)
        }
        guard token.kind == .open else { return try condition() }
        try enter(start)
        try advance()
        let inner = try alternatives()
        guard token.kind == .close else {
            throw unexpected("a parenthesis that closes the one at character \(start.offset + 1)")
        }
        try advance()
        nesting -= 1
        return inner
    }

    private mutating func enter(_ token: Token) throws(QueryError) {
        nesting += 1
        guard nesting <= Query.Limits.nesting else {
            throw QueryError(
                "parentheses and not stand too deep in each other", at: token.offset, expected: "at most \(Query.Limits.nesting) levels")
        }
    }

    private func isKeyword(_ names: [String]) -> Bool {
        if case .word(let word) = token.kind { names.contains(word) } else { false }
    }

    private var startsTerm: Bool {
        switch token.kind {
        case .word: !isKeyword(Keyword.or)
        // A comparison here has no field before it; `condition` says so.
        case .quoted, .open, .comparison: true
        case .pattern, .comma, .close, .end: false
        }
    }

    func unexpected(_ expected: String) -> QueryError {
        let message = token.kind == .end ? "the query ends too early" : "\(token.name) does not fit here"
        return QueryError(message, at: token.offset, expected: expected)
    }
}
