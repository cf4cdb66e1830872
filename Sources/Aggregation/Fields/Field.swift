// One field of a table: the single definition from which its column, JSON key, sort key, query word and help come.
// A field reads row `index` of its table; it never keeps anything.

package struct Field: Sendable {
    /// What a number measures; decides how it is drawn, and which units a query accepts.
    package enum Unit: Sendable, CaseIterable {
        /// `none` is an id or a port, `scalar` a quantity without a unit.
        case none, scalar, count, bytes, bytesPerSecond, perSecond, nanoseconds, ratio
    }

    package enum Kind: Sendable, Equatable {
        case text, list, time, boolean
        /// A text that is a number in some protocols and a word in others, as a status is: "404", "NXDOMAIN". A query compares it
        /// as text, and in order (`status>=500`) where it is a number.
        case code
        case number(Unit)
    }

    /// How the field stands on a screen.
    package struct Column: Sendable {
        package var title: String
        /// Cells; text columns may be given more, up to `maximum`.
        package var minimum: Int
        package var maximum: Int
        /// 1 is always there; a higher one leaves first when the terminal is narrow.
        package var importance: Int

        package init(_ title: String, minimum: Int, maximum: Int? = nil, importance: Int) {
            self.title = title
            self.minimum = minimum
            self.maximum = maximum ?? minimum
            self.importance = importance
        }
    }

    /// The query word and sort key: `rtt`.
    package let word: String
    /// The JSON key, with its unit: `rtt_ns`.
    package let key: String
    package let kind: Kind
    /// One sentence for the help: what it means, and how it is measured.
    package let explanation: String
    /// Nil where it is no column.
    package var column: Column?
    /// Marks of the row that concern this field; they are drawn behind its number.
    package let marks: Marks
    /// Words of the columns that show it together where it is no column itself: bytes both ways stand in TX/s and RX/s.
    package var shownIn: [String] = []
    /// In rules: the word of the field that is meant, the same of the last 10 to 20 seconds.
    package var recent: String? = nil
    /// A histogram since podglass started, which neither rises fast nor falls, and has no recent counterpart: not for rules.
    package var isOfAllTime = false
    package let value: @Sendable (_ tables: Tables, _ row: Int) -> Value
    /// Of a text that many rows share: a small number, the same for rows with the same value, so that twenty thousand rows of
    /// two hundred pods ask for two hundred texts. Nil where the row's value is its own.
    let code: @Sendable (_ tables: Tables, _ row: Int) -> Int?
}

extension Field {
    /// The same with a column that may become narrower, for a table with many of them.
    func narrowed(to minimum: Int) -> Field {
        var field = self
        if let column = field.column, column.maximum > column.minimum { field.column?.minimum = min(column.minimum, minimum) }
        return field
    }

    /// The same with what a rule is to read in its place.
    func inRules(_ recent: String?) -> Field {
        var field = self
        field.recent = recent
        field.isOfAllTime = recent == nil
        return field
    }

    package var isNumber: Bool { if case .number = kind { true } else { kind == .time } }
    /// Whether a person can sort by it and see why: it is a column, or stands in some.
    package var isSortable: Bool { column != nil || !shownIn.isEmpty }
    package var unit: Unit { if case .number(let unit) = kind { unit } else { .none } }
}
