// A pattern's automaton with its sets of states made into single ones as texts ask for them (the lazy DFA of Thompson's
// grep and of RE2): then a letter costs one look into a table, and twenty thousand addresses are asked within a frame.
// For ASCII texts of two letters and more, and patterns without word boundaries; the rest is left to `Pattern.search`, and so
// is what would need more states than the limit: 80 KB of tables.

struct PatternMachine: Sendable {
    private static let limit = 128
    private static let letters = 128
    private static let unknown: Int16 = -1
    private static let found: Int16 = -2

    /// The automaton's states that each of these stands for.
    private var sets: [[Int]] = []
    private var numbers: [[Int]: Int16] = [:]
    /// Where a letter leads, in the middle of a text; and whether it is found with that letter as the last: 1 or 0.
    private var next: [Int16] = []
    private var last: [Int16] = []
    private var start = PatternMachine.unknown

    init() {}

    /// Nil where it cannot say.
    static func matches(_ text: String, _ pattern: Pattern, _ room: inout Pattern.Room) -> Bool? {
        let bytes = text.utf8.span
        guard bytes.count >= 2, !pattern.asksAround else { return nil }
        if room.machine.start == unknown {
            let set = pattern.states(after: [], nil, at: .start, &room)
            room.machine.start = set.map { room.machine.number(of: $0) } ?? found
        }
        var state = room.machine.start
        for index in 0..<bytes.count {
            if state == found { return true }
            let letter = Int(bytes[index])
            guard letter < letters else { return nil }
            let entry = Int(state) * letters + letter
            if index == bytes.count - 1 {
                if room.machine.last[entry] == unknown {
                    let set = pattern.states(after: room.machine.sets[Int(state)], UInt32(letter), at: .end, &room)
                    room.machine.last[entry] = set == nil ? 1 : 0
                }
                return room.machine.last[entry] == 1
            }
            if room.machine.next[entry] == unknown {
                let set = pattern.states(after: room.machine.sets[Int(state)], UInt32(letter), at: .middle, &room)
                let number = set.map { room.machine.number(of: $0) } ?? found
                guard number != unknown else { return nil }
                room.machine.next[entry] = number
            }
            state = room.machine.next[entry]
        }
        return nil
    }

    /// The state that stands for a set; `unknown` beyond the limit.
    private mutating func number(of set: [Int]) -> Int16 {
        if let number = numbers[set] { return number }
        guard sets.count < PatternMachine.limit else { return PatternMachine.unknown }
        let number = Int16(sets.count)
        sets.append(set)
        numbers[set] = number
        next += repeatElement(PatternMachine.unknown, count: PatternMachine.letters)
        last += repeatElement(PatternMachine.unknown, count: PatternMachine.letters)
        return number
    }
}

extension Pattern {
    /// The same as `matches`, for many texts, each in the room of the one before.
    func matches(_ text: String, _ room: inout Room) -> Bool {
        PatternMachine.matches(text, self, &room) ?? search(text, &room)
    }
}
