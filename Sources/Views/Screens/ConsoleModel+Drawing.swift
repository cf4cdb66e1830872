// The console's picture: a pure function of the model onto a grid of its size. Header, tabs, table or help, footer.

import Aggregation

extension ConsoleModel {
    package func draw() -> Grid {
        var grid = Grid(size)
        let layout = layout
        if layout.isTooSmall {
            grid.put("too small", x: 0, y: 0, limit: size.width, style: .message)
            if size.height > 1 { grid.put("q quits", x: 0, y: 1, limit: size.width, style: .message) }
            return grid
        }
        if layout.hasFrame {
            Header(model: self).draw(on: &grid, lines: layout.headerLines)
            if let y = layout.tabs { drawTabs(on: &grid, y: y) }
        }
        if let helpTop {
            HelpScreen(screen: screen, glyphs: glyphs).draw(on: &grid, body: helpBody, top: helpTop)
        } else {
            if let y = layout.summary, let summary = screen.summary {
                Bar(left: summary(tables)).draw(on: &grid, y: y, glyphs: glyphs)
            }
            TableScreen(screen: screen, state: state, rows: rows, tables: tables, glyphs: glyphs).draw(on: &grid, layout: layout)
        }
        drawBottom(on: &grid, layout: layout)
        return grid
    }

    // MARK: tabs

    private func drawTabs(on grid: inout Grid, y: Int) {
        let tabs = Screen.all.enumerated().map { index, screen in
            Piece(" \(index + 1) \(screen.title) ", index == current ? .currentTab : .tab, importance: index == current ? 1 : 4)
        }
        var right: [Piece] = []
        if let drill = state.drill {
            right.append(
                Piece("  of", Header.shortened(drill.name.printable, glyphs: glyphs, to: size.width * 2 / 5), .accent, importance: 2))
        }
        if !state.marked.isEmpty { right.append(Piece("  marked", String(state.marked.count), .marked, importance: 3)) }
        var bar = Bar(left: tabs, right: right)
        bar.gap = 0
        bar.draw(on: &grid, y: y, glyphs: glyphs)
    }

    // MARK: footer, message, prompt

    private func drawBottom(on grid: inout Grid, layout: Layout) {
        let y = size.height - 1
        if let prompt {
            PromptLine(prompt: prompt, glyphs: glyphs).draw(on: &grid, y: y)
        } else if let message {
            grid.fill(x: 0, y: y, width: size.width)
            grid.putClipped(
                glyphs.text(message.text.printable), x: 0, y: y, limit: size.width, ellipsis: glyphs.ellipsis,
                style: message.isError ? .error : .message)
        } else if layout.footer != nil {
            Bar(left: footer).draw(on: &grid, y: y, glyphs: glyphs)
        }
    }

    /// The labelled keys that work here, the most useful first.
    private var footer: [Piece] {
        let places: [Keymap.Place] = helpTop == nil ? [.table, .console] : [.help]
        let pieces = Keymap.rows.filter { row in
            guard row.label != nil, places.contains(row.place) else { return false }
            return row.command != .console(.enter) || screen.opens != nil
        }
        return pieces.enumerated().map { index, row in
            let label =
                row.command == .console(.enter)
                ? screen.opens ?? "" : row.command == .console(.pause) && isPaused ? "go on" : row.label ?? ""
            return Piece(
                row.keys.first?.name ?? "", label, .keyLabel, labelStyle: .key,
                importance: row.command == .console(.quit) || row.command == .console(.help) ? 1 : index + 2)
        }
    }
}
