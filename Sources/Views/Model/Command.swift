// What a key can ask for. The keymap says which key, where, and in which words; ConsoleModel does it.

package enum Command: Sendable, Hashable, CaseIterable {
    case up, down, pageUp, pageDown, top, bottom, columnsLeft, columnsRight
    case enter, back
    case filter, prompt
    case sortNext, sortPrevious, reverse
    case mark, copy, pause, save
    case nextScreen, previousScreen, chooseScreen
    case help, closeHelp
    case redraw, suspend, quit
    case accept, cancel, complete
    case eraseBackward, eraseForward, eraseWord, eraseLine, cursorLeft, cursorRight, cursorStart, cursorEnd
}
