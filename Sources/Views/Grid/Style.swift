// What a cell means. A theme says how that looks; nothing else in this module knows a colour.
// The letter is its picture in the goldens' second plane.

package enum Style: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case text, dim
    /// The header's words and its numbers; what stands at its right.
    case header, brand, notice, paused
    case tab, currentTab
    case column, sortedColumn
    case selected, marked
    case good, warning, bad, accent
    case spark, rule
    case key, keyLabel
    case prompt, message, error

    package var letter: Character {
        switch self {
        case .text: "."
        case .dim: "d"
        case .header: "h"
        case .brand: "H"
        case .notice: "n"
        case .paused: "P"
        case .tab: "t"
        case .currentTab: "T"
        case .column: "c"
        case .sortedColumn: "C"
        case .selected: "S"
        case .marked: "m"
        case .good: "g"
        case .warning: "w"
        case .bad: "b"
        case .accent: "a"
        case .spark: "s"
        case .rule: "r"
        case .key: "k"
        case .keyLabel: "l"
        case .prompt: "p"
        case .message: "i"
        case .error: "e"
        }
    }
}
