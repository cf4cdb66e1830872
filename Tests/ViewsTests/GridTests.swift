// Cells, widths, themes, and that nothing a terminal could obey is ever drawn.

import Testing

@testable import Aggregation
@testable import Views

@Suite struct GridTests {
    @Test func `where there are greys nothing is faint twice, and without colours attributes say it`() {
        for theme in [Theme.dark, .light] {
            #expect(theme.look(.dim).attributes(of: 256) == [])
            #expect(theme.look(.dim).attributes(of: 8) == .dim)
        }
        #expect(Theme.monochrome.look(.dim).attributes(of: 256) == .dim)
    }

    @Test(
        arguments: [("a", 1), ("é", 1), ("\u{301}", 0), ("商", 2), ("한", 2), ("ﾊ", 1), ("Ａ", 2), ("😀", 2), ("█", 1), ("…", 1), ("µ", 1)]
            as [(Unicode.Scalar, Int)])
    func `a scalar takes its cells`(scalar: Unicode.Scalar, width: Int) {
        #expect(scalar.cells == width)
    }

    @Test func `text is clipped at every edge and a wide character never split`() {
        for width in 0...8 {
            for x in 0...9 {
                for limit in 0...8 {
                    var grid = Grid(Size(width, 1))
                    let end = grid.put("a商b購", x: x, y: 0, limit: limit)
                    #expect(end <= max(x, min(width, x + limit)))
                    check(grid)
                }
            }
        }
    }

    @Test func `what overwrites half of a wide character leaves a blank`() {
        for x in 0..<6 {
            for text in ["x", "商", "xy", "x商"] {
                var grid = Grid(Size(6, 1))
                grid.put("商店購", x: 0, y: 0)
                grid.put(text, x: x, y: 0)
                check(grid)
            }
        }
    }

    /// Every wide cell has its second half and no half is alone.
    private func check(_ grid: Grid) {
        for y in 0..<grid.height {
            for x in 0..<grid.width {
                switch grid[x, y].width {
                case 2: #expect(x + 1 < grid.width && grid[x + 1, y].width == 0)
                case 0: #expect(x > 0 && grid[x - 1, y].width == 2)
                default: break
                }
            }
        }
    }

    @Test func `marks combine with what is before them, and at most two`() {
        var grid = Grid(Size(3, 1))
        grid.put("\u{301}e\u{301}\u{302}\u{303}x", x: 0, y: 0)
        #expect(grid.lines[0].unicodeScalars.elementsEqual("e\u{301}\u{302}x".unicodeScalars))
    }

    @Test func `nothing a terminal could obey is drawn, in no screen and no size`() {
        let scalars =
            Array(0...0x1f) + Array(0x7f...0x9f) + [0x61c, 0x200b, 0x200e, 0x200f] + Array(0x2028...0x202e) + Array(0x2060...0x206f)
            + [0xfeff, 0xfff9, 0xe0001, 0xe000]
        let hostile = scalars.compactMap(Unicode.Scalar.init).map { "x\($0)y" }
        for text in hostile {
            var grid = Grid(Size(10, 1))
            grid.put(text, x: 0, y: 0)
            expectHarmless(grid)
        }
        var tables = Fixture.tables()
        let all = hostile.joined()
        for name in [all, String(all.suffix(30)), Fixture.hostile] {
            for index in 0..<tables.workloads.count {
                tables.workloads[index].owner.workload = name
                tables.workloads[index].owner.namespace = name
            }
            for index in tables.names.indices { tables.names[index] = name }
            for index in tables.probes.indices {
                tables.probes[index].sample.name = name
                tables.probes[index].sample.reason = name
            }
            tables.node.name = name
            tables.node.kernel = name
            tables.status.losses = [name: 3]
            for glyphs in [Glyphs.unicode, .ascii] {
                for size in [Size(20, 5), Size(80, 24), Size(250, 45)] {
                    var model = ConsoleModel(size: size, glyphs: glyphs, notice: name)
                    model.receive(tables)
                    for keys in [
                        "1", "\r", "2", "\r", "3", "4", "\r", "\r", "5", "k", "6", "7", "8", "?", "?/\(name.suffix(20))",
                        "\u{1b}:\(name.suffix(20))\r", "\u{1b}",
                    ] {
                        model.type(keys)
                        expectHarmless(model.draw())
                    }
                    model.say(name)
                    expectHarmless(model.draw())
                }
            }
        }
    }

    private func expectHarmless(_ grid: Grid) {
        for cell in Set(grid.cells) where !cell.scalar.isASCII || cell.scalar.value < 0x20 || cell.scalar.value == 0x7f {
            switch cell.scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                Issue.record("U+\(String(cell.scalar.value, radix: 16)) in a grid")
            default: break
            }
        }
    }

    @Test func `in ASCII every cell is ASCII`() {
        for keys in ["1", "2", "3", "4", "5", "5hk", "6", "7", "8", ":listeners\r", ":exchanges\r", ":exchanges\r\r", "?"] {
            let grid = GoldenTests.model(Size(200, 60), glyphs: .ascii, keys: keys).draw()
            #expect(grid.cells.allSatisfy { $0.scalar.isASCII && $0.combining == 0 })
        }
    }

    @Test func `monochrome uses attributes and no colour`() {
        for style in Style.allCases {
            let look = Theme.monochrome.look(style)
            #expect(look.foreground.value(of: 256) == -1 && look.background.value(of: 256) == -1)
        }
        for style in [Style.selected, .currentTab, .paused, .error] {
            #expect(Theme.monochrome.look(style).attributes.contains(.reverse))
        }
        #expect(!Theme.monochrome.look(.bad).attributes.isEmpty)
    }

    @Test func `colours come down to what the terminal has`() {
        for theme in Theme.all {
            for style in Style.allCases {
                for colour in [theme.look(style).foreground, theme.look(style).background] {
                    #expect((-1..<8).contains(colour.value(of: 8)))
                    #expect((-1..<16).contains(colour.value(of: 16)))
                    #expect((-1..<256).contains(colour.value(of: 256)))
                    #expect((-1...0xff_ffff).contains(colour.value(of: 1 << 24)))
                    #expect(colour.value(of: 0) == -1)
                }
            }
        }
    }

    @Test func `style letters are all different`() {
        #expect(Set(Style.allCases.map(\.letter)).count == Style.allCases.count)
    }

    @Test func `a bar is empty for zero alone and full for the largest`() {
        for glyphs in [Glyphs.unicode, .ascii] {
            #expect(glyphs.bar(0, of: 10) == " ")
            #expect(glyphs.bar(0.0001, of: 10) == glyphs.spark[1])
            #expect(glyphs.bar(10, of: 10) == glyphs.spark.last)
            #expect(glyphs.bar(.nan, of: 10) == " ")
        }
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("a\u{1b}]", "YRtd")])
    func `the clipboard's text is base64, so it cannot end its sequence`(text: String, encoded: String) {
        #expect(String(decoding: OSC52.base64(Array(text.utf8)), as: UTF8.self) == encoded)
    }

    @Test func `every terminal error is one sentence with a remedy`() {
        for error in [TerminalError.noTerminal, .unset, .unknown("x\u{1b}"), .dumb("dumb"), .failed("x")] {
            #expect(error.message.contains(";"))
            #expect(error.message == error.message.printable)
        }
    }
}
