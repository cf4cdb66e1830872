// The console as a value: where each screen stands, what is typed, which tables are held. Tables and keys go in; actions
// and a grid come out. It does nothing itself, so a test is (state, keys, state), and pausing is not taking tables.
// Rows are listed when tables, filter, sort or screen change and never for a cursor key: with 30,000 flows a key costs
// microseconds. Limits: one line of message, which the next key clears; a stack of drill-downs as deep as screens allow.

import Aggregation

package struct ConsoleModel: Sendable {
    /// What the console looks at.
    package enum Source: Sendable, Hashable {
        case live
        /// A recording: the header shows its time as such.
        case replay
    }

    package struct Message: Sendable, Hashable {
        package var text: String
        package var isError: Bool
    }

    /// Where Enter came from, and what the screen it opened was like before.
    struct Crumb: Sendable {
        var origin: Int
        var target: Int
        var targetState: ScreenState
        /// What the target was narrowed to. Hostile text.
        var name: String
    }

    package private(set) var size: Size
    package let glyphs: Glyphs
    package let source: Source
    /// One sentence at the right of the header: "demo: a recording".
    package var notice: String?

    package private(set) var tables = Tables()
    /// What came while the picture was held.
    private var pending: Tables?
    package internal(set) var isPaused = false

    /// Index into `Screen.all`.
    package internal(set) var current = 0
    package internal(set) var states: [ScreenState]
    var crumbs: [Crumb] = []
    package internal(set) var prompt: Prompt?
    /// The first line of the help that shows; nil while it is closed.
    package internal(set) var helpTop: Int?
    package internal(set) var message: Message?

    /// The rows of the current screen in order, and how many there are without the filter.
    package private(set) var rows: [Int32] = []
    package private(set) var total = 0
    /// What the heat map is drawn from, while it is shown.
    private(set) var latencyMap = LatencyMap()
    /// What the console was last told to list.
    var listed: Listed = .nothing

    enum Listed: Sendable, Hashable {
        case nothing, all
        case flow(FlowKey)
    }

    package init(size: Size, glyphs: Glyphs = .unicode, source: Source = .live, notice: String? = nil) {
        self.size = size
        self.glyphs = glyphs
        self.source = source
        self.notice = notice
        states = Screen.all.map { _ in ScreenState() }
    }

    package var screen: Screen { Screen.all[current] }

    package internal(set) var state: ScreenState {
        get { states[current] }
        _modify { yield &states[current] }
    }

    package var layout: Layout {
        Layout(
            size,
            Layout.Parts(
                hasSummary: screen.summary != nil, hasNote: screen.note != nil, hasStrip: screen.strip != nil,
                isPicture: screen.picture != nil))
    }

    // MARK: what comes in

    /// Takes new tables; while paused they wait.
    package mutating func receive(_ tables: Tables) {
        guard !isPaused else {
            pending = tables
            return
        }
        self.tables = tables
        list()
    }

    package mutating func resize(to size: Size) {
        self.size = size
        clampScroll()
    }

    /// Shows a message until the next key: where a screen was saved, what failed.
    package mutating func say(_ text: String, isError: Bool = false) {
        message = Message(text: text, isError: isError)
    }

    // MARK: rows

    /// Lists the rows again and finds the selected one among them.
    mutating func list() {
        let schema = screen.schema
        let drill = state.drill
        let listing = Listing(schema: schema, query: state.query, sort: state.sort, descending: state.descending, limit: nil)
        rows = listing.rows(in: tables)
        if let drill { rows = rows.filter { drill.admits(Int($0), of: screen, in: tables) } }
        if state.query == nil {
            total = rows.count
        } else {
            let all = schema.rows(tables)
            total = drill.map { drill in all.count { drill.admits(Int($0), of: screen, in: tables) } } ?? all.count
        }
        if screen.picture?.place == .heatMap {
            latencyMap = LatencyMap(
                tables.latencyLog, interval: tables.interval, requests: narrowedRequests, slicesAColumn: state.heatMap.slices)
        }
        follow()
    }

    /// The serials of the listed rows of requests; nil where nothing narrows them.
    var narrowedRequests: Set<UInt64>? {
        guard state.query != nil || state.drill != nil else { return nil }
        return Set(rows.lazy.map { tables.requests[Int($0)].serial })
    }

    /// Puts the selection where its row is now; where the row is gone, on the one that took its place.
    private mutating func follow() {
        if let selection = state.selection {
            let place = state.position
            if !(rows.indices.contains(place) && identity(at: place) == selection) {
                if let found = rows.indices.first(where: { identity(at: $0) == selection }) {
                    state.position = found
                } else {
                    state.position = max(0, min(place, rows.count - 1))
                    // A filter that is still being typed hides rows only for a while.
                    if prompt == nil, !rows.isEmpty { state.selection = identity(at: state.position) }
                }
            }
        } else {
            state.position = 0
        }
        clampScroll()
    }

    func identity(at position: Int) -> UInt64 { screen.schema.identity(tables, Int(rows[position])) }

    mutating func select(_ position: Int) {
        guard !rows.isEmpty else { return }
        state.position = max(0, min(rows.count - 1, position))
        state.selection = identity(at: state.position)
        clampScroll()
    }

    /// Scrolls as little as shows the selection.
    mutating func clampScroll() {
        let visible = max(1, layout.body.count)
        var top = min(state.top, state.position)
        if state.position >= top + visible { top = state.position - visible + 1 }
        state.top = max(0, min(top, rows.count - visible))
    }

    // MARK: pause

    mutating func setPaused(_ paused: Bool) {
        isPaused = paused
        guard !paused, let tables = pending else { return }
        pending = nil
        self.tables = tables
        list()
    }
}
