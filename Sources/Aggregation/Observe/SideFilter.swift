// What an endpoint must be like: each list is an OR, all lists are an AND, an empty one asks nothing.

struct SideFilter: Sendable {
    struct Pod: Sendable, Hashable {
        /// nil for any.
        var namespace: String?
        var prefix: String
    }

    struct Workload: Sendable, Hashable {
        var kind: String?
        var name: String
    }

    var pods: [Pod] = []
    var networks: [Network] = []
    var ports: [ClosedRange<UInt16>] = []
    var workloads: [Workload] = []
    var domains: [Pattern] = []

    func matches(_ endpoint: Observation.Endpoint) -> Bool {
        (pods.isEmpty || pods.contains { $0.matches(endpoint) })
            && (networks.isEmpty || networks.contains { $0.contains(endpoint.address) })
            && (ports.isEmpty || ports.contains { $0.contains(endpoint.port) })
            && (workloads.isEmpty || workloads.contains { $0.matches(endpoint) })
            && (domains.isEmpty || domains.contains { domain in endpoint.name.map { domain.matches(Wildcard.normal($0)) } ?? false })
    }
}

extension SideFilter.Pod {
    func matches(_ endpoint: Observation.Endpoint) -> Bool {
        // "/": every namespace, and what is in none.
        if namespace == nil, prefix.isEmpty { return true }
        guard let owner = endpoint.owner, let pod = owner.pod else { return false }
        return (namespace == nil || owner.namespace == namespace) && pod.hasPrefix(prefix)
    }
}

extension SideFilter.Workload {
    func matches(_ endpoint: Observation.Endpoint) -> Bool {
        guard let owner = endpoint.owner else { return false }
        return owner.workload == name && (kind == nil || owner.kind.hubbleName == kind)
    }
}

extension Owner.Kind {
    /// Kubernetes writes kinds with a capital.
    var hubbleName: String {
        switch self {
        case .pod: "Pod"
        case .container: "Container"
        case .unit: "Unit"
        case .process: "Process"
        case .cgroup: "Cgroup"
        case .other: "Other"
        }
    }
}

/// The side conditions of one direction of asking (--pod …, --from-pod …, --to-pod …) as they were written.
struct SideTexts: Sendable {
    var pods: [String] = []
    var namespaces: [String] = []
    var networks: [Network] = []
    var ports: [ClosedRange<UInt16>] = []
    var workloads: [SideFilter.Workload] = []
    var domains: [Pattern] = []

    static func + (left: SideTexts, right: SideTexts) -> SideTexts {
        SideTexts(
            pods: left.pods + right.pods, namespaces: left.namespaces + right.namespaces, networks: left.networks + right.networks,
            ports: left.ports + right.ports, workloads: left.workloads + right.workloads, domains: left.domains + right.domains)
    }

    /// A pod without a namespace is looked for in those that were asked for, else in "default"; as Hubble does.
    var filter: SideFilter {
        let wanted = pods.isEmpty && !namespaces.isEmpty ? [""] : pods
        let pods = wanted.flatMap { text -> [SideFilter.Pod] in
            if let slash = text.firstIndex(of: "/") {
                let namespace = String(text[..<slash])
                return [SideFilter.Pod(namespace: namespace.isEmpty ? nil : namespace, prefix: String(text[text.index(after: slash)...]))]
            }
            return (namespaces.isEmpty ? ["default"] : namespaces).map { SideFilter.Pod(namespace: $0.isEmpty ? nil : $0, prefix: text) }
        }
        return SideFilter(pods: pods, networks: networks, ports: ports, workloads: workloads, domains: domains)
    }
}

/// Names with `*` for any run of letters, as patterns.
enum Wildcard {
    /// Lower case, without the root's dot.
    static func normal(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    /// nil where the text has letters that no name has.
    static func pattern(_ text: String) -> Pattern? {
        let text = normal(text)
        guard !text.isEmpty,
            text.unicodeScalars.allSatisfy({ $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.*/".unicodeScalars.contains($0)) })
        else { return nil }
        var source = "^"
        for letter in text {
            switch letter {
            case "*": source += ".*"
            case ".": source += "[.]"
            case "-": source += "[-]"
            default: source.append(letter)
            }
        }
        do { return try Pattern(source + "$") } catch { return nil }
    }
}
