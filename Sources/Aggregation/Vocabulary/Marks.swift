// The marks that a number carries when it is not simply exact (product.md, promise 1).

package struct Marks: OptionSet, Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `~`: computed from a sample.
    package static let estimated = Marks(rawValue: 1)
    /// `*`: seen only in part; the connection was older than podglass, or something was missed.
    package static let partial = Marks(rawValue: 2)
    /// `?`: cannot be observed here.
    package static let unobservable = Marks(rawValue: 4)

    /// `~`, of the owner alone and of the peer's: inferred from names and labels, because nobody who knows was asked.
    package static let inferredOwner = Marks(rawValue: 8)
    package static let inferredPeerOwner = Marks(rawValue: 16)

    package var names: [String] {
        var names: [String] = []
        if isEstimated { names.append("estimated") }
        if contains(.partial) { names.append("partial") }
        if contains(.unobservable) { names.append("unobservable") }
        return names
    }

    /// The one character drawn behind a number; the gravest mark wins.
    package var symbol: Character? {
        if contains(.unobservable) { return "?" }
        if contains(.partial) { return "*" }
        return isEstimated ? "~" : nil
    }

    private var isEstimated: Bool { !isDisjoint(with: [.estimated, .inferredOwner, .inferredPeerOwner]) }

    /// Why a field that has one of these is not simply exact, where the mark alone does not say it.
    package var reason: String? {
        isDisjoint(with: [.inferredOwner, .inferredPeerOwner]) ? nil : "inferred from the pod's name and labels"
    }
}
