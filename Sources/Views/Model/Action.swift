// What a key asks of the world outside the model: values that the console's loop carries out.

import Aggregation

package enum Action: Sendable, Hashable {
    case quit
    /// Ctrl-Z: `Terminal.suspend`, then draw.
    case suspend
    /// `Terminal.redraw`, then draw.
    case redraw
    case pause(Bool)
    /// Write `Grid.lines` of what is shown to a file, then `ConsoleModel.say` where.
    case saveScreen
    /// `Terminal.copy`; the model has already said that it was copied.
    case copy(String)
    /// The connections screen is open: list these (nil: all) from the next interval on, until told otherwise.
    case listConnections(of: FlowKey?)
    case stopListingConnections
}
