// Where the heat map stands: its cursor, how far it is scrolled into the past, how much time a column is.

package struct HeatMapState: Sendable, Hashable {
    package struct Cursor: Sendable, Hashable {
        /// The end of its column, CLOCK_MONOTONIC: it stays with its moment while time goes on.
        package var time: UInt64
        package var band: Int
    }

    /// Nil while the map only follows what is new.
    package var cursor: Cursor?
    /// How many columns are scrolled out at the right.
    package var hidden = 0
    /// An index of `slicesAColumn`.
    package var zoom = 0
    package var showsLines = true

    static let slicesAColumn = [1, 2, 5, 10, 20]

    package init() {}

    var slices: Int { HeatMapState.slicesAColumn[max(0, min(HeatMapState.slicesAColumn.count - 1, zoom))] }
}
