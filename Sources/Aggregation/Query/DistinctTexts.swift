// The texts of a column, each once where rows share it, and their places in natural order. Made for one sorting.

struct DistinctTexts {
    private struct Entry {
        let text: String
        let prefix: NaturalOrder.Prefix
        let number: Int32
    }

    private var entries: [Entry] = []
    /// By the field's code for a text; -1 is not seen yet, -2 a missing value.
    private var numbers: [Int32] = []

    private static let unseen: Int32 = -1
    private static let missing: Int32 = -2

    /// The number of a row's text, from 0 in the order of coming; nil where the row has none.
    mutating func number(of field: Field, _ tables: Tables, _ row: Int) -> Int32? {
        guard let code = field.code(tables, row) else { return add(field.value(tables, row)) }
        if code >= numbers.count { numbers += repeatElement(DistinctTexts.unseen, count: code + 1 - numbers.count) }
        if numbers[code] == DistinctTexts.unseen { numbers[code] = add(field.value(tables, row)) ?? DistinctTexts.missing }
        return numbers[code] == DistinctTexts.missing ? nil : numbers[code]
    }

    private mutating func add(_ value: Value) -> Int32? {
        let text: String
        switch value {
        case .text(let value): text = value
        case .boolean(let holds): text = holds.description
        case .list(let list) where !list.isEmpty: text = list.joined(separator: ",")
        case .list, .integer, .number, .time, .missing, .unobservable: return nil
        }
        entries.append(Entry(text: text, prefix: NaturalOrder.Prefix(text), number: Int32(entries.count)))
        return Int32(entries.count - 1)
    }

    /// The place of each text by its number, the same for the same text; `descending` is from A to Z, as tables are first shown.
    func places(descending: Bool) -> [Int32] {
        func precedes(_ left: Entry, _ right: Entry) -> Bool {
            (NaturalOrder.Prefix.compare(left.prefix, right.prefix) ?? NaturalOrder.compare(left.text, right.text)) < 0
        }
        let sorted = entries.sorted(by: precedes)
        var places = [Int32](repeating: 0, count: entries.count)
        var place: Int32 = 0
        for (index, entry) in sorted.enumerated() {
            if index > 0, precedes(sorted[index - 1], entry) { place += 1 }
            places[Int(entry.number)] = descending ? place : -place
        }
        return places
    }
}
