// Which route a target had: most requests ask for what was asked for before, and a look-up is a tenth of a template. Two
// generations of `targets` each; when the younger is full, the older is forgotten.

struct RouteCache: Sendable {
    struct Key: Hashable, Sendable {
        var workload: WorkloadIndex
        var application: RequestProtocol
        var isRefused: Bool
        var isCut: Bool
        var target: String
    }

    static let targets = 2_048

    private var young: [Key: NameIndex] = [:]
    private var old: [Key: NameIndex] = [:]

    subscript(key: Key) -> NameIndex? {
        mutating get {
            if let route = young[key] { return route }
            guard let route = old[key] else { return nil }
            self[key] = route
            return route
        }
        set {
            if young.count >= RouteCache.targets { (old, young) = (young, [:]) }
            young[key] = newValue
        }
    }

    mutating func removeAll() { (young, old) = ([:], [:]) }
}
