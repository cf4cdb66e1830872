// Turns a regular expression into the program that `Pattern` runs. Counted repetitions are written out, within the limit.

struct PatternCompiler {
    private(set) var program: [Pattern.Instruction] = []
    private let ignoresCase: Bool
    /// Nodes that may still be visited; an empty group repeated many times writes nothing, yet takes time.
    private var budget = 8 * Pattern.Limits.instructions

    init(ignoresCase: Bool) { self.ignoresCase = ignoresCase }

    mutating func compile(_ node: PatternParser.Node) throws(Pattern.Flaw) {
        try emit(node)
        program.append(.match)
    }

    private mutating func emit(_ node: PatternParser.Node) throws(Pattern.Flaw) {
        budget -= 1
        guard budget > 0 else { throw tooLarge }
        switch node {
        case .empty: break
        case .scalar(var set):
            set.ignoresCase = ignoresCase
            try append(.scalar(set))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let parts): try emitAlternatives(parts)
        case .repetition(let inner, let atLeast, let atMost):
            for _ in 0..<atLeast { try emit(inner) }
            guard let atMost else { return try emitLoop(inner) }
            // x{2,4} is x x (x (x)?)?: each further one may end it.
            var exits: [Int] = []
            for _ in atLeast..<atMost {
                exits.append(program.count)
                try append(.split(program.count + 1, 0))
                try emit(inner)
            }
            for exit in exits { program[exit] = .split(exit + 1, program.count) }
        }
    }

    private mutating func emitLoop(_ inner: PatternParser.Node) throws(Pattern.Flaw) {
        let start = program.count
        try append(.split(start + 1, 0))
        try emit(inner)
        try append(.jump(start))
        program[start] = .split(start + 1, program.count)
    }

    private mutating func emitAlternatives(_ parts: [PatternParser.Node]) throws(Pattern.Flaw) {
        var ends: [Int] = []
        for part in parts.dropLast() {
            let start = program.count
            try append(.split(start + 1, 0))
            try emit(part)
            ends.append(program.count)
            try append(.jump(0))
            program[start] = .split(start + 1, program.count)
        }
        if let last = parts.last { try emit(last) }
        for end in ends { program[end] = .jump(program.count) }
    }

    private mutating func append(_ instruction: Pattern.Instruction) throws(Pattern.Flaw) {
        guard program.count < Pattern.Limits.instructions else { throw tooLarge }
        program.append(instruction)
    }

    private var tooLarge: Pattern.Flaw {
        Pattern.Flaw(
            "the regular expression is too large", at: 0,
            expected: "at most \(Pattern.Limits.instructions) characters once its repetitions are written out")
    }
}
