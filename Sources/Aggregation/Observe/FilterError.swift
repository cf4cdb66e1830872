// Why a filter does not read: the flag, the value, and what was expected. Quotes what the user wrote, so it is escaped where shown.

package struct FilterError: Error, Equatable, Sendable {
    package var flag: String
    package var value: String
    /// What would have been right: "a port like 80, or a range like 8000-8080".
    package var expected: String
    /// Where a pattern is wrong.
    package var place: QueryError?
    /// A flag that it cannot stand beside.
    package var rival: String?

    package init(flag: String, value: String, expected: String, place: QueryError? = nil, rival: String? = nil) {
        self.flag = flag
        self.value = value
        self.expected = expected
        self.place = place
        self.rival = rival
    }

    /// A sentence; for a pattern its text, a caret under the place, and what was expected there.
    package var lines: [String] {
        if let rival { return ["--\(flag) cannot stand beside --\(rival): \(expected)"] }
        if let place { return ["--\(flag) does not read:"] + place.lines(for: value) }
        return ["--\(flag) \"\(value)\": expected \(expected)"]
    }
}
