// What a key can ask for. The keymap says which key, where, and in which words; ConsoleModel does it.

package enum Command: Sendable, Hashable {
    case console(ConsoleCommand)
    case help(HelpCommand)
    case heatMap(HeatMapCommand)
    case sheet(SheetCommand)
    case prompt(EditCommand)
}

/// In a table and everywhere outside a prompt.
package enum ConsoleCommand: Sendable, Hashable, CaseIterable {
    case up, down, pageUp, pageDown, top, bottom, columnsLeft, columnsRight
    case enter, back
    /// The requests, and the latency, of what the row is about.
    case requests, latency
    case filter, prompt
    case sortNext, sortPrevious, reverse
    case mark, copy, pause, save
    case nextScreen, previousScreen, chooseScreen
    case help, redraw, suspend, quit
}

package enum HeatMapCommand: Sendable, Hashable, CaseIterable {
    case up, down, earlier, later, oldest, newest
    case pageEarlier, pageLater, narrower, wider
    case open, back, lines
}

package enum SheetCommand: Sendable, Hashable, CaseIterable {
    case scrollUp, scrollDown
}

package enum HelpCommand: Sendable, Hashable, CaseIterable {
    case up, down, pageUp, pageDown, top, bottom, close
}

package enum EditCommand: Sendable, Hashable, CaseIterable {
    case accept, cancel, complete
    case eraseBackward, eraseForward, eraseWord, eraseLine
    case cursorLeft, cursorRight, cursorStart, cursorEnd
}
