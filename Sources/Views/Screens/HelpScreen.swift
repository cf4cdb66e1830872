// The help: keys from the keymap, what the marks mean, the words of the query language from the fields of the current
// table. Nothing in it is written twice.

import Aggregation

struct HelpScreen {
    let screen: Screen
    let glyphs: Glyphs

    /// All lines for a width, each with its style.
    func lines(width: Int) -> [(text: String, style: Style)] {
        var lines: [(text: String, style: Style)] = [("podglass: keys", .brand)]
        let here = screen.picture?.place ?? .table
        for place in [here] + [.table, .heatMap, .sheet].filter({ $0 != here }) + [Keymap.Place.console, .always, .prompt, .help] {
            lines += [("", .text), (place.title, .column)]
            for row in Keymap.rows where row.place == place {
                lines += HelpScreen.entry(row.names, row.help, width: width, indent: 16)
            }
        }
        lines += [("", .text), ("Marks behind numbers", .column)]
        lines += HelpScreen.entry(
            "~",
            "Estimated from a sample; of requests the route, where there were too many to look at each; of an owner: inferred from names.",
            width: width, indent: 16)
        lines += HelpScreen.entry(
            "*", "Seen only in part: older than podglass, or something was missed.", width: width, indent: 16)
        lines += HelpScreen.entry("?", "Cannot be observed here.", width: width, indent: 16)
        lines += HelpScreen.entry("-", "Not known; a measured zero is 0.", width: width, indent: 16)
        lines += [("", .text), ("Filter", .column)]
        for example in HelpScreen.examples { lines += HelpScreen.entry(example.0, example.1, width: width, indent: 32) }
        lines += [("", .text), ("Fields of \(screen.title): words for the filter and for :sort", .column)]
        for field in screen.schema.fields {
            lines += HelpScreen.entry(field.word, field.explanation, width: width, indent: 16)
        }
        return lines.map { (glyphs.text($0.text), $0.style) }
    }

    private static let examples = [
        ("cart", "Any text column has \"cart\" in it."),
        ("namespace=shop rtt>20ms", "Both hold; a space means and."),
        ("peer~^10\\. or port=443", "~ is a regular expression; !~ does not match."),
        ("label:app=web peerlabel:app", "A label by its key; alone: whether there is one."),
        ("not (tx<1KiB)", "Units: ns us ms s, B KiB MiB GiB, %, /s."),
    ]

    private static func entry(_ name: String, _ text: String, width: Int, indent: Int) -> [(text: String, style: Style)] {
        let pad = String(repeating: " ", count: max(1, indent - 2 - name.cells))
        let wrapped = Wrapping.lines(text, width: max(10, width - indent - 1))
        return wrapped.enumerated().map { index, line in
            (index == 0 ? "  " + name + pad + line : String(repeating: " ", count: indent) + line, .text)
        }
    }

    func draw(on grid: inout Grid, body: Range<Int>, top: Int) {
        let all = lines(width: grid.width)
        for (y, line) in zip(body, all.dropFirst(top)) {
            grid.put(line.text, x: 1, y: y, style: line.style)
        }
        if top + body.count < all.count, let last = body.last {
            grid.put(glyphs.descending, x: grid.width - 1, y: last, style: .accent)
        }
        if top > 0 { grid.put(glyphs.ascending, x: grid.width - 1, y: body.lowerBound, style: .accent) }
    }
}
