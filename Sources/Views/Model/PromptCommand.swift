// What can be typed after `:`. Words may be shortened as long as only one begins so.

import Aggregation

package enum PromptCommand: Sendable, Hashable {
    case nothing, quit, help
    case screen(Int)
    case sort(String, descending: Bool)

    package struct Failure: Error {
        package var mistake: Prompt.Mistake
    }

    package static let words = Screen.all.filter { $0.entrance != .row }.map(\.name) + ["sort", "help", "quit"]

    package static func parse(_ line: String, schema: Schema) -> Result<PromptCommand, Failure> {
        let words = line.split(separator: " ")
        guard let first = words.first else { return .success(.nothing) }
        func fail(_ word: Substring?, _ message: String, expected: String) -> Result<PromptCommand, Failure> {
            let offset = word.map { line.distance(from: line.startIndex, to: $0.startIndex) } ?? line.count
            return .failure(Failure(mistake: Prompt.Mistake(offset: offset, message: message, expected: expected)))
        }
        let fitting = PromptCommand.words.contains(String(first)) ? [String(first)] : PromptCommand.words.filter { $0.hasPrefix(first) }
        guard let name = fitting.first, fitting.count == 1 else {
            let known = (fitting.isEmpty ? PromptCommand.words : fitting).joined(separator: " ")
            return fail(first, fitting.isEmpty ? "no such command" : "more than one begins so", expected: known)
        }
        if name == "sort" {
            guard words.count > 1 else { return fail(nil, "", expected: "a field, for example sort rtt or sort -rtt") }
            if words.count > 2 { return fail(words[2], "", expected: "the end of the command") }
            let isReversed = words[1].hasPrefix("-")
            guard let field = schema.field(String(isReversed ? words[1].dropFirst() : words[1])) else {
                return fail(words[1], "no such field", expected: "a field of this table; ? lists them")
            }
            return .success(.sort(field.word, descending: !isReversed))
        }
        if words.count > 1 { return fail(words[1], "", expected: "the end of the command") }
        switch name {
        case "quit": return .success(.quit)
        case "help": return .success(.help)
        default: return .success(Screen.index(named: name).map { .screen($0) } ?? .nothing)
        }
    }
}
