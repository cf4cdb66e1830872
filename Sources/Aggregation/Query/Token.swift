// The words of the query language.

struct Token: Equatable {
    enum Kind: Equatable {
        /// A bare word: a field, a value, `and`, `or`, `not`, `null`. A quoted one is none of those but itself.
        case word(String)
        case quoted(String)
        /// What stands behind `~` or `!~`, its quotes removed and nothing else changed.
        case pattern(String)
        case comparison(Comparison)
        case comma, open, close, end
    }

    let kind: Kind
    /// Where it starts, in Characters.
    let offset: Int
    /// Where its text starts: behind the quote, for what is quoted.
    var textOffset: Int

    init(_ kind: Kind, at offset: Int, textAt textOffset: Int? = nil) {
        self.kind = kind
        self.offset = offset
        self.textOffset = textOffset ?? offset
    }

    /// As an error quotes it: “or”, “(”, the end.
    var name: String {
        switch kind {
        case .word(let text), .quoted(let text), .pattern(let text): "“" + text + "”"
        case .comparison(let comparison): "“" + comparison.rawValue + "”"
        case .comma: "“,”"
        case .open: "“(”"
        case .close: "“)”"
        case .end: "the end"
        }
    }
}

package enum Comparison: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case atMost = "<="
    case more = ">"
    case atLeast = ">="
    case matching = "~"
    case notMatching = "!~"

    static let ofText: [Comparison] = [.equal, .notEqual, .matching, .notMatching]
    static let ofNumbers: [Comparison] = [.equal, .notEqual, .less, .atMost, .more, .atLeast]
    static let ofOrder: [Comparison] = [.less, .atMost, .more, .atLeast]
    static let ofTimes = ofOrder
    static let ofBooleans: [Comparison] = [.equal, .notEqual]

    /// True for `!=` and `!~`, which say exactly what `not` before `=` and `~` says.
    var isNegation: Bool { self == .notEqual || self == .notMatching }
}
