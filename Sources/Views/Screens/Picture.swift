// What a screen draws in place of a table, and the layer of keys that works there.

struct Picture: Sendable {
    let place: Keymap.Place
    /// Whether it is about the selected row, so that the header says which.
    let showsRow: Bool
    /// Whether it has something to draw; else the screen says why it is empty.
    let isEmpty: @Sendable (ConsoleModel) -> Bool
    let draw: @Sendable (ConsoleModel, inout Grid, Range<Int>) -> Void
}
