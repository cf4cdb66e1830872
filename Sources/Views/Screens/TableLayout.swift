// Which columns of a table are shown, where, and how wide. The most important ones that fit; text columns then grow to
// what their rows need, and the sparkline takes what is left. Scrolled to the right, the first column stays.
// A pure function of the schema, the width and how wide the texts are: a frame with the same rows never shifts.

import Aggregation

struct TableLayout {
    struct Column {
        let field: Field
        let x: Int
        /// Without the cell for the mark.
        let width: Int
        /// The title behind `WHAT`, without the sort arrow.
        let title: String
    }

    /// One cell for the selection and the row's mark.
    static let gutter = 1
    static let gap = 1
    /// Room for its title and ten seconds; more on a wide terminal.
    static func sparkMinimum(_ width: Int) -> Int { width >= 160 ? 32 : 12 }
    static let sparkMaximum = 120
    static let sparkFromWidth = 90

    private(set) var columns: [Column] = []
    /// Columns and width of the sparkline; nil where there is none.
    private(set) var spark: Range<Int>?
    private(set) var hidesLeft = false
    private(set) var hidesRight = false

    init(schema: Schema, columns all: [Field], width: Int, sort: String, offset: Int, longest: (Field) -> Int) {
        let hasSpark = width >= TableLayout.sparkFromWidth && schema.trend(sortedBy: sort) != nil
        // The last cell is the scroll mark's; the one before may be the sort arrow's.
        var room = width - TableLayout.gutter - 1 - (hasSpark ? TableLayout.sparkMinimum(width) + TableLayout.gap : 0)
        let sorted = schema.field(sort).map { Set([$0.word] + $0.shownIn) } ?? []
        let chosen = TableLayout.choose(all, sorted: sorted, offset: offset, room: &room, longest: longest)
        hidesLeft = offset > 0
        hidesRight = offset > 0 ? chosen.last.map { $0 != all.count - 1 } ?? false : chosen.count < all.count
        var widths = chosen.map { all[$0].column?.minimum ?? 0 }
        TableLayout.grow(&widths, fields: chosen.map { all[$0] }, room: &room, longest: longest)
        var x = TableLayout.gutter
        for (index, width) in zip(chosen, widths) {
            let field = all[index]
            columns.append(Column(field: field, x: x, width: width, title: field.column?.title ?? field.word))
            x += width + TableLayout.markCell(field) + TableLayout.gap
        }
        if hasSpark {
            let start = x + TableLayout.gap
            spark = start..<min(width, start + min(TableLayout.sparkMaximum, max(0, room) + TableLayout.sparkMinimum(width)))
        }
    }

    /// The cell behind a number that its mark may need; a field without marks needs none.
    static func markCell(_ field: Field) -> Int { field.isNumber && !field.marks.isEmpty ? 1 : 0 }

    private static func cost(_ field: Field, comfort: Int = 0) -> Int {
        (field.column?.minimum ?? 0) + markCell(field) + gap + comfort
    }

    /// Indices into `all`, in order.
    private static func choose(_ all: [Field], sorted: Set<String>, offset: Int, room: inout Int, longest: (Field) -> Int) -> [Int] {
        if offset > 0 {
            var chosen: [Int] = []
            for index in [0] + Array(min(offset, max(1, all.count - 1))..<max(1, all.count)) where index < all.count {
                guard cost(all[index]) <= room || chosen.isEmpty else { break }
                room -= cost(all[index])
                chosen.append(index)
            }
            return chosen
        }
        // What a row is called comes first, then the columns one sorts by.
        let name = all.firstIndex { $0.column?.importance == 1 }
        func rank(_ index: Int) -> Int { index == name ? 0 : importance(all[index], sorted) }
        let order = all.indices.sorted { left, right in
            let (first, second) = (rank(left), rank(right))
            return first == second ? left < right : first < second
        }
        // Names matter more than the third rank of numbers: what the first rank's texts need is set aside for a while.
        var reserve = 0
        var chosen: [Int] = []
        for index in order {
            if rank(index) > 2, reserve == 0 {
                reserve = chosen.reduce(0) { $0 + wanted(all[$1], longest, rank: 1, limit: 10) }
            }
            guard cost(all[index]) + (rank(index) > 2 ? reserve : 0) <= room || chosen.isEmpty else { break }
            room -= cost(all[index])
            chosen.append(index)
        }
        return chosen.sorted()
    }

    private static func importance(_ field: Field, _ sorted: Set<String>) -> Int {
        sorted.contains(field.word) ? 0 : field.column?.importance ?? .max
    }

    /// How much wider than its minimum a text column of this rank would like to be.
    private static func wanted(_ field: Field, _ longest: (Field) -> Int, rank: Int, limit: Int = .max) -> Int {
        guard let column = field.column, column.importance <= rank, column.maximum > column.minimum else { return 0 }
        return min(limit, max(0, min(column.maximum, longest(field)) - column.minimum))
    }

    /// Gives the text columns what they need, the important ones first, a cell at a time in turns.
    private static func grow(_ widths: inout [Int], fields: [Field], room: inout Int, longest: (Field) -> Int) {
        var needs = fields.map { wanted($0, longest, rank: .max) }
        for rank in 1...9 {
            var changed = true
            while changed, room > 0 {
                changed = false
                for index in fields.indices where needs[index] > 0 && fields[index].column?.importance == rank && room > 0 {
                    widths[index] += 1
                    needs[index] -= 1
                    room -= 1
                    changed = true
                }
            }
        }
    }
}
