// How many series a workload may have, by its class: critical ones many, development's few. Which class it is follows from its
// namespace or its labels; what no class names is `standard`. A plain value.

package struct CardinalityClass: Sendable, Equatable {
    /// Every limit of a configuration's classes.
    package enum Bounds {
        package static let classes = 16
        package static let selectors = 64
        package static let series = 1...1_000_000
        package static let name = 64
    }

    package var name: String
    /// The most series.
    package var series: Int
    /// Namespaces; `*` stands for any letters, `?` for one.
    package var namespaces: [String]
    /// "key=value", as a pod's labels are.
    package var labels: [String]

    package init(name: String, series: Int, namespaces: [String] = [], labels: [String] = []) {
        self.name = name
        self.series = series
        self.namespaces = namespaces
        self.labels = labels
    }

    package static let shipped = [
        CardinalityClass(name: "critical", series: 100_000), CardinalityClass(name: standard, series: 25_000),
        CardinalityClass(name: "batch", series: 10_000), CardinalityClass(name: "development", series: 5_000),
    ]

    package static let standard = "standard"

    package func holds(namespace: String?, labels present: [String]) -> Bool {
        if let namespace, namespaces.contains(where: { Self.matches(namespace, $0) }) { return true }
        return labels.contains(where: present.contains)
    }

    /// The first of `classes` that names it, else `standard`, of whose limit there is always one.
    package static func of(namespace: String?, labels: [String], in classes: [CardinalityClass]) -> CardinalityClass {
        classes.first { $0.holds(namespace: namespace, labels: labels) } ?? classes.first { $0.name == standard } ?? shipped[1]
    }

    /// Whether the whole text is what the pattern says. In steps of text times pattern at most.
    package static func matches(_ text: String, _ pattern: String) -> Bool {
        let (text, pattern) = (Array(text.unicodeScalars), Array(pattern.unicodeScalars))
        var (place, part) = (0, 0)
        // Behind the last star, and where its letters began to be tried.
        var star: (part: Int, place: Int)?
        while place < text.count {
            if part < pattern.count, pattern[part] == "*" {
                part += 1
                star = (part, place)
            } else if part < pattern.count, pattern[part] == "?" || pattern[part] == text[place] {
                (place, part) = (place + 1, part + 1)
            } else if let last = star {
                star = (last.part, last.place + 1)
                (place, part) = (last.place + 1, last.part)
            } else {
                return false
            }
        }
        return pattern[part...].allSatisfy { $0 == "*" }
    }
}
