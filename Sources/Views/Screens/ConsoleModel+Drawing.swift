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
            if let y = layout.tabs {
                if crumbs.isEmpty { drawTabs(on: &grid, y: y) } else { drawTrail(on: &grid, y: y) }
            }
        }
        if let helpTop {
            HelpScreen(screen: screen, glyphs: glyphs).draw(on: &grid, body: helpBody, top: helpTop)
        } else {
            drawBody(on: &grid, layout: layout)
        }
        drawBottom(on: &grid, layout: layout)
        return grid
    }

    private func drawBody(on grid: inout Grid, layout: Layout) {
        if let y = layout.summary, let summary = screen.summary {
            Bar(left: summary(tables)).draw(on: &grid, y: y, glyphs: glyphs)
        }
        guard !(screen.picture?.isEmpty(self) ?? rows.isEmpty) else {
            return drawEmpty(on: &grid, lines: screen.picture == nil ? layout.body : pictureLines)
        }
        if let picture = screen.picture { return picture.draw(self, &grid, pictureLines) }
        TableScreen(screen: screen, state: state, rows: rows, columns: columns, tables: tables, glyphs: glyphs)
            .draw(on: &grid, layout: layout)
        if let lines = layout.strip, let strip = screen.strip, rows.indices.contains(state.position) {
            strip(tables, Int(rows[state.position]), glyphs, &grid, lines)
        }
        if let lines = layout.note { drawNote(on: &grid, lines: lines) }
    }

    // MARK: tabs

    private func drawTabs(on grid: inout Grid, y: Int) {
        // Where they do not fit they stand closer, then under shorter titles; only then do some leave.
        let all = [tabs(" ") { $0.title }, tabs("") { $0.title }, tabs("") { $0.shortTitle ?? $0.title }]
        let room = size.width - Bar.width(marked, gap: 0)
        var bar = Bar(left: all.first { Bar.width($0, gap: 0) <= room } ?? all[all.count - 1], right: marked)
        bar.gap = 0
        bar.draw(on: &grid, y: y, glyphs: glyphs)
    }

    private func tabs(_ end: String, _ title: (Screen) -> String) -> [Piece] {
        Screen.tabs.enumerated().map { index, screen in
            Piece(
                " \(index + 1) \(title(screen))" + end, index == current ? .currentTab : .tab, importance: index == current ? 1 : 4)
        }
    }

    /// Why there is nothing, and what to try.
    private func drawEmpty(on grid: inout Grid, lines: Range<Int>) {
        let sentence: String
        if !state.filter.isEmpty {
            sentence = "No row matches the filter. Esc clears it, / changes it."
        } else if let reason = screen.blindness?(tables) {
            sentence = "No requests can be seen here: \(reason.printable)."
        } else if let drill = state.drill {
            sentence = "Nothing here right now: \(drill.name.printable). Esc goes back."
        } else if tables.moment == .zero {
            sentence = (source == .replay ? "Opening the recording" : "Loading the probes") + String(glyphs.ellipsis)
        } else {
            let blind = tables.probes.contains { [.refused, .missing, .off].contains($0.sample.state) }
            let hint = " But not everything can be seen here: \(Screen.tab(Screen.probes.name)) says what is missing."
            sentence = screen.empty + (blind ? hint : "")
        }
        let middle = lines.lowerBound + min(2, max(0, lines.count - 1) / 3)
        for (offset, line) in Wrapping.lines(glyphs.text(sentence), width: grid.width - 2).enumerated() {
            guard lines.contains(middle + offset) else { break }
            grid.put(line, x: 1, y: middle + offset, style: .message)
        }
    }

    private var marked: [Piece] {
        state.marked.isEmpty ? [] : [Piece("  marked", String(state.marked.count), .marked, importance: 3)]
    }

    /// Where Enter led, in place of the tabs: Pods > shop/cart > Flows > data/db-0:5432 > Connections.
    private func drawTrail(on grid: inout Grid, y: Int) {
        let titles = crumbs.map { " " + Screen.all[$0.origin].title } + [" " + screen.title + " "]
        let names = crumbs.map(\.name.printable)
        let step = " " + String(glyphs.selection) + " "
        let fixed = titles.reduce(0) { $0 + $1.cells } + 2 * step.cells * crumbs.count + Bar.width(marked)
        // A short name leaves its room to the others.
        var room = max(0, size.width - fixed)
        var shown = names
        for (count, index) in names.indices.sorted(by: { names[$0].cells < names[$1].cells }).enumerated() {
            shown[index] = Header.shortened(names[index], glyphs: glyphs, to: max(4, room / (names.count - count)))
            room -= shown[index].cells
        }
        var trail: [Piece] = []
        for (title, name) in zip(titles, shown) {
            trail += [Piece(title + step, .tab), Piece(name, .accent), Piece(step, .tab)]
        }
        trail.append(Piece(titles[titles.count - 1], .currentTab, importance: 0))
        var bar = Bar(left: trail, right: marked)
        bar.gap = 0
        bar.draw(on: &grid, y: y, glyphs: glyphs)
    }

    /// What the selected row's own words mean.
    private func drawNote(on grid: inout Grid, lines: Range<Int>) {
        guard rows.indices.contains(state.position), let note = screen.note?(tables, Int(rows[state.position])) else { return }
        let word = glyphs.text(note.word.printable) + ": "
        let text = Wrapping.lines(word + glyphs.text(note.sentence.printable), width: grid.width - 2)
        for (index, y) in lines.enumerated() where index < text.count {
            let isCut = y == lines.upperBound - 1 && index + 1 < text.count
            grid.put(text[index] + (isCut ? String(glyphs.ellipsis) : ""), x: 1, y: y, style: .notice)
        }
        if let first = lines.first, text.first?.hasPrefix(word.dropLast()) == true {
            grid.put(word.dropLast(), x: 1, y: first, style: .accent)
        }
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
        let places: [Keymap.Place] = helpTop == nil ? [screen.picture?.place ?? .table, .console] : [.help]
        let pieces = Keymap.rows.filter { row in
            guard row.label != nil, places.contains(row.place) else { return false }
            switch row.command {
            case .console(.enter): return screen.opens != nil
            case .console(.requests): return screen.drill != nil && screen.request == nil
            case .console(.latency): return screen.drill != nil
            case .console, .help, .heatMap, .sheet, .prompt: return true
            }
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
