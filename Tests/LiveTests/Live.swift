// The parent of everything that needs a real kernel: one at a time, root and BTF, in the network laboratory.
// `make test` says aloud when it is skipped; PODGLASS_NO_LIVE=1 skips it on purpose.

import LabSupport
import Testing

extension Tag {
    @Tag static var live: Self
}

@Suite(
    .serialized, .tags(.live),
    .enabled(if: Requirements.missing == nil, Comment(rawValue: Requirements.missing ?? "everything is here")),
    .timeLimit(.minutes(3 * Patience.factor)))
enum Live {}
