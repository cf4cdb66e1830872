// The line somebody types on. While the text has a mistake, the line above it holds the text and this one the caret and
// what was expected there.

import Aggregation

struct PromptLine {
    let prompt: Prompt
    let glyphs: Glyphs

    func draw(on grid: inout Grid, y bottom: Int) {
        let line = prompt.mistake != nil && bottom > 1 ? bottom - 1 : bottom
        grid.fill(x: 0, y: line, width: grid.width)
        // Far text scrolls so that the cursor stays on the line.
        let room = max(1, grid.width - 2)
        var first = 0
        while cells(first..<prompt.cursor) > room, first < prompt.cursor { first += 1 }
        grid.put(prompt.kind.lead, x: 0, y: line, style: .prompt)
        grid.put(glyphs.text(String(prompt.text[first...])), x: 1, y: line, style: .prompt)
        grid.cursor = Grid.Position(x: min(grid.width - 1, 1 + cells(first..<prompt.cursor)), y: line)
        guard let mistake = prompt.mistake, line != bottom else { return }
        grid.fill(x: 0, y: bottom, width: grid.width)
        let offset = max(first, min(prompt.text.count, mistake.offset))
        let caret = min(grid.width - 1, 1 + cells(first..<offset))
        let sentence = glyphs.text(mistake.sentence.printable)
        let width = sentence.cells
        grid.put(glyphs.caret, x: caret, y: bottom, style: .error)
        // Behind the caret where it fits, else before it, else over the line from its start.
        if caret + 2 + width <= grid.width {
            grid.put(sentence, x: caret + 2, y: bottom, style: .error)
        } else if width + 1 <= caret {
            grid.put(sentence, x: caret - width - 1, y: bottom, style: .error)
        } else if caret >= grid.width / 2 {
            grid.putClipped(sentence, x: 0, y: bottom, limit: caret - 1, ellipsis: glyphs.ellipsis, style: .error)
        } else {
            grid.putClipped(
                sentence, x: caret + 2, y: bottom, limit: grid.width - caret - 2, ellipsis: glyphs.ellipsis, style: .error)
        }
    }

    private func cells(_ range: Range<Int>) -> Int {
        prompt.text[range].reduce(0) { $0 + String($1).cells }
    }
}
