// How many cells of a terminal a printable text takes, where the screen itself is not asked: carets under a query,
// aligned columns of `-o table`, and the grid of the screens. Like wcwidth(3): a scalar is 0, 1 or 2 cells, whatever cluster it stands in.

extension StringProtocol {
    /// The cells of a text that is already `printable`.
    package var cells: Int {
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return unicodeScalars.reduce(0) { $0 + $1.cells }
    }

    /// The text in at most `width` cells; what was cut is shown as "…".
    package func truncated(toCells width: Int) -> String {
        guard cells > width else { return String(self) }
        var result = String.UnicodeScalarView()
        var used = 1
        for scalar in unicodeScalars {
            used += scalar.cells
            if used > width { break }
            result.append(scalar)
        }
        return String(result) + "…"
    }
}

extension Unicode.Scalar {
    package var cells: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // Vowels and final consonants of Hangul join the syllable before them.
        if (0x1160...0x11ff).contains(value) { return 0 }
        if properties.isEmojiPresentation { return (0x1f1e6...0x1f1ff).contains(value) ? 1 : 2 }
        return Unicode.Scalar.wide.contains { $0.contains(value) } ? 2 : 1
    }

    /// East Asian Wide and Fullwidth, Unicode 15 EastAsianWidth.txt, unassigned gaps included.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3,
        0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1aff0...0x1b2ff,
        0x1f200...0x1f265, 0x20000...0x3fffd,
    ]
}
