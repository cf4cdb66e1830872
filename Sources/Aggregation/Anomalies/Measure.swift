// What is measured of a subject: the catalogue of the series that layer 2 watches. A measure is one case here, its line of traits, and
// the place that makes its points (Engine+Watch.swift).
//
// A detector sees a measure on the scale on which usual deviations are alike at every level: square roots of counts (Anscombe 1948), the
// logarithm of durations and bytes, shares and ratios as they are.

package enum Measure: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case requestRate, errorShare, latencyMedian, latencyTail
    case connectFailures, retransmits, roundTrip
    case processors, memory

    package var name: String { traits.name }

    var traits: MeasureTraits {
        switch self {
        case .requestRate:
            MeasureTraits(name: "request_rate", noun: "load", unit: .perSecond, scale: .root, verb: "changed")
        case .errorShare:
            MeasureTraits(name: "error_share", noun: "share of errors", unit: .ratio, scale: .linear, verb: "failed")
        case .latencyMedian:
            MeasureTraits(name: "latency_p50", noun: "p50", unit: .nanoseconds, scale: .logarithm, verb: "slowed")
        case .latencyTail:
            MeasureTraits(name: "latency_p95", noun: "p95", unit: .nanoseconds, scale: .logarithm, verb: "slowed")
        case .connectFailures:
            MeasureTraits(name: "connect_failure_share", noun: "share of failed connects", unit: .ratio, scale: .linear, verb: "refused")
        case .retransmits:
            MeasureTraits(name: "retransmit_share", noun: "share of retransmits", unit: .ratio, scale: .linear, verb: "lost packets")
        case .roundTrip:
            MeasureTraits(name: "round_trip_time", noun: "RTT", unit: .nanoseconds, scale: .logarithm, verb: "slowed")
        case .processors:
            MeasureTraits(name: "cpu", noun: "CPU", unit: .ratio, scale: .linear, verb: "worked more")
        case .memory:
            MeasureTraits(name: "memory", noun: "memory", unit: .bytes, scale: .logarithm, verb: "grew")
        }
    }

    /// How grave it is that a value is so far from what is expected; nil where it does not matter: too small, or to the good.
    /// `failed` is how many of the samples are the bad ones, where the measure is a share.
    func severity(of value: Double, expected: Double, failed: UInt64) -> Severity? {
        switch self {
        case .requestRate:
            if expected >= 1, value <= 0.1 * expected { return .warning }
            return value >= 2 * expected && value - expected >= 5 || expected >= 5 && value <= 0.4 * expected ? .notice : nil
        case .errorShare:
            guard failed >= 3, value - expected >= 0.05 else { return nil }
            return value >= 0.5 ? .critical : .warning
        case .latencyMedian, .latencyTail:
            // A tail of less is what a busy processor's queue makes of a quick service.
            guard value >= 2 * expected, value - expected >= (self == .latencyTail ? 5e6 : 2e6) else { return nil }
            return value >= 10 * expected && value - expected >= 1e9 ? .critical : .warning
        case .connectFailures:
            guard failed >= 3, value - expected >= 0.2 else { return nil }
            return value >= 0.5 ? .critical : .warning
        case .retransmits:
            return failed >= 5 && value - expected >= 0.01 ? .warning : nil
        case .roundTrip:
            return value >= 2 * expected && value - expected >= 2e6 ? .warning : nil
        case .processors:
            return value >= 1.5 * expected && value - expected >= 0.3 ? .notice : nil
        case .memory:
            return value >= 1.5 * expected && value - expected >= 67_108_864 ? .notice : nil
        }
    }
}

struct MeasureTraits: Sendable {
    /// What a detector sees of a value.
    enum Scale: Sendable {
        case linear, root, logarithm

        func apply(_ value: Double) -> Double {
            switch self {
            case .linear: value
            case .root: max(0, value).squareRoot()
            case .logarithm: Binary.log2(max(1, value))
            }
        }

        /// A deviation that nobody would call one, on this scale; nil where it is a share of the level.
        var least: Double? {
            switch self {
            case .linear, .root: nil
            // A fourteenth.
            case .logarithm: 0.1
            }
        }

        func undo(_ scaled: Double) -> Double {
            switch self {
            case .linear: scaled
            case .root: scaled > 0 ? scaled * scaled : 0
            case .logarithm: Binary.exp2(scaled)
            }
        }
    }

    /// The word in JSON and queries.
    let name: String
    /// As a sentence calls it.
    let noun: String
    let unit: Field.Unit
    let scale: Scale
    /// What a subject did whose value changed: "slowed".
    let verb: String
}
