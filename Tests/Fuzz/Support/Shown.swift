// What may reach a terminal or a log, said once more and otherwise than `String.printable` says it: by code points.

/// Ranges that a terminal could obey, or that change the order in which people read: C0, DEL, C1, soft hyphen, Arabic letter
/// mark, zero-width and directional marks, separators, overrides, isolates, the byte order mark, interlinear and tag characters.
private let forbidden: [ClosedRange<UInt32>] = [
    0x00...0x1f, 0x7f...0x9f, 0xad...0xad, 0x61c...0x61c, 0x180e...0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f,
    0xfeff...0xfeff, 0xfff9...0xfffb, 0xe0000...0xe007f,
]

func isShowable(_ scalar: Unicode.Scalar) -> Bool { !forbidden.contains { $0.contains(scalar.value) } }

func checkShowable(_ text: String, line: Int = #line) {
    // Most of it is ASCII, and there is much of it.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return }
    check(text.unicodeScalars.allSatisfy(isShowable), "shows \(text)", line: line)
}
