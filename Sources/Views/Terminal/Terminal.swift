// The terminal: the only file that knows ncurses (through CNcurses). It opens, puts grids out, reads keys and gives the
// terminal back as it was, in `close`, at the end of its life and, through C, in a crash. One at a time, used by the
// thread that opened it. It compares nothing and caches nothing: ncurses sends only what changed.

import CNcurses

package final class Terminal {
    package let theme: Theme
    package let glyphs: Glyphs
    private let colours: Int
    private var isOpen = true

    /// Takes the terminal over. After an error it is untouched.
    package init(_ options: TerminalOptions = TerminalOptions()) throws(TerminalError) {
        let noColour = Terminal.environment("NO_COLOR").map { !$0.isEmpty } ?? false
        let monochrome = options.theme?.name == Theme.monochrome.name
        let name = Terminal.environment("TERM") ?? ""
        switch podglass_terminal_open(!noColour && !monochrome) {
        case PODGLASS_OPENED: break
        case PODGLASS_NO_TERMINAL: throw .noTerminal
        case PODGLASS_TERM_UNSET: throw .unset
        case PODGLASS_TERM_UNKNOWN: throw .unknown(name)
        case PODGLASS_TERM_DUMB: throw .dumb(name)
        default: throw .failed(name)
        }
        colours = Int(podglass_terminal_colours())
        glyphs = options.ascii || !podglass_terminal_utf8() ? .ascii : .unicode
        theme = colours < 8 ? .monochrome : options.theme ?? Terminal.themeOfBackground()
    }

    deinit { if isOpen { podglass_terminal_close() } }

    /// Gives the terminal back as it was. May be called again.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        podglass_terminal_close()
    }

    /// The descriptor to poll for keys.
    package var descriptor: Int32 { podglass_terminal_descriptor() }

    /// False once it has hung up; then end as if it were SIGHUP.
    package var isAlive: Bool { podglass_terminal_alive() }

    package var size: Size {
        var columns: Int32 = 0
        var rows: Int32 = 0
        podglass_terminal_size(&columns, &rows)
        return Size(Int(columns), Int(rows))
    }

    /// Fits to the window; call it after SIGWINCH, then draw.
    package func resize() { podglass_terminal_resize() }

    /// Sends everything again at the next `draw`.
    package func redraw() { podglass_terminal_redraw() }

    /// Gives the terminal back and stops the process, as Ctrl-Z is expected to; returns when it is continued.
    package func suspend() { podglass_terminal_suspend() }

    /// The next key, without waiting. Read until nil: ncurses may hold several.
    package func nextKey() -> Key? {
        while true {
            let event = podglass_terminal_next()
            switch podglass_key(event.key) {
            case PODGLASS_KEY_NONE: return nil
            case PODGLASS_KEY_SCALAR:
                if let key = Unicode.Scalar(event.scalar).flatMap(Key.init(scalar:)) { return key }
            case PODGLASS_KEY_UP: return .up
            case PODGLASS_KEY_DOWN: return .down
            case PODGLASS_KEY_LEFT: return .left
            case PODGLASS_KEY_RIGHT: return .right
            case PODGLASS_KEY_HOME: return .home
            case PODGLASS_KEY_END: return .end
            case PODGLASS_KEY_PAGE_UP: return .pageUp
            case PODGLASS_KEY_PAGE_DOWN: return .pageDown
            case PODGLASS_KEY_BACK_TAB: return .backTab
            case PODGLASS_KEY_ENTER: return .enter
            case PODGLASS_KEY_BACKSPACE: return .backspace
            case PODGLASS_KEY_DELETE: return .delete
            default: continue
            }
        }
    }

    package func draw(_ grid: Grid) {
        let looks = Style.allCases.map { Terminal.cell(theme.look($0), colours: colours) }
        var row: [podglass_cell] = []
        row.reserveCapacity(grid.width)
        for y in 0..<grid.height {
            row.removeAll(keepingCapacity: true)
            for x in 0..<grid.width {
                let cell = grid[x, y]
                if cell.width == 0 { continue }
                var out = looks[Int(cell.style.rawValue)]
                out.scalars = (cell.scalar.value, cell.combining, cell.secondCombining)
                out.width = UInt16(cell.width)
                row.append(out)
            }
            podglass_terminal_row(Int32(y), row, Int32(row.count))
        }
        podglass_terminal_flush(Int32(grid.cursor?.x ?? -1), Int32(grid.cursor?.y ?? -1))
    }

    /// Puts `text` on the clipboard of whoever looks at the terminal (OSC 52). False where it is too long or did not go out.
    /// Whether the terminal obeys nobody can tell.
    package func copy(_ text: String) -> Bool {
        guard text.utf8.count <= OSC52.limit else { return false }
        return OSC52.sequence(text).withUnsafeBufferPointer { podglass_terminal_write($0.baseAddress, Int32($0.count)) }
    }

    // MARK: what the environment says

    private static func environment(_ name: String) -> String? {
        podglass_terminal_environment(name).map { String(cString: $0) }
    }

    /// COLORFGBG is "foreground;background" in the first sixteen colours; 7 and 9...15 are light.
    private static func themeOfBackground() -> Theme {
        guard let background = environment("COLORFGBG")?.split(separator: ";").last.flatMap({ Int($0) }) else { return .dark }
        return background == 7 || background > 8 ? .light : .dark
    }

    private static func cell(_ look: Theme.Look, colours: Int) -> podglass_cell {
        var cell = podglass_cell()
        cell.foreground = look.foreground.value(of: colours)
        cell.background = look.background.value(of: colours)
        cell.attributes = look.attributes(of: colours).rawValue
        return cell
    }
}
