// A screen is a table with what is particular to it: one entry of the catalogue. Tabs, digits, the command prompt and the
// help follow from the catalogue; Enter follows from `opens`.

import Aggregation

package struct Screen: Sendable {
    package typealias Summary = @Sendable (Tables) -> [Piece]

    package enum Entrance: Sendable, Hashable {
        /// By its digit and its name; it has a tab.
        case digit
        /// By its name, or from a row.
        case name
        /// From a row alone: it shows that row, and goes through the rows of the screen it was opened from.
        case row
    }

    /// The word of the command prompt: "flows".
    package let name: String
    package let title: String
    /// The title where all of them do not fit.
    var shortTitle: String? = nil
    /// How one comes to it.
    var entrance = Entrance.digit
    package let schema: Schema
    /// What an empty table says: why, and what to try.
    package let empty: String
    /// Why it cannot but be empty here; nil where it can be filled.
    var blindness: (@Sendable (Tables) -> String?)? = nil
    /// The workload, and the flow, that a row belongs to.
    let workload: (@Sendable (Tables, Int) -> WorkloadIndex)?
    let flowKey: (@Sendable (Tables, Int) -> FlowKey)?
    /// The serial of the row of requests that a row is, or belongs to.
    var request: (@Sendable (Tables, Int) -> UInt64)? = nil
    /// The name of the screen that Enter opens, narrowed to what the row is about; nil where Enter does nothing.
    let opens: String?
    /// What a row is about, for Enter and for the keys that open requests and latency.
    let drill: (@Sendable (Tables, Int) -> Drill?)?
    /// A strip above the table.
    let summary: Summary?
    /// Whether a row may be faint: it is there, but nobody has to act on it.
    var isFaint: (@Sendable (Tables, Int) -> Bool)? = nil
    /// A sentence below the table about the selected row, with the word it explains; nil where rows speak for themselves.
    var note: (@Sendable (Tables, Int) -> (word: String, sentence: String)?)? = nil

    /// A picture of the selected row below the table.
    var strip: (@Sendable (Tables, Int, Glyphs, inout Grid, Range<Int>) -> Void)? = nil
    /// What it draws itself in place of the table.
    var picture: Picture? = nil

    /// The order is that of the digits; behind them what has none.
    package static let all: [Screen] = [
        .pods, .flows, .tcp, .requests, .latency, .anomalies, .probes, .connections, .listeners, .cardinality, .exchanges,
        .exchange,
    ]
    package static let tabs = all.filter { $0.entrance == .digit }

    package static func index(named name: String) -> Int? { all.firstIndex { $0.name == name } }

    /// "7 Probes", for a sentence that sends there.
    static func tab(_ name: String) -> String {
        index(named: name).map { "\($0 + 1) \(all[$0].title)" } ?? name
    }
}
