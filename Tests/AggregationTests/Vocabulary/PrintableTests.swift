import Testing

@testable import Aggregation

@Suite struct PrintableTests {
    @Test("No control character gets through: C0, DEL and C1 are written out")
    func controls() {
        for value in Array(0...0x1f) + Array(0x7f...0x9f) as [UInt32] {
            let scalar = Unicode.Scalar(value).map { String($0) } ?? ""
            let hex = String(value, radix: 16)
            #expect(("a" + scalar + "b").printable == "a\\x" + (value < 16 ? "0" : "") + hex + "b")
        }
    }

    @Test("No bidirectional, invisible or separating scalar gets through")
    func formats() {
        let hostile: [UInt32] =
            [0xad, 0x61c, 0x180e, 0xfeff, 0xe0001] + Array(0x200b...0x200f) + Array(0x2028...0x202e) + Array(0x2060...0x206f)
            + Array(0xfff9...0xfffb)
        for value in hostile {
            #expect(Unicode.Scalar(value).map { String($0).printable } == "\\u{" + String(value, radix: 16) + "}")
        }
    }

    @Test("What gets through of all of Unicode is neither control nor format, and printing twice changes nothing")
    func everything() {
        for value in UInt32(0)...0x10ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(scalar)
            let printable = text.printable
            if printable != text {
                guard !printable.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) || printable.printable != printable else { continue }
                Issue.record("U+\(String(value, radix: 16)) comes out as \(printable)")
            } else {
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                    Issue.record("U+\(String(value, radix: 16)) gets through")
                default: break
                }
            }
        }
    }

    @Test("Escape sequences lose their teeth, and ordinary text is left alone")
    func examples() {
        #expect("\u{1b}]0;owned\u{7}".printable == "\\x1b]0;owned\\x07")
        #expect("\u{9b}31m".printable == "\\x9b31m")
        #expect("a\r\nb".printable == "a\\x0d\\x0ab")
        for text in ["", "front-7b58", "日本語", "e\u{301}", "Ωμέγα", "👍"] { #expect(text.printable == text) }
    }

    @Test("Cells are counted as a terminal counts them")
    func cells() {
        for (text, cells) in [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한", 2), ("ｱ", 1), ("Ａ", 2), ("👍", 2), ("µ", 1), ("—", 1), ("│", 1),
            ("█", 1),
        ] {
            #expect(text.cells == cells, "\(text)")
        }
    }
}
