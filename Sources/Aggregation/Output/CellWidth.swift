// How many terminal cells text takes: none for combining marks, two for East Asian wide characters and emoji, else one.
// The ranges are the blocks that Unicode's EastAsianWidth gives W or F; rarely a terminal differs, and then only the
// alignment of one line of `-o table` suffers. (Screens measure with the terminal library's own tables.)

enum CellWidth {
    static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x2_0000...0x3_fffd:
            return 2
        default: return 1
        }
    }

    /// The text in at most `width` cells; what was cut is shown as "…".
    static func truncate(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var result = String.UnicodeScalarView()
        var used = 1
        for scalar in text.unicodeScalars {
            used += of(scalar)
            if used > width { break }
            result.append(scalar)
        }
        return String(result) + "…"
    }
}
