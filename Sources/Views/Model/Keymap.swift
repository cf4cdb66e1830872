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
        /// Everywhere but in a prompt.
        case console

        package var title: String {
            switch self {
            case .always: "Always"
            case .prompt: "In a prompt"
            case .help: "In this help"
            case .table: "In a table"
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
        Row(.table, [.enter], .enter, label: "open", "Open the row: a pod's flows, a flow's connections, a symptom's flow."),
        Row(.table, [.character("/")], .filter, label: "filter", "Filter the rows; see the query language below."),
        Row(.table, [.escape], .back, "Go back: clear the filter, then return to where you came from. Never quits."),
        Row(.table, [.character("s"), .character(">")], .sortNext, label: "sort", "Sort by the next column."),
        Row(.table, [.character("<")], .sortPrevious, "Sort by the column before."),
        Row(.table, [.character("S")], .reverse, label: "reverse", "Reverse the order."),
        Row(.console, [.character("p")], .pause, label: "pause", "Hold the picture, or let it go on."),
        Row(.console, [.character("?")], .help, label: "help", "This help."),
        Row(.console, [.character("q")], .quit, label: "quit", "Quit."),
        Row(.table, [.up, .character("k")], .up, "One row up."),
        Row(.table, [.down, .character("j")], .down, "One row down."),
        Row(.table, [.pageUp, .control("b")], .pageUp, "One page up."),
        Row(.table, [.pageDown, .control("f")], .pageDown, "One page down."),
        Row(.table, [.home, .character("g")], .top, "To the first row, and stay with the first."),
        Row(.table, [.end, .character("G")], .bottom, "To the last row."),
        Row(.table, [.left, .character("h")], .columnsLeft, "Columns to the left."),
        Row(.table, [.right, .character("l")], .columnsRight, label: "columns", "Columns to the right."),
        Row(.table, [.character(" ")], .mark, label: "mark", "Mark the row, or take its mark away."),
        Row(.table, [.character("c")], .copy, label: "copy", "Copy the marked rows, else this one, as text (OSC 52)."),
        Row(.console, [.character("w")], .save, label: "save", "Save what is on the screen to a file."),
        Row(.console, [.tab], .nextScreen, "The next screen."),
        Row(.console, [.backTab], .previousScreen, "The screen before."),
        Row(.console, (1...9).map { .character(Unicode.Scalar(UInt8(0x30 + $0))) }, .chooseScreen, "The screen of this number."),
        Row(.console, [.character(":")], .prompt, "A command: a screen's name, sort FIELD, q."),
        Row(.help, [.escape, .character("?"), .character("q"), .enter], .closeHelp, label: "close", "Close the help."),
        Row(.help, [.up, .character("k")], .up, label: "up", "One line up."),
        Row(.help, [.down, .character("j")], .down, label: "down", "One line down."),
        Row(.help, [.pageUp, .control("b")], .pageUp, "One page up."),
        Row(.help, [.pageDown, .control("f"), .character(" ")], .pageDown, "One page down."),
        Row(.help, [.home, .character("g")], .top, "To the beginning."),
        Row(.help, [.end, .character("G")], .bottom, "To the end."),
        Row(.prompt, [.enter], .accept, "Keep the filter; do the command."),
        Row(.prompt, [.escape], .cancel, "Clear the filter; forget the command."),
        Row(.prompt, [.tab], .complete, "Complete the word."),
        Row(.prompt, [.backspace], .eraseBackward, "Erase the character before; in an empty prompt, leave it."),
        Row(.prompt, [.delete, .control("d")], .eraseForward, "Erase the character under the cursor."),
        Row(.prompt, [.control("w")], .eraseWord, "Erase the word before."),
        Row(.prompt, [.control("u")], .eraseLine, "Erase everything before the cursor."),
        Row(.prompt, [.left, .control("b")], .cursorLeft, "One character left."),
        Row(.prompt, [.right, .control("f")], .cursorRight, "One character right."),
        Row(.prompt, [.home, .control("a")], .cursorStart, "To the beginning."),
        Row(.prompt, [.end, .control("e")], .cursorEnd, "To the end."),
        Row(.always, [.control("l")], .redraw, "Draw everything again."),
        Row(.always, [.control("z")], .suspend, "Suspend podglass; fg brings it back."),
        Row(.always, [.control("c")], .quit, "Quit."),
    ]

    package static func command(for key: Key, in place: Place) -> Command? {
        rows.first { $0.place == place && $0.keys.contains(key) }?.command
    }
}
