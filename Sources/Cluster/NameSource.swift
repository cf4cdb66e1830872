// A source of names: it looks, watches, tries again, and writes into the book until it is cancelled. It never throws: what
// went wrong is in its report.

import Aggregation

package protocol NameSource: Sendable {
    /// As `doctor` calls it: "container runtime", "kubelet", "API server".
    var name: String { get }

    /// Runs until its task is cancelled.
    func run(_ book: NameBook) async
}
