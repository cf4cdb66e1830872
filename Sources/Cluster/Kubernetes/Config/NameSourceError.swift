// Why a source of names that was asked for cannot be used, before anything is drawn: one sentence, place, remedy.

import Aggregation

package struct NameSourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// May be shown as it is.
    package let sentence: String

    init(_ sentence: String) { self.sentence = sentence.printable }

    package var description: String { sentence }
}
