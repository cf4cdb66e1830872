// The characters that screens draw with, as data: Unicode, and ASCII for `--ascii` and locales that are not UTF-8.

package struct Glyphs: Sendable {
    /// Nothing first, then from the smallest to the largest.
    package let spark: [Unicode.Scalar]
    /// Densities of the heat map, nothing first; as many as `Style.heat` has beside it.
    package let shades: [Unicode.Scalar]
    /// The lines of the median and of the 99th percentile in it.
    package let median: Unicode.Scalar
    package let tail: Unicode.Scalar
    package let axis: Unicode.Scalar
    package let ascending: Unicode.Scalar
    package let descending: Unicode.Scalar
    package let selection: Unicode.Scalar
    package let mark: Unicode.Scalar
    /// Text goes on but does not fit.
    package let ellipsis: Unicode.Scalar
    package let rule: Unicode.Scalar
    package let moreLeft: Unicode.Scalar
    package let moreRight: Unicode.Scalar
    package let caret: Unicode.Scalar
    /// True where captured text and units must be written in ASCII too.
    package let isASCII: Bool

    package static let unicode = Glyphs(
        spark: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        shades: [" ", "·", "░", "░", "▒", "▒", "▓", "▓", "█"], median: "─", tail: "═", axis: "│", ascending: "▲", descending: "▼",
        selection: "▸", mark: "●",
        ellipsis: "…", rule: "─", moreLeft: "◂", moreRight: "▸", caret: "▲", isASCII: false)

    package static let ascii = Glyphs(
        spark: [" ", ".", ":", "-", "=", "+", "*", "#"], shades: [" ", ".", ":", "-", "=", "+", "*", "#", "@"],
        median: "o", tail: "x", axis: "|", ascending: "^", descending: "v", selection: ">", mark: "+",
        ellipsis: ">", rule: "-", moreLeft: "<", moreRight: ">", caret: "^", isASCII: true)

    /// `text` in what this set may show: in ASCII a µ is a u and what is left of the rest is a question mark.
    package func text(_ text: String) -> String {
        guard isASCII, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars where scalar.cells > 0 {
            switch scalar {
            case "µ": result += "u"
            case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
            default: result += scalar.cells == 2 ? "??" : "?"
            }
        }
        return result
    }

    /// One bar for `value` of `maximum`; anything above zero is seen.
    package func bar(_ value: Double, of maximum: Double) -> Unicode.Scalar {
        guard value > 0, maximum > 0, value.isFinite else { return spark[0] }
        let levels = spark.count - 1
        let level = Int((min(1, value / maximum) * Double(levels)).rounded(.up))
        return spark[max(1, min(levels, level))]
    }
}
