// Regular expressions in RE2's manner, for `~`: all states of the automaton advance together (Thompson 1968, Pike), so a
// text costs its length times the pattern's and no more.
//
// Why not Swift's own Regex: it backtracks. `(a|a)*b` takes 0.4 s on 18 letters and doubles with each one more, and here the
// pattern is checked at every key that is typed, the text is chosen by whoever names a pod, and a key is answered within one
// frame. Regex is also not Sendable and does not say where a pattern is wrong. docs/decisions/regular-expressions.md.

struct Pattern: Sendable {
    /// Where and how a pattern is wrong; the offset counts Characters of the pattern.
    typealias Flaw = QueryError

    enum Limits {
        /// States of the automaton; a counted repetition multiplies them.
        static let instructions = 512
        static let repetitions = 255
    }

    enum Instruction: Sendable {
        case scalar(ScalarSet)
        case assertion(Assertion)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    enum Assertion: Sendable, Equatable {
        case start, end, wordBoundary, noWordBoundary
    }

    let source: String
    private let program: [Instruction]
    /// It begins with `^`, and nothing leads around that.
    private let isAnchored: Bool
    /// Which ASCII scalars each instruction takes: most texts have no others.
    private let ascii: [ASCIISet]

    init(_ source: String) throws(Flaw) {
        self.source = source
        var parser = PatternParser(source)
        let node = try parser.pattern()
        var compiler = PatternCompiler(ignoresCase: parser.ignoresCase)
        try compiler.compile(node)
        program = compiler.program
        ascii = program.map { if case .scalar(let set) = $0 { ASCIISet(set) } else { ASCIISet() } }
        isAnchored = if case .assertion(.start) = program.first { true } else { false }
    }

    /// Whether the pattern is found anywhere in the text. Matches Unicode scalars.
    func matches(_ text: String) -> Bool {
        var room = Room(self)
        return matches(text, &room)
    }

    /// The same for many texts, each in the room of the one before.
    func matches(_ text: String, _ room: inout Room) -> Bool {
        room.clear()
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            for byte in text.utf8 { room.scalars.append(UInt32(byte)) }
        } else {
            for scalar in text.unicodeScalars { room.scalars.append(scalar.value) }
        }
        return search(room.scalars, &room.current, &room.next, &room.pending)
    }

    private func search(_ scalars: [UInt32], _ current: inout States, _ next: inout States, _ pending: inout [Int]) -> Bool {
        for position in 0...scalars.count {
            // It may begin here too, unless it begins with the text.
            if position == 0 || !isAnchored {
                if enter(0, &current, &pending, scalars, position) { return true }
            } else if current.list.isEmpty {
                return false
            }
            guard position < scalars.count else { return false }
            for state in current.list {
                guard takes(state, scalars[position]) else { continue }
                if enter(state + 1, &next, &pending, scalars, position + 1) { return true }
            }
            swap(&current, &next)
            next.clear()
        }
        return false
    }

    @inline(__always)
    private func takes(_ state: Int, _ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return ascii[state].contains(scalar) }
        guard case .scalar(let set) = program[state] else { return false }
        return set.contains(scalar)
    }

    /// Adds a state and all that it leads to without reading; true where that is the end of the pattern. `pending` is
    /// room to work in.
    private func enter(
        _ state: Int, _ states: inout States, _ pending: inout [Int], _ scalars: [UInt32], _ position: Int
    ) -> Bool {
        pending.removeAll(keepingCapacity: true)
        var next: Int? = state
        while let state = next ?? pending.popLast() {
            next = nil
            guard states.insert(state) else { continue }
            switch program[state] {
            case .scalar: break
            case .assertion(let assertion): if assertion.holds(scalars, position) { next = state + 1 }
            case .split(let first, let second):
                next = first
                pending.append(second)
            case .jump(let target): next = target
            case .match: return true
            }
        }
        return false
    }

    /// What a search works in; made once for many texts.
    struct Room: Sendable {
        fileprivate var scalars: [UInt32] = []
        fileprivate var current: States
        fileprivate var next: States
        fileprivate var pending: [Int] = []

        init(_ pattern: Pattern) {
            current = States(pattern.program.count)
            next = current
        }

        fileprivate mutating func clear() {
            scalars.removeAll(keepingCapacity: true)
            current.clear()
            next.clear()
        }
    }

    /// A set of states that remembers their order and is emptied at once.
    fileprivate struct States: Sendable {
        private(set) var list: [Int] = []
        private var generations: [UInt32]
        private var generation: UInt32 = 1

        init(_ count: Int) { generations = Array(repeating: 0, count: count) }

        mutating func insert(_ state: Int) -> Bool {
            guard generations[state] != generation else { return false }
            generations[state] = generation
            list.append(state)
            return true
        }

        mutating func clear() {
            list.removeAll(keepingCapacity: true)
            generation &+= 1
        }
    }
}

extension Pattern.Assertion {
    fileprivate func holds(_ scalars: [UInt32], _ position: Int) -> Bool {
        switch self {
        case .start: return position == 0
        case .end: return position == scalars.count
        case .wordBoundary, .noWordBoundary:
            let before = position > 0 && ScalarSet.word.contains(scalars[position - 1])
            let after = position < scalars.count && ScalarSet.word.contains(scalars[position])
            return (before != after) == (self == .wordBoundary)
        }
    }
}

/// Of a set of scalars the first 128, a bit each.
private struct ASCIISet {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    init(_ set: ScalarSet) {
        for scalar: UInt32 in 0..<64 {
            if set.contains(scalar) { low |= 1 << UInt64(scalar) }
            if set.contains(scalar + 64) { high |= 1 << UInt64(scalar) }
        }
    }

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool { (scalar < 64 ? low : high) >> UInt64(scalar & 63) & 1 != 0 }
}

/// Some Unicode scalars: ranges, perhaps all but these.
struct ScalarSet: Sendable, Equatable {
    var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false
    var ignoresCase = false

    static let digit = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a])
    static let space = ScalarSet(ranges: [0x09...0x0d, 0x20...0x20])
    static let any = ScalarSet(isInverted: true)

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        var isIn = has(scalar)
        if ignoresCase, !isIn { isIn = ScalarSet.otherCases(of: scalar).contains(where: has) }
        return isIn != isInverted
    }

    private func has(_ scalar: UInt32) -> Bool {
        for range in ranges where range.contains(scalar) { return true }
        return false
    }

    /// All but these, as ranges.
    var complement: [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var start: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > start { gaps.append(start...range.lowerBound - 1) }
            start = max(start, range.upperBound + 1)
        }
        if start <= 0x10ffff { gaps.append(start...0x10ffff) }
        return gaps
    }

    private static func otherCases(of scalar: UInt32) -> [UInt32] {
        if scalar < 0x80 {
            let letter = scalar | 0x20
            return (0x61...0x7a).contains(letter) ? [scalar ^ 0x20] : []
        }
        guard let properties = Unicode.Scalar(scalar)?.properties else { return [] }
        return [properties.lowercaseMapping, properties.uppercaseMapping]
            .compactMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first?.value : nil }
    }
}
