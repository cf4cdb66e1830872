// A line that somebody types: the filter or a command. A pure value; it takes only what may be shown again.

import Aggregation

package struct Prompt: Sendable {
    package enum Kind: Sendable, Hashable {
        case filter, command

        package var lead: String { self == .filter ? "/" : ":" }
    }

    /// What is wrong with the text, and where, in Characters.
    package struct Mistake: Sendable, Hashable {
        package var offset: Int
        package var message: String
        package var expected: String

        package var sentence: String { message.isEmpty ? "expected \(expected)" : "\(message); expected \(expected)" }
    }

    /// Longer is not taken: nobody types it, and a paste must not slow us.
    package static let limit = 500

    package let kind: Kind
    package private(set) var text: [Character]
    /// Before which character the cursor stands.
    package private(set) var cursor: Int
    package var mistake: Mistake?

    package init(_ kind: Kind, text: String = "") {
        self.kind = kind
        self.text = Array(text)
        cursor = self.text.count
    }

    package var line: String { String(text) }

    mutating func insert(_ scalar: Unicode.Scalar) {
        guard text.count < Prompt.limit, String(scalar).printable == String(scalar), scalar.cells > 0 else { return }
        text.insert(Character(scalar), at: cursor)
        cursor += 1
    }

    mutating func replace(with line: String) {
        text = Array(line.prefix(Prompt.limit))
        cursor = text.count
    }

    mutating func eraseBackward() {
        guard cursor > 0 else { return }
        cursor -= 1
        text.remove(at: cursor)
    }

    mutating func eraseForward() {
        if cursor < text.count { text.remove(at: cursor) }
    }

    mutating func eraseWord() {
        while cursor > 0, text[cursor - 1] == " " { eraseBackward() }
        while cursor > 0, text[cursor - 1] != " " { eraseBackward() }
    }

    mutating func eraseLine() {
        text.removeFirst(cursor)
        cursor = 0
    }

    mutating func moveCursor(to place: Int) { cursor = max(0, min(text.count, place)) }

    /// Completes the word before the cursor from the fields, or from the commands.
    mutating func complete(from screen: Screen) {
        let head = String(text[..<cursor])
        let tail = String(text[cursor...])
        let start = head.lastIndex { !($0.isLetter || $0.isNumber || $0 == "_") }.map { head.index(after: $0) } ?? head.startIndex
        let word = String(head[start...])
        let isFirst = head[..<start].allSatisfy { $0 == " " }
        let words =
            switch kind {
            case .filter: screen.schema.fields.map(\.word)
            case .command: isFirst ? PromptCommand.words : screen.schema.fields.map(\.word)
            }
        let fitting = words.filter { $0.hasPrefix(word) }
        guard !word.isEmpty, var common = fitting.first else { return }
        for other in fitting { while !other.hasPrefix(common) { common.removeLast() } }
        replace(with: head[..<start] + common + tail)
        moveCursor(to: head[..<start].count + common.count)
    }
}
