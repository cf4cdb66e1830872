// One anomaly as the tables hold it: what, where, since when, how far from which baseline, found by which layer. It says nothing in
// words: sentences are made when they are read (Tables+AnomalySentence.swift).

package struct AnomalyRow: Sendable {
    package enum What: Sendable, Hashable {
        case measure(Measure)
        /// A rule, by its name; an index of `Tables.names`.
        case rule(NameIndex)
        /// A measure that grows slowly, for long.
        case drift(Measure)
        /// Something that its workload never did before.
        case novelty(Novelty)
    }

    /// Who found it.
    package struct Layers: OptionSet, Sendable, Hashable, BitwiseCopyable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let rule = Layers(rawValue: 1)
        package static let baseline = Layers(rawValue: 2)
        package static let model = Layers(rawValue: 4)

        package var names: [String] {
            [(Layers.rule, "rule"), (.baseline, "baseline"), (.model, "model")].filter { contains($0.0) }.map(\.1)
        }
    }

    package var serial: UInt64
    package var subject: AnomalySubject
    package var what: What
    /// Whose it is: -1 where neither end is on this node.
    package var workload: WorkloadIndex
    package var container: NameIndex = -1
    /// The flow, where it is about one.
    package var flow: FlowKey?
    package var severity: Severity
    package var layers: Layers
    /// CLOCK_MONOTONIC: when its first odd sample was counted, when the last, and when all was as usual again; 0 while it goes on.
    package var since: UInt64
    package var last: UInt64
    package var ended: UInt64 = 0
    /// The value furthest from what was usual, and what was usual before it began; in the measure's unit.
    package var value: Double
    package var expected: Double
    package var low: Double
    package var high: Double
    package var unit: Field.Unit
    /// What it was computed from.
    package var samples: UInt64
    /// Of the detector: comparable among all series.
    package var score: Double
    package var points: UInt32 = 0
    package var shape = Judgement.Shape.none
    /// Of the anomalies that belong together, the smallest serial; its own where it is alone.
    package var group: UInt64 = 0
    /// How many others belong to it.
    package var companions: UInt32 = 0
    package var isOrigin = true
    /// What stands first: the gravest group, in it the origin.
    package var urgency: Double = 0
    /// A rule's own words; an index of `Tables.names`.
    package var advice: NameIndex = -1
    /// Of a drift: what it grows a minute.
    package var slope = 0.0
    /// Of a novelty: how many others of its workload were left out beside it.
    package var further: UInt32 = 0

    package var isOpen: Bool { ended == 0 }
    package var isNovelty: Bool { if case .novelty = what { true } else { false } }

    /// By how much values in its history are larger than they are.
    package static func historyFactor(_ unit: Field.Unit) -> Double { Trail.factor(of: unit) }

    /// From 0 to 1, to sort by and not a probability: how far from usual, by how many samples.
    package var confidence: Double {
        let distance = score > 0 ? score / (score + 1) : 0
        return distance * Double(samples) / (Double(samples) + 10)
    }
}
