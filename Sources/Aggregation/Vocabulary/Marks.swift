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

    package var names: [String] {
        var names: [String] = []
        if contains(.estimated) { names.append("estimated") }
        if contains(.partial) { names.append("partial") }
        if contains(.unobservable) { names.append("unobservable") }
        return names
    }

    /// The one character drawn behind a number; the gravest mark wins.
    package var symbol: Character? {
        if contains(.unobservable) { return "?" }
        if contains(.partial) { return "*" }
        return contains(.estimated) ? "~" : nil
    }
}
