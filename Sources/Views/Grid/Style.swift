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
    /// How much there is in a cell of the heat map, from little to most.
    case heat1, heat2, heat3, heat4, heat5, heat6, heat7, heat8
    /// The line of the median and that of the 99th percentile in it.
    case median, tail

    static let heat: [Style] = [.heat1, .heat2, .heat3, .heat4, .heat5, .heat6, .heat7, .heat8]

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
        case .heat1: "1"
        case .heat2: "2"
        case .heat3: "3"
        case .heat4: "4"
        case .heat5: "5"
        case .heat6: "6"
        case .heat7: "7"
        case .heat8: "8"
        case .median: "M"
        case .tail: "N"
        }
    }
}
