// The prompt: a filter that works while it is typed, and commands. A mistake keeps what worked before and says where it is.

import Aggregation

extension ConsoleModel {
    mutating func handleInPrompt(_ key: Key) -> [Action] {
        guard var prompt else { return [] }
        if let command = Keymap.command(for: key, in: .prompt) {
            switch command {
            case .accept: return accept(prompt)
            case .cancel: return cancel(prompt)
            case .eraseBackward where prompt.text.isEmpty: return cancel(prompt)
            case .eraseBackward: prompt.eraseBackward()
            case .eraseForward: prompt.eraseForward()
            case .eraseWord: prompt.eraseWord()
            case .eraseLine: prompt.eraseLine()
            case .cursorLeft: prompt.moveCursor(to: prompt.cursor - 1)
            case .cursorRight: prompt.moveCursor(to: prompt.cursor + 1)
            case .cursorStart: prompt.moveCursor(to: 0)
            case .cursorEnd: prompt.moveCursor(to: prompt.text.count)
            case .complete: complete(&prompt)
            default: break
            }
        } else if case .character(let scalar) = key {
            prompt.insert(scalar)
        } else {
            return []
        }
        let changed = prompt.text != self.prompt?.text
        self.prompt = prompt
        if changed { check() }
        return []
    }

    /// Parses what is typed; a filter that parses holds at once.
    private mutating func check() {
        guard let prompt else { return }
        self.prompt?.mistake = nil
        switch prompt.kind {
        case .filter: setFilter(prompt.line)
        case .command: break
        }
    }

    /// Sets the current screen's filter; where it does not parse, the one before stays.
    package mutating func setFilter(_ text: String) {
        if text.allSatisfy({ $0 == " " }) {
            state.filter = ""
            state.query = nil
            return list()
        }
        do {
            let query = try Query.parse(text, schema: screen.schema)
            state.filter = text
            state.query = query
            list()
        } catch {
            prompt?.mistake = Prompt.Mistake(offset: error.offset, message: error.message, expected: error.expected)
        }
    }

    private mutating func accept(_ prompt: Prompt) -> [Action] {
        switch prompt.kind {
        case .filter:
            guard prompt.mistake == nil else { return [] }
            self.prompt = nil
            return []
        case .command:
            switch PromptCommand.parse(prompt.line, schema: screen.schema) {
            case .success(let command):
                self.prompt = nil
                return perform(command) + connectionsWanted()
            case .failure(let failure):
                self.prompt?.mistake = failure.mistake
                return []
            }
        }
    }

    private mutating func cancel(_ prompt: Prompt) -> [Action] {
        self.prompt = nil
        switch prompt.kind {
        case .filter: setFilter("")
        case .command: break
        }
        return []
    }

    private mutating func perform(_ command: PromptCommand) -> [Action] {
        switch command {
        case .nothing: return []
        case .quit: return [.quit]
        case .help: helpTop = 0
        case .screen(let index): show(index)
        case .sort(let word, let descending):
            state.sort = word
            state.descending = descending
            list()
        }
        return []
    }

    /// Completes the word before the cursor from the fields, or from the commands.
    private func complete(_ prompt: inout Prompt) {
        let head = String(prompt.text[..<prompt.cursor])
        let tail = String(prompt.text[prompt.cursor...])
        let start = head.lastIndex { !($0.isLetter || $0.isNumber || $0 == "_") }.map { head.index(after: $0) } ?? head.startIndex
        let word = String(head[start...])
        let isFirst = head[..<start].allSatisfy { $0 == " " }
        let words =
            switch prompt.kind {
            case .filter: screen.schema.fields.map(\.word)
            case .command: isFirst ? PromptCommand.words : screen.schema.fields.map(\.word)
            }
        let fitting = words.filter { $0.hasPrefix(word) }
        guard !word.isEmpty, var common = fitting.first else { return }
        for other in fitting { while !other.hasPrefix(common) { common.removeLast() } }
        prompt.replace(with: head[..<start] + common + tail)
        prompt.moveCursor(to: head[..<start].count + common.count)
    }
}
