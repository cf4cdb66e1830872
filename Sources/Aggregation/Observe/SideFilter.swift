// What an endpoint must be like: each list is an OR, all lists are an AND, an empty one asks nothing.

struct SideFilter: Sendable {
    /// A pod or a Service.
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
    var services: [Pod] = []
    var labels: [LabelSelector] = []

    func matches(_ endpoint: Observation.Endpoint) -> Bool {
        (pods.isEmpty || pods.contains { $0.matches(endpoint) })
            && (networks.isEmpty || networks.contains { $0.contains(endpoint.address) })
            && (ports.isEmpty || ports.contains { $0.contains(endpoint.port) })
            && (workloads.isEmpty || workloads.contains { $0.matches(endpoint) })
            && (domains.isEmpty || domains.contains { domain in endpoint.name.map { domain.matches(Wildcard.normal($0)) } ?? false })
            && (services.isEmpty || services.contains { $0.matches(service: endpoint.service) })
            && (labels.isEmpty || labels.contains { $0.matches(endpoint.labels) })
    }
}

extension SideFilter.Pod {
    func matches(_ endpoint: Observation.Endpoint) -> Bool {
        // "/": every namespace, and what is in none.
        if namespace == nil, prefix.isEmpty { return true }
        // A namespace alone: its Services, too.
        if prefix.isEmpty, endpoint.service != nil { return endpoint.namespace == namespace }
        guard let pod = endpoint.pod else { return false }
        return (namespace == nil || endpoint.namespace == namespace) && pod.hasPrefix(prefix)
    }

    func matches(service: ClusterObject?) -> Bool {
        guard let service else { return false }
        return (namespace == nil || service.namespace == namespace) && service.name.hasPrefix(prefix)
    }
}

extension SideFilter.Workload {
    func matches(_ endpoint: Observation.Endpoint) -> Bool {
        [endpoint.workload, endpoint.ownWorkload].contains { $0.map { $0.name == name && (kind == nil || $0.kind == kind) } ?? false }
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
    var services: [String] = []
    var labels: [LabelSelector] = []

    static func + (left: SideTexts, right: SideTexts) -> SideTexts {
        SideTexts(
            pods: left.pods + right.pods, namespaces: left.namespaces + right.namespaces, networks: left.networks + right.networks,
            ports: left.ports + right.ports, workloads: left.workloads + right.workloads, domains: left.domains + right.domains,
            services: left.services + right.services, labels: left.labels + right.labels)
    }

    /// A pod without a namespace is looked for in those that were asked for, else in "default"; as Hubble does.
    var filter: SideFilter {
        // Namespaces alone: whatever is in them, unless Services were asked for in them.
        let wanted = pods.isEmpty && services.isEmpty && !namespaces.isEmpty ? [""] : pods
        return SideFilter(
            pods: named(wanted), networks: networks, ports: ports, workloads: workloads, domains: domains, services: named(services),
            labels: labels)
    }

    private func named(_ texts: [String]) -> [SideFilter.Pod] {
        texts.flatMap { text -> [SideFilter.Pod] in
            if let slash = text.firstIndex(of: "/") {
                let namespace = String(text[..<slash])
                return [SideFilter.Pod(namespace: namespace.isEmpty ? nil : namespace, prefix: String(text[text.index(after: slash)...]))]
            }
            return (namespaces.isEmpty ? ["default"] : namespaces).map { SideFilter.Pod(namespace: $0.isEmpty ? nil : $0, prefix: text) }
        }
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
