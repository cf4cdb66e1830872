// From a row to what is below it, and back. The way is a stack of screens as they were; a screen may stand in it twice.

import Aggregation

extension ConsoleModel {
    /// How deep the stack of drill-downs may be: nobody remembers such a way back.
    static let deepest = 16

    mutating func openRow() {
        guard rows.indices.contains(state.position) else { return }
        guard let target = screen.opens else {
            say("There is nothing below a row of \(screen.title).")
            return
        }
        guard let drill = screen.drill?(tables, Int(rows[state.position])) else {
            say("This row belongs to no workload of this node.")
            return
        }
        select(state.position)
        open(target, rowState(drill, in: target), name: name(of: drill, in: target))
    }

    /// A screen that shows one row goes through the rows of the one it came from.
    private func rowState(_ drill: Drill, in target: String) -> ScreenState {
        guard Screen.index(named: target).map({ Screen.all[$0].entrance }) != .row else { return state }
        var opened = ScreenState()
        opened.drill = drill
        return opened
    }

    private func name(of drill: Drill, in target: String) -> String {
        guard target == Screen.exchange.name else { return drill.name }
        return ExchangeSheet.name(tables.exchanges[Int(rows[state.position])].exchange)
    }

    /// The requests of the pod or flow that the selected row is about; of a heat map, what it shows.
    mutating func openRequests() {
        guard screen.schema.name != Schema.requests.name, screen.schema.name != Schema.exchanges.name else {
            say("These are the requests.")
            return
        }
        openNarrowed(Screen.requests.name)
    }

    mutating func openLatency() { openNarrowed(Screen.latency.name) }

    private mutating func openNarrowed(_ target: String) {
        guard rows.indices.contains(state.position) else {
            say("There is no row to look into.")
            return
        }
        guard let drill = screen.drill?(tables, Int(rows[state.position])) else {
            say("A row of \(screen.title) has no requests of its own.")
            return
        }
        select(state.position)
        var opened = ScreenState()
        opened.drill = drill
        open(target, opened, name: drill.name)
    }

    /// Opens a screen over this one.
    mutating func open(_ name: String, _ opened: ScreenState, name drilled: String) {
        guard let target = Screen.index(named: name) else { return }
        guard crumbs.count < ConsoleModel.deepest else {
            say("This is as deep as it goes; Esc goes back.")
            return
        }
        crumbs.append(Crumb(origin: current, target: target, targetState: states[target], name: drilled))
        current = target
        state = opened
        list()
    }

    mutating func back() {
        if !state.filter.isEmpty, screen.entrance != .row {
            state.filter = ""
            state.query = nil
            list()
        } else if let crumb = crumbs.popLast() {
            let left = state
            states[crumb.target] = crumb.targetState
            current = crumb.origin
            // Who went on to another row there finds that one selected.
            if Screen.all[crumb.target].entrance == .row {
                state.selection = left.selection
                state.position = left.position
            }
            list()
        } else {
            say("Nothing to go back to; q quits.")
        }
    }

    /// The selected exchange in full.
    var sheet: ExchangeSheet? {
        guard rows.indices.contains(state.position) else { return nil }
        return ExchangeSheet(row: Int(rows[state.position]), tables: tables, glyphs: glyphs, scroll: state.scroll)
    }

    mutating func perform(_ command: SheetCommand) -> [Action] {
        let page = max(1, pictureLines.count - 3)
        let last = sheet?.lastScroll(width: size.width, lines: pictureLines) ?? 0
        switch command {
        case .scrollUp: state.scroll = max(0, min(last, state.scroll) - page)
        case .scrollDown: state.scroll = min(last, state.scroll + page)
        }
        return []
    }
}
