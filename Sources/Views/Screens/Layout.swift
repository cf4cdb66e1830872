// Which line of a terminal holds what, for a size and a screen. The only place that knows the thresholds.

package struct Layout: Sendable, Hashable {
    /// Less than this cannot show a row; only `q` works.
    package static let least = Size(16, 3)
    /// Less than this shows the table alone.
    package static let leastWithFrame = Size(40, 8)

    /// From this size on the selected row is shown in full.
    package static let leastWithDetail = Size(120, 40)
    package static let detailLines = 8
    /// From this height on there is room for a sentence: two lines of it, one where lines are long.
    package static let leastHeightWithNote = 14

    package let isTooSmall: Bool
    package let hasFrame: Bool
    /// Lines of the header; the tabs stand below it.
    package let headerLines: Int
    package let tabs: Int?
    package let summary: Int?
    package let columns: Int
    /// Lines that say everything of the selected row, where there is room for them.
    package let detail: Range<Int>?
    /// Lines below the rows for the sentence about the selected one.
    package let note: Range<Int>?
    /// Lines below the rows for a picture of the selected one.
    package let strip: Range<Int>?
    /// Lines of rows.
    package let body: Range<Int>
    package let footer: Int?

    /// What stands on it beside rows.
    package struct Parts: Sendable, Hashable {
        package var hasSummary = false
        package var hasNote = false
        package var hasStrip = false
        /// The screen draws its body itself.
        package var isPicture = false
    }

    package init(_ size: Size, _ parts: Parts) {
        isTooSmall = size.width < Layout.least.width || size.height < Layout.least.height
        hasFrame = !isTooSmall && size.width >= Layout.leastWithFrame.width && size.height >= Layout.leastWithFrame.height
        headerLines = !hasFrame ? 0 : size.height >= 12 ? 2 : 1
        var line = headerLines
        func next() -> Int {
            line += 1
            return line - 1
        }
        tabs = hasFrame ? next() : nil
        summary = hasFrame && parts.hasSummary && size.height >= 12 ? next() : nil
        columns = parts.isPicture ? line : next()
        footer = hasFrame ? size.height - 1 : nil
        let first = isTooSmall ? 0 : line
        let end = max(first, footer ?? size.height)
        let hasDetail = !parts.isPicture && size.width >= Layout.leastWithDetail.width && size.height >= Layout.leastWithDetail.height
        detail = hasDetail ? end - Layout.detailLines..<end : nil
        let below = detail?.lowerBound ?? end
        let noteLines = size.width >= 160 ? 1 : 2
        note = hasFrame && parts.hasNote && size.height >= Layout.leastHeightWithNote ? below - noteLines..<below : nil
        let rowsEnd = note?.lowerBound ?? below
        let stripLines = !hasFrame || size.height < 14 ? 0 : size.height < 20 ? 4 : size.height < 40 ? 6 : 10
        strip = parts.hasStrip && stripLines > 0 ? rowsEnd - stripLines..<rowsEnd : nil
        body = first..<(strip?.lowerBound ?? rowsEnd)
    }
}
