// The header: which node, for how long; what podglass itself costs and lost, always; how many rows, sorted by what,
// filtered how. Two lines, or one where the terminal is low. What matters least leaves first.

import Aggregation

struct Header {
    let model: ConsoleModel

    func draw(on grid: inout Grid, lines: Int) {
        if lines >= 2 {
            Bar(left: identity, right: situation).draw(on: &grid, y: 0, glyphs: model.glyphs)
            Bar(left: cost, right: view).draw(on: &grid, y: 1, glyphs: model.glyphs)
        } else if lines == 1 {
            let name = Piece("podglass", .brand, importance: 6)
            Bar(left: [name] + cost, right: situation.prefix(1) + view).draw(on: &grid, y: 0, glyphs: model.glyphs)
        }
    }

    private var node: Node { model.tables.node }
    private var status: Status { model.tables.status }

    private var identity: [Piece] {
        var pieces = [Piece("podglass", .brand)]
        if !node.name.isEmpty { pieces.append(Piece(node.name.printable, .header, importance: 2)) }
        if !node.kernel.isEmpty { pieces.append(Piece(node.kernel.printable, .dim, importance: 5)) }
        if let uptime = model.tables.uptime { pieces.append(Piece("up", Rendering.duration(Double(uptime)), importance: 4)) }
        if model.size.width >= 120 {
            pieces.append(Piece("processors", String(node.processors), importance: 7))
            pieces.append(Piece("interval", Rendering.duration(Double(model.tables.interval)), importance: 7))
        }
        return pieces
    }

    /// PAUSED or REPLAY, the notice, the time.
    private var situation: [Piece] {
        var pieces: [Piece] = []
        if model.isPaused { pieces.append(Piece(" PAUSED ", .paused)) }
        if model.source == .replay { pieces.append(Piece(" REPLAY ", .paused)) }
        if let notice = model.notice { pieces.append(Piece(notice.printable, .notice, importance: 3)) }
        if model.tables.moment.wall > 0 {
            // A recording may be of any day.
            let day = String(CivilTime(nanosecondsSince1970: model.tables.moment.wall).rfc3339.prefix(10))
            let showsDay = model.source == .replay && model.size.width >= 100
            pieces.append(
                Piece((showsDay ? day + " " : "") + Rendering.text(.time(model.tables.moment.wall)) + " UTC", .header, importance: 2))
        }
        return pieces
    }

    private var cost: [Piece] {
        let lost = status.lostTotal
        // Nothing is measured yet; a zero would say that it was.
        if model.tables.moment == .zero {
            return [Piece("cpu", "-"), Piece("probes", "-", importance: 2), Piece("mem", "-", importance: 2), Piece("lost", "-")]
        }
        var pieces = [
            Piece("cpu", Rendering.text(.number(status.cpuRatio), unit: .ratio)),
            Piece("probes", status.probeCPURatio.map { Rendering.text(.number($0), unit: .ratio) + "~" } ?? "?", importance: 2),
            Piece("mem", Rendering.text(.count(status.residentBytes &+ status.mapBytes), unit: .bytes), importance: 2),
            Piece(
                "lost", Rendering.text(.count(lost), unit: .count), lost > 0 ? .bad : .header, labelStyle: lost > 0 ? .bad : .dim),
        ]
        let misread = status.notUnderstood.values.reduce(0, &+)
        if misread > 0 { pieces.append(Piece("not understood", Rendering.text(.count(misread), unit: .count), .warning, importance: 2)) }
        guard model.size.width >= 120 else { return pieces }
        pieces[2] = Piece(
            "mem",
            Rendering.text(.count(status.residentBytes), unit: .bytes) + " + "
                + Rendering.text(.count(status.mapBytes), unit: .bytes) + " in maps", importance: 2)
        for (cause, count) in status.losses.sorted(by: { $0.key < $1.key }) where count > 0 {
            pieces.append(Piece(cause.printable, Rendering.text(.count(count), unit: .count), .bad, importance: 6))
        }
        for (cause, count) in status.notUnderstood.sorted(by: { $0.key < $1.key }) where count > 0 {
            pieces.append(Piece(cause.printable, Rendering.text(.count(count), unit: .count), .warning, importance: 7))
        }
        return pieces
    }

    /// The filter, cut to the room that cost and count leave; the sort; where the selection is among how many rows.
    private var view: [Piece] {
        let state = model.state
        let shown = model.rows.count
        let position = shown == 0 ? 0 : state.position + 1
        let count = shown == model.total ? String(shown) : "\(shown) of \(model.total)"
        let showsRow = model.screen.picture?.showsRow ?? true
        var pieces = [showsRow ? Piece("row", "\(position)/" + count, importance: 2) : Piece("rows", count, importance: 2)]
        if model.screen.picture == nil, let field = model.screen.schema.field(state.sortWord(model.screen.schema)) {
            let arrow = String(TableScreen.arrow(of: field, descending: state.descending, glyphs: model.glyphs))
            pieces.insert(Piece("sort", model.screen.schema.title(of: field) + " " + arrow, importance: 5), at: 0)
        }
        if !state.filter.isEmpty {
            let taken = Bar.width(cost) + Bar.width(pieces.suffix(1)) + "filter ".cells + 2 * Bar.gap
            let text = Header.shortened(state.filter.printable, glyphs: model.glyphs, to: max(8, model.size.width - taken))
            pieces.insert(Piece("filter", text, .accent), at: 0)
        }
        return pieces
    }

    static func shortened(_ text: String, glyphs: Glyphs, to limit: Int) -> String {
        guard text.cells > limit else { return text }
        var result = ""
        for character in text where result.cells + String(character).cells < max(1, limit) { result.append(character) }
        return result + String(glyphs.ellipsis)
    }
}
