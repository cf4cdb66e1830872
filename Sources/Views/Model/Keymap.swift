// Which key does what: one table. Footer and help are made from it; a key is one line here and one case in ConsoleModel.
// A key goes through layers, each of which takes it or passes it on: prompt, help, screen; `always` before all of them.

package enum Keymap {
    /// Where a row holds.
    package enum Place: Sendable, Hashable, CaseIterable {
        /// Even while somebody types.
        case always
        case prompt
        case help
        case table
        /// In place of a table: the heat map, one exchange in full.
        case heatMap
        case sheet
        /// Everywhere but in a prompt.
        case console

        package var title: String {
            switch self {
            case .always: "Always"
            case .prompt: "In a prompt"
            case .help: "In this help"
            case .table: "In a table"
            case .heatMap: "In the heat map (Latency)"
            case .sheet: "In an exchange"
            case .console: "Screens"
            }
        }
    }

    package struct Row: Sendable {
        package let keys: [Key]
        package let command: Command
        package let place: Place
        /// The word in the footer; nil keeps it out.
        package let label: String?
        package let help: String

        init(_ place: Place, _ keys: [Key], _ command: Command, label: String? = nil, _ help: String) {
            self.keys = keys
            self.command = command
            self.place = place
            self.label = label
            self.help = help
        }

        /// The keys as the help writes them: "g, Home"; a run of digits is "1–9".
        package var names: String {
            let names = keys.map(\.name)
            guard let first = names.first, let last = names.last, names.count > 4 else { return names.joined(separator: ", ") }
            return first + ".." + last
        }
    }

    /// In the order of the help; within the footer too.
    package static let rows: [Row] = [
        Row(.heatMap, [.enter], .heatMap(.open), label: "open", "The requests that are in the cell under the cursor; without one, all."),
        Row(.heatMap, [.character("/")], .console(.filter), label: "filter", "Filter the requests; see the query language below."),
        Row(.heatMap, [.left, .character("h")], .heatMap(.earlier), label: "read", "The cursor earlier by a column."),
        Row(.heatMap, [.right, .character("l")], .heatMap(.later), "The cursor later by a column."),
        Row(.heatMap, [.up, .character("k")], .heatMap(.up), "The cursor to the band above."),
        Row(.heatMap, [.down, .character("j")], .heatMap(.down), "The cursor to the band below."),
        Row(.heatMap, [.home, .character("g")], .heatMap(.oldest), "The cursor to the oldest column."),
        Row(.heatMap, [.end, .character("G")], .heatMap(.newest), "Back to now, without the cursor."),
        Row(.heatMap, [.character("["), .pageUp], .heatMap(.pageEarlier), label: "earlier", "Half a screen earlier."),
        Row(.heatMap, [.character("]"), .pageDown], .heatMap(.pageLater), label: "later", "Half a screen later."),
        Row(.heatMap, [.character("-")], .heatMap(.wider), label: "wider", "More time a column."),
        Row(.heatMap, [.character("+"), .character("=")], .heatMap(.narrower), "Less time a column."),
        Row(.heatMap, [.character("o")], .heatMap(.lines), label: "p50 p99", "Show the lines of p50 and p99, or hide them."),
        Row(.heatMap, [.escape], .heatMap(.back), "Take the cursor away, clear the filter, then go back."),
        Row(.sheet, [.up, .character("k")], .console(.up), label: "before", "The exchange before."),
        Row(.sheet, [.down, .character("j")], .console(.down), label: "next", "The next exchange."),
        Row(.sheet, [.pageUp, .control("b")], .sheet(.scrollUp), "Up within the exchange."),
        Row(.sheet, [.pageDown, .control("f")], .sheet(.scrollDown), label: "more", "Down within the exchange."),
        Row(.sheet, [.character("L")], .console(.latency), label: "latency", "The latency of the requests it belongs to."),
        Row(.sheet, [.character("c")], .console(.copy), label: "copy", "Copy the exchange as text (OSC 52)."),
        Row(.sheet, [.escape], .console(.back), label: "back", "Back to the table."),
        Row(
            .table, [.enter], .console(.enter), label: "open",
            "Open the row: a pod's flows, a flow's connections, a request's slowest and failed."),
        Row(.table, [.character("/")], .console(.filter), label: "filter", "Filter the rows; see the query language below."),
        Row(.table, [.character("r")], .console(.requests), label: "requests", "The requests of this row's pod or flow."),
        Row(.table, [.character("L")], .console(.latency), label: "latency", "The latency of this row over time, as a heat map."),
        Row(.table, [.escape], .console(.back), "Go back: clear the filter, then return to where you came from. Never quits."),
        Row(.table, [.character("s"), .character(">")], .console(.sortNext), label: "sort", "Sort by the next column."),
        Row(.table, [.character("<")], .console(.sortPrevious), "Sort by the column before."),
        Row(.table, [.character("S")], .console(.reverse), label: "reverse", "Reverse the order."),
        Row(.console, [.character("p")], .console(.pause), label: "pause", "Hold the picture, or let it go on."),
        Row(.console, [.character("?")], .console(.help), label: "help", "This help."),
        Row(.console, [.character("q")], .console(.quit), label: "quit", "Quit."),
        Row(.table, [.up, .character("k")], .console(.up), "One row up."),
        Row(.table, [.down, .character("j")], .console(.down), "One row down."),
        Row(.table, [.pageUp, .control("b")], .console(.pageUp), "One page up."),
        Row(.table, [.pageDown, .control("f")], .console(.pageDown), "One page down."),
        Row(.table, [.home, .character("g")], .console(.top), "To the first row, and stay with the first."),
        Row(.table, [.end, .character("G")], .console(.bottom), "To the last row."),
        Row(.table, [.left, .character("h")], .console(.columnsLeft), "Columns to the left."),
        Row(.table, [.right, .character("l")], .console(.columnsRight), label: "more columns", "Columns to the right."),
        Row(.table, [.character(" ")], .console(.mark), label: "mark", "Mark the row, or take its mark away."),
        Row(.table, [.character("c")], .console(.copy), label: "copy", "Copy the marked rows, else this one, as text (OSC 52)."),
        Row(.console, [.character("w")], .console(.save), label: "save", "Save what is on the screen to a file."),
        Row(.console, [.tab], .console(.nextScreen), "The next screen."),
        Row(.console, [.backTab], .console(.previousScreen), "The screen before."),
        Row(.console, (1...9).map { .character(Unicode.Scalar(UInt8(0x30 + $0))) }, .console(.chooseScreen), "The screen of this number."),
        Row(.console, [.character(":")], .console(.prompt), "A command: a screen's name, sort FIELD, q."),
        Row(.help, [.escape, .character("?"), .character("q"), .enter], .help(.close), label: "close", "Close the help."),
        Row(.help, [.up, .character("k")], .help(.up), label: "up", "One line up."),
        Row(.help, [.down, .character("j")], .help(.down), label: "down", "One line down."),
        Row(.help, [.pageUp, .control("b")], .help(.pageUp), "One page up."),
        Row(.help, [.pageDown, .control("f"), .character(" ")], .help(.pageDown), "One page down."),
        Row(.help, [.home, .character("g")], .help(.top), "To the beginning."),
        Row(.help, [.end, .character("G")], .help(.bottom), "To the end."),
        Row(.prompt, [.enter], .prompt(.accept), "Keep the filter; do the command."),
        Row(.prompt, [.escape], .prompt(.cancel), "Clear the filter; forget the command."),
        Row(.prompt, [.tab], .prompt(.complete), "Complete the word."),
        Row(.prompt, [.backspace], .prompt(.eraseBackward), "Erase the character before; in an empty prompt, leave it."),
        Row(.prompt, [.delete, .control("d")], .prompt(.eraseForward), "Erase the character under the cursor."),
        Row(.prompt, [.control("w")], .prompt(.eraseWord), "Erase the word before."),
        Row(.prompt, [.control("u")], .prompt(.eraseLine), "Erase everything before the cursor."),
        Row(.prompt, [.left, .control("b")], .prompt(.cursorLeft), "One character left."),
        Row(.prompt, [.right, .control("f")], .prompt(.cursorRight), "One character right."),
        Row(.prompt, [.home, .control("a")], .prompt(.cursorStart), "To the beginning."),
        Row(.prompt, [.end, .control("e")], .prompt(.cursorEnd), "To the end."),
        Row(.always, [.control("l")], .console(.redraw), "Draw everything again."),
        Row(.always, [.control("z")], .console(.suspend), "Suspend podglass; fg brings it back."),
        Row(.always, [.control("c")], .console(.quit), "Quit."),
    ]

    package static func command(for key: Key, in place: Place) -> Command? {
        rows.first { $0.place == place && $0.keys.contains(key) }?.command
    }
}
