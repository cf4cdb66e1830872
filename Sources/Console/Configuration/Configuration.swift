// What a configuration file says, as values: rules, classes of cardinality, the command of a model. A mistake leaves out the part
// it is in, says so, and the rest is used. docs/rules.md describes the file.

import Aggregation

struct Configuration: Sendable {
    /// The file's size, in bytes; more is refused whole.
    static let fileSize = 1 << 20

    /// The process that is asked for its opinion of series; none is started without it.
    struct Model: Sendable, Equatable {
        static let words = 64
        static let timeouts: ClosedRange<UInt64> = 10_000_000...60_000_000_000

        var command: [String]
        /// How long an answer may take; nanoseconds.
        var timeout: UInt64 = 2_000_000_000
    }

    /// In force: the shipped ones that are not switched off or replaced, then the file's own.
    var rules = ShippedRules.rules
    var classes = CardinalityClass.shipped
    var model: Model?
    /// In the order of their lines.
    var mistakes: [ConfigurationMistake] = []
    /// How many rules of the file are in force, and the shipped ones that it switched off or replaced.
    var ownRules = 0
    var changed: [String] = []

    init() {}

    init(_ bytes: [UInt8]) {
        let (members, mistakes) = TOMLReader.read(bytes)
        var reading = ConfigurationReading(members: members, mistakes: mistakes)
        rules = reading.rules(over: ShippedRules.rules)
        classes = reading.classes(over: CardinalityClass.shipped)
        model = reading.model()
        ownRules = reading.ownRules
        changed = reading.changed
        self.mistakes = reading.finish()
    }
}
