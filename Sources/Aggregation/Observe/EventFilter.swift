// One filter: what an event must be like as a whole, and what its two ends must be like.

struct EventFilter: Sendable {
    private var tests = EventTests()
    private var source = SideTexts()
    private var destination = SideTexts()
    /// For either end; whole, not flag by flag.
    private var either = SideTexts()
    private var readings: [(source: SideFilter, destination: SideFilter)] = []

    init(_ flags: [(flag: FilterFlag, value: String)]) throws(FilterError) {
        for (first, second) in FilterFlag.conflicts
        where flags.contains(where: { $0.flag == first }) && flags.contains(where: { $0.flag == second }) {
            let value = flags.first { $0.flag == second }?.value ?? ""
            throw FilterError(flag: second.rawValue, value: value, expected: "--\(first.rawValue) covers both ends", rival: first.rawValue)
        }
        for (flag, value) in flags { try add(flag, value) }
        readings = [((source + either).filter, destination.filter)]
        if !either.isEmpty { readings.append((source.filter, (destination + either).filter)) }
    }

    func matches(_ observation: Observation) -> Bool {
        tests.matches(observation)
            && readings.contains { $0.source.matches(observation.source) && $0.destination.matches(observation.destination) }
    }

    private mutating func add(_ flag: FilterFlag, _ value: String) throws(FilterError) {
        func wrong(_ expected: String) -> FilterError { FilterError(flag: flag.rawValue, value: value, expected: expected) }
        func pod() throws(FilterError) -> String {
            guard !value.isEmpty, value.count(where: { $0 == "/" }) <= 1 else {
                throw wrong("the beginning of a pod's name, as default/front-")
            }
            return value
        }
        func name(_ what: String) throws(FilterError) -> String {
            guard !value.isEmpty else { throw wrong(what) }
            return value
        }
        func network() throws(FilterError) -> Network {
            guard let network = Network(value) else { throw wrong("an address like 10.0.0.1, or a range like 10.0.0.0/24") }
            return network
        }
        func ports() throws(FilterError) -> ClosedRange<UInt16> {
            guard let ports = EventFilter.ports(value) else { throw wrong("a port like 8080, or a range like 8000-8080") }
            return ports
        }
        func domain() throws(FilterError) -> Pattern {
            guard let pattern = Wildcard.pattern(value) else { throw wrong("a name like api.example.com, or *.example.com") }
            return pattern
        }
        func workload() throws(FilterError) -> SideFilter.Workload {
            let parts = value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let last = parts.last, !last.isEmpty else { throw wrong("a workload's name, or Pod/name, Unit/name, Process/name") }
            return SideFilter.Workload(kind: parts.count > 1 ? parts[0] : nil, name: last)
        }
        func service() throws(FilterError) -> String {
            guard !value.isEmpty, value.count(where: { $0 == "/" }) <= 1 else {
                throw wrong("the beginning of a Service's name, as shop/cart")
            }
            return value
        }
        func labels() throws(FilterError) -> LabelSelector {
            guard let selector = LabelSelector(value) else {
                throw wrong("a selector of labels like app=web, tier!=db, env in (test,stage), key or !key")
            }
            return selector
        }
        switch flag {
        case .pod: either.pods.append(try pod())
        case .fromPod: source.pods.append(try pod())
        case .toPod: destination.pods.append(try pod())
        case .namespace: either.namespaces.append(try name("a namespace"))
        case .fromNamespace: source.namespaces.append(try name("a namespace"))
        case .toNamespace: destination.namespaces.append(try name("a namespace"))
        case .allNamespaces: either.namespaces.append("")
        case .ip: either.networks.append(try network())
        case .fromIP: source.networks.append(try network())
        case .toIP: destination.networks.append(try network())
        case .port: either.ports.append(try ports())
        case .fromPort: source.ports.append(try ports())
        case .toPort: destination.ports.append(try ports())
        case .workload: either.workloads.append(try workload())
        case .fromWorkload: source.workloads.append(try workload())
        case .toWorkload: destination.workloads.append(try workload())
        case .fqdn: either.domains.append(try domain())
        case .fromFQDN: source.domains.append(try domain())
        case .toFQDN: destination.domains.append(try domain())
        case .service: either.services.append(try service())
        case .fromService: source.services.append(try service())
        case .toService: destination.services.append(try service())
        case .label: either.labels.append(try labels())
        case .fromLabel: source.labels.append(try labels())
        case .toLabel: destination.labels.append(try labels())
        case .type, .verdict, .protocol, .httpStatus, .httpMethod, .httpPath, .httpURL, .dnsQuery, .dropReason, .tcpFlags, .nodeName,
            .trafficDirection, .ipVersion, .reply:
            try tests.add(flag, value)
        }
    }

    static func ports(_ text: String) -> ClosedRange<UInt16>? {
        func port(_ text: Substring) -> UInt16? {
            // The initialiser of integers takes signs.
            text.allSatisfy { $0.isASCII && $0.isNumber } ? UInt16(text) : nil
        }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first.flatMap(port), let last = parts.last.flatMap(port), first <= last else { return nil }
        return first...last
    }
}

extension SideTexts {
    var isEmpty: Bool {
        pods.isEmpty && namespaces.isEmpty && networks.isEmpty && ports.isEmpty && workloads.isEmpty && domains.isEmpty
            && services.isEmpty && labels.isEmpty
    }
}
