// Where one screen stands: what is selected, how it is sorted and filtered, to what it is narrowed. ConsoleModel owns one
// for each screen of the catalogue.

import Aggregation

package struct ScreenState: Sendable {
    /// A query word of the schema; nil is the schema's default.
    package var sort: String?
    /// True is the order a table is first shown in: numbers largest first, text from A to Z.
    package var descending = true
    /// The filter that holds, and what it was parsed to.
    package var filter = ""
    package var query: Query?
    package var drill: Drill?
    /// The identity of the selected row; nil stays with the first, whichever that is.
    package var selection: UInt64?
    /// Where the selection stands among the rows shown.
    package var position = 0
    /// The first row shown.
    package var top = 0
    /// How many columns are scrolled out to the left.
    package var columnOffset = 0
    /// Lines of a sheet that are scrolled out above.
    package var scroll = 0
    /// Where the heat map stands.
    package var heatMap = HeatMapState()
    /// Identities of the marked rows.
    package var marked: Set<UInt64> = []

    package init() {}

    func sortWord(_ schema: Schema) -> String { sort ?? schema.defaultSort }
}
