// A key as a person presses it. Terminal makes them, the keymap names them.

package enum Key: Hashable, Sendable {
    case character(Unicode.Scalar)
    /// Ctrl with a letter, in lower case. Tab, Enter and Escape are keys of their own.
    case control(Unicode.Scalar)
    case up, down, left, right, home, end, pageUp, pageDown
    case tab, backTab, enter, escape, backspace, delete

    /// What a terminal sends for it, read as one scalar; nil for a control character without a key.
    package init?(scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x09: self = .tab
        case 0x0a, 0x0d: self = .enter
        case 0x1b: self = .escape
        case 0x08, 0x7f: self = .backspace
        case 0x01...0x1a: self = .control(Unicode.Scalar(UInt8(scalar.value) + 0x60))
        case 0x20...0x7e: self = .character(scalar)
        default:
            guard scalar.value >= 0xa0 else { return nil }
            self = .character(scalar)
        }
    }

    /// As the help writes it: "Ctrl-L", "PgUp", "/".
    package var name: String {
        switch self {
        case .character(" "): "Space"
        case .character(let scalar): String(scalar)
        case .control(let letter): "Ctrl-" + String(letter).uppercased()
        case .up: "Up"
        case .down: "Down"
        case .left: "Left"
        case .right: "Right"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .tab: "Tab"
        case .backTab: "Shift-Tab"
        case .enter: "Enter"
        case .escape: "Esc"
        case .backspace: "Backspace"
        case .delete: "Delete"
        }
    }
}
