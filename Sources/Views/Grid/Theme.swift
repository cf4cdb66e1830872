// How each style looks: one table a theme. Colours are indices of the 256-colour palette with one of the first sixteen
// beside it for smaller terminals; a direct-colour terminal gets the palette's RGB. Monochrome has attributes alone.
// Colour never carries a meaning by itself: numbers, marks and words say it too.

package struct Theme: Sendable {
    package struct Attributes: OptionSet, Sendable, Hashable, BitwiseCopyable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let underline = Attributes(rawValue: 4)
        package static let reverse = Attributes(rawValue: 8)
    }

    /// A colour twice: of 256 and of 16; -1 is the terminal's own.
    package struct Colour: Sendable, Hashable, BitwiseCopyable {
        package var palette: Int16
        package var basic: Int16

        static let own = Colour(palette: -1, basic: -1)
    }

    package struct Look: Sendable, Hashable {
        package var foreground: Colour
        package var background: Colour
        package var attributes: Attributes

        init(_ foreground: (Int16, Int16)? = nil, on background: (Int16, Int16)? = nil, _ attributes: Attributes = []) {
            self.foreground = foreground.map { Colour(palette: $0.0, basic: $0.1) } ?? .own
            self.background = background.map { Colour(palette: $0.0, basic: $0.1) } ?? .own
            self.attributes = attributes
        }
    }

    package let name: String
    private let looks: [Look]

    private init(_ name: String, _ look: (Style) -> Look) {
        self.name = name
        looks = Style.allCases.map(look)
    }

    package func look(_ style: Style) -> Look { looks[Int(style.rawValue)] }

    package static let all: [Theme] = [.dark, .light, .monochrome]

    package static let dark = Theme("dark") { style in
        switch style {
        case .text: Look()
        case .dim: Look((245, 7), .dim)
        case .header: Look((250, 7))
        case .brand: Look((80, 6), .bold)
        case .notice: Look((229, 3))
        case .paused: Look((16, 0), on: (220, 3), .bold)
        case .tab: Look((246, 7))
        case .currentTab: Look((16, 0), on: (80, 6), .bold)
        case .column: Look((110, 4), .bold)
        case .sortedColumn: Look((229, 3), [.bold, .underline])
        case .selected: Look((231, 7), on: (24, 4), .bold)
        case .marked: Look((220, 3), .bold)
        case .good: Look((114, 2))
        case .warning: Look((214, 3))
        case .bad: Look((203, 1), .bold)
        case .accent: Look((80, 6))
        case .spark: Look((74, 6))
        case .rule: Look((240, 7), .dim)
        case .key: Look((229, 3), .bold)
        case .keyLabel: Look((246, 7))
        case .prompt: Look((231, 7), .bold)
        case .message: Look((114, 2))
        case .error: Look((203, 1), .bold)
        case .heat1: Look((60, 4))
        case .heat2: Look((67, 4))
        case .heat3: Look((73, 6))
        case .heat4: Look((72, 6))
        case .heat5: Look((114, 2))
        case .heat6: Look((185, 3))
        case .heat7: Look((214, 3))
        case .heat8: Look((203, 1), .bold)
        case .median: Look((231, 7), .bold)
        case .tail: Look((213, 5), .bold)
        }
    }

    package static let light = Theme("light") { style in
        switch style {
        case .text: Look()
        case .dim: Look((242, 0), .dim)
        case .header: Look((238, 0))
        case .brand: Look((24, 4), .bold)
        case .notice: Look((94, 5))
        case .paused: Look((231, 7), on: (130, 1), .bold)
        case .tab: Look((240, 0))
        case .currentTab: Look((231, 7), on: (24, 4), .bold)
        case .column: Look((25, 4), .bold)
        case .sortedColumn: Look((94, 5), [.bold, .underline])
        case .selected: Look((16, 0), on: (153, 6), .bold)
        case .marked: Look((130, 5), .bold)
        case .good: Look((28, 2))
        case .warning: Look((130, 5))
        case .bad: Look((160, 1), .bold)
        case .accent: Look((24, 4))
        case .spark: Look((25, 4))
        case .rule: Look((250, 0), .dim)
        case .key: Look((94, 5), .bold)
        case .keyLabel: Look((240, 0))
        case .prompt: Look((16, 0), .bold)
        case .message: Look((28, 2))
        case .error: Look((160, 1), .bold)
        case .heat1: Look((110, 6))
        case .heat2: Look((74, 6))
        case .heat3: Look((67, 4))
        case .heat4: Look((31, 4))
        case .heat5: Look((25, 4))
        case .heat6: Look((91, 5))
        case .heat7: Look((161, 1))
        case .heat8: Look((124, 1), .bold)
        case .median: Look((16, 0), .bold)
        case .tail: Look((90, 5), .bold)
        }
    }

    package static let monochrome = Theme("monochrome") { style in
        switch style {
        case .text, .header, .tab, .spark, .keyLabel, .accent, .notice, .good, .message: Look()
        case .heat3, .heat4, .heat5, .heat6: Look()
        case .dim, .rule, .heat1, .heat2: Look(nil, .dim)
        case .brand, .column, .key, .prompt, .marked, .warning, .heat7, .heat8, .median, .tail: Look(nil, .bold)
        case .sortedColumn, .bad: Look(nil, [.bold, .underline])
        case .paused, .currentTab, .selected: Look(nil, .reverse)
        case .error: Look(nil, [.bold, .reverse])
        }
    }
}
