// Keys to commands to actions. Layers in order: what holds always, the prompt, the help, the table or picture, the console.
// Each takes a key or passes it on.

import Aggregation

extension ConsoleModel {
    /// Takes one key and says what the world outside has to do.
    package mutating func handle(_ key: Key) -> [Action] {
        message = nil
        var places: [Keymap.Place] =
            prompt != nil
            ? [.always, .prompt] : helpTop != nil ? [.always, .help, .console] : [.always, screen.picture?.place ?? .table, .console]
        if layout.isTooSmall { places = [.always, .console] }
        for place in places {
            switch Keymap.command(for: key, in: place) {
            case .console(let command):
                if layout.isTooSmall, command != .quit, command != .suspend { return [] }
                return perform(command, key) + connectionsWanted()
            case .help(let command): return perform(command)
            case .heatMap(let command): return perform(command) + connectionsWanted()
            case .sheet(let command): return perform(command)
            case .prompt(let command): return perform(command)
            case nil: continue
            }
        }
        if case .character(let scalar) = key, prompt != nil { edit { $0.insert(scalar) } }
        return []
    }

    private mutating func perform(_ command: ConsoleCommand, _ key: Key) -> [Action] {
        let page = max(1, layout.body.count - 1)
        switch command {
        case .up: select(state.position - 1)
        case .down: select(state.position + 1)
        case .pageUp: select(state.position - page)
        case .pageDown: select(state.position + page)
        case .top: selectTop()
        case .bottom: select(rows.count - 1)
        case .columnsLeft: state.columnOffset = max(0, state.columnOffset - 1)
        case .columnsRight: state.columnOffset = min(max(0, columns.count - 1), state.columnOffset + 1)
        case .enter: openRow()
        case .back: back()
        case .requests: openRequests()
        case .latency: openLatency()
        case .filter: prompt = Prompt(.filter, text: state.filter)
        case .prompt: prompt = Prompt(.command)
        case .sortNext: moveSort(by: 1)
        case .sortPrevious: moveSort(by: -1)
        case .reverse:
            state.descending.toggle()
            list()
        case .mark: markRow()
        case .copy: return copyRows()
        case .pause:
            setPaused(!isPaused)
            return [.pause(isPaused)]
        case .save: return [.saveScreen]
        case .nextScreen: show(current < Screen.tabs.count ? (current + 1) % Screen.tabs.count : 0)
        case .previousScreen: show(current < Screen.tabs.count ? (current + Screen.tabs.count - 1) % Screen.tabs.count : 0)
        case .chooseScreen: chooseScreen(key)
        case .help: helpTop = 0
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .quit: return [.quit]
        }
        return []
    }

    // MARK: the help

    private mutating func perform(_ command: HelpCommand) -> [Action] {
        let lines = HelpScreen(screen: screen, glyphs: glyphs).lines(width: size.width).count
        let body = helpBody.count
        let last = max(0, lines - body)
        var top = helpTop ?? 0
        switch command {
        case .up: top -= 1
        case .down: top += 1
        case .pageUp: top -= max(1, body - 1)
        case .pageDown: top += max(1, body - 1)
        case .top: top = 0
        case .bottom: top = last
        case .close:
            helpTop = nil
            return []
        }
        helpTop = max(0, min(last, top))
        return []
    }

    /// The help takes the whole height but the frame.
    var helpBody: Range<Int> {
        let first = layout.tabs.map { $0 + 1 } ?? 0
        return first..<max(first, layout.footer ?? size.height)
    }

    // MARK: screens

    /// Shows a screen as it was left; drill-downs end.
    mutating func show(_ index: Int) {
        helpTop = nil
        while let crumb = crumbs.popLast() { states[crumb.target] = crumb.targetState }
        current = index
        list()
    }

    private mutating func chooseScreen(_ key: Key) {
        guard case .character(let scalar) = key, scalar.isASCII else { return }
        let index = Int(scalar.value) - 0x31
        guard Screen.tabs.indices.contains(index) else {
            say("There is no screen \(scalar); 1 to \(Screen.tabs.count) are.")
            return
        }
        show(index)
    }

    /// What the loop must list for the connections screen, where that has changed.
    mutating func connectionsWanted() -> [Action] {
        var wanted = Listed.nothing
        if screen.name == Screen.connections.name {
            if case .flow(let key, _) = state.drill { wanted = .flow(key) } else { wanted = .all }
        }
        guard wanted != listed else { return [] }
        listed = wanted
        switch wanted {
        case .nothing: return [.stopListingConnections]
        case .all: return [.listConnections(of: nil)]
        case .flow(let key): return [.listConnections(of: key)]
        }
    }

    // MARK: rows

    private mutating func selectTop() {
        state.selection = nil
        state.position = 0
        clampScroll()
    }

    private mutating func markRow() {
        guard rows.indices.contains(state.position) else { return }
        let identity = identity(at: state.position)
        if state.marked.remove(identity) == nil { state.marked.insert(identity) }
        select(state.position + 1)
    }

    /// The marked rows that are shown, else the selected one: a line of titles, then a line a row, tabs between values.
    private mutating func copyRows() -> [Action] {
        guard rows.indices.contains(state.position) else { return [] }
        let marked = state.marked.isEmpty ? [] : rows.indices.filter { state.marked.contains(identity(at: $0)) }
        let chosen = marked.isEmpty ? [state.position] : marked
        let lines = chosen.map { position in
            columns.map { field in
                let row = Int(rows[position])
                let text = Rendering.text(field.value(tables, row), unit: field.unit)
                let mark = screen.schema.marks(tables, row).intersection(field.marks).symbol
                return text + (mark.map { String($0) } ?? "")
            }.joined(separator: "\t")
        }
        let titles = columns.map { $0.column?.title ?? $0.word }.joined(separator: "\t")
        let text = ([titles] + lines).joined(separator: "\n") + "\n"
        guard text.utf8.count <= OSC52.limit else {
            say("Too much to copy: mark fewer rows.", isError: true)
            return []
        }
        say(
            chosen.count == 1
                ? "Copied the row, if your terminal allows it (OSC 52)."
                : "Copied \(chosen.count) rows, if your terminal allows it (OSC 52).")
        return [.copy(text)]
    }

    // MARK: sort

    /// The columns of the screen, without those that say the same in each row of what it is narrowed to.
    var columns: [Field] {
        let constant = state.drill?.constantWords(on: screen) ?? []
        return screen.schema.fields.filter { $0.column != nil && !constant.contains($0.word) }
    }

    private var sortable: [Field] {
        let columns = Set(columns.map(\.word))
        return screen.schema.fields.filter { $0.isSortable && ($0.column == nil || columns.contains($0.word)) }
    }

    private mutating func moveSort(by step: Int) {
        let word = state.sortWord(screen.schema)
        let fields = sortable
        let count = fields.count
        let place = fields.firstIndex { $0.word == word || $0.key == word }
        let next = place.map { ($0 + step + count) % count } ?? (step > 0 ? 0 : count - 1)
        sort(by: fields[next])
    }

    mutating func sort(by field: Field) {
        state.sort = field.word
        state.descending = true
        say("Sorted by \(screen.schema.title(of: field)): \(field.explanation)")
        list()
    }
}
