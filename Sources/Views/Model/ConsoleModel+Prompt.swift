// The prompt: a filter that works while it is typed, and commands. A mistake keeps what worked before and says where it is.

import Aggregation

extension ConsoleModel {
    mutating func perform(_ command: EditCommand) -> [Action] {
        guard let prompt else { return [] }
        switch command {
        case .accept: return accept(prompt)
        case .cancel: return cancel(prompt)
        case .eraseBackward:
            if prompt.text.isEmpty { return cancel(prompt) }
            edit { $0.eraseBackward() }
        case .eraseForward: edit { $0.eraseForward() }
        case .eraseWord: edit { $0.eraseWord() }
        case .eraseLine: edit { $0.eraseLine() }
        case .cursorLeft: edit { $0.moveCursor(to: $0.cursor - 1) }
        case .cursorRight: edit { $0.moveCursor(to: $0.cursor + 1) }
        case .cursorStart: edit { $0.moveCursor(to: 0) }
        case .cursorEnd: edit { $0.moveCursor(to: $0.text.count) }
        case .complete:
            let screen = screen
            edit { $0.complete(from: screen) }
        }
        return []
    }

    /// Changes the prompt; a text that changed is read anew.
    mutating func edit(_ change: (inout Prompt) -> Void) {
        guard var prompt else { return }
        let before = prompt.text
        change(&prompt)
        self.prompt = prompt
        if prompt.text != before { check() }
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
            list()
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
}
