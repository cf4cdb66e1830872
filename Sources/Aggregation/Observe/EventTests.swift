// What an event as a whole must be like: an OR within each list, an AND of the lists; an empty one asks nothing.

struct EventTests: Sendable {
    typealias Test = @Sendable (Observation) -> Bool

    private var tests: [FilterFlag: [Test]] = [:]

    func matches(_ observation: Observation) -> Bool {
        tests.values.allSatisfy { list in list.contains { $0(observation) } }
    }

    /// For the flags that ask for no side.
    mutating func add(_ flag: FilterFlag, _ value: String) throws(FilterError) {
        tests[flag, default: []].append(try EventTests.test(flag, value))
    }

    private static func test(_ flag: FilterFlag, _ value: String) throws(FilterError) -> Test {
        func wrong(_ expected: String) -> FilterError { FilterError(flag: flag.rawValue, value: value, expected: expected) }
        func pattern() throws(FilterError) -> Pattern {
            do { return try Pattern(value) } catch {
                throw FilterError(flag: flag.rawValue, value: value, expected: error.expected, place: error)
            }
        }
        switch flag {
        case .type:
            guard let test = type(value) else { throw wrong(String.alternatives(types)) }
            return test
        case .verdict:
            guard let verdict = Observation.Verdict(rawValue: value.uppercased()) else {
                throw wrong(
                    String.alternatives(Observation.Verdict.allCases.map(\.rawValue))
                        + ": podglass applies no policy and gives no other verdict")
            }
            return { $0.verdict == verdict }
        case .protocol:
            guard let test = application(value) else { throw wrong("tcp, udp, http or dns: nothing else is seen") }
            return test
        case .httpStatus:
            guard let prefix = status(value) else { throw wrong("a status like 404, or the beginning of one like 5+ or 40+") }
            return { $0.message(.http1)?.status.map { String($0).hasPrefix(prefix) } ?? false }
        case .httpMethod:
            guard !value.isEmpty else { throw wrong("a method like GET") }
            let method = value.uppercased()
            return { $0.message(.http1).map { $0.operationName == method } ?? false }
        case .httpPath:
            let pattern = try pattern()
            return { $0.message(.http1).map { pattern.matches(Redaction.path($0.target)) } ?? false }
        case .httpURL:
            let pattern = try pattern()
            return { $0.message(.http1).map { pattern.matches($0.target) } ?? false }
        case .dnsQuery:
            let pattern = try pattern()
            return { $0.message(.dns).map { pattern.matches(Redaction.domain($0.target)) } ?? false }
        case .dropReason:
            let reason = value.uppercased()
            guard !reason.isEmpty, reason.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
                throw wrong("a drop reason of the kernel like NETFILTER_DROP, or Hubble's for it like POLICY_DENIED")
            }
            return { $0.dropCause.map { $0 == reason || HubbleDropReason($0).name == reason } ?? false }
        case .tcpFlags:
            guard let flags = flags(value) else {
                throw wrong("flags like SYN, or several like SYN,ACK: " + String.alternatives(TCPFlags.all.map(\.name)))
            }
            return { $0.tcpFlags.isSuperset(of: flags) }
        case .nodeName:
            guard let pattern = Wildcard.pattern(value) else { throw wrong("a node's name like node-1, or node-*") }
            return { pattern.matches(Wildcard.normal($0.node)) }
        case .trafficDirection:
            switch value.lowercased() {
            case "ingress": return { $0.seenBy == .inbound }
            case "egress": return { $0.seenBy == .outbound }
            default: throw wrong("ingress or egress")
            }
        case .ipVersion:
            switch value.lowercased() {
            case "4", "v4", "ipv4", "ip4": return { $0.version.isIPv4 }
            case "6", "v6", "ipv6", "ip6": return { !$0.version.isIPv4 }
            default: throw wrong("v4 or v6")
            }
        case .reply: return { $0.isReply }
        case .pod, .fromPod, .toPod, .namespace, .fromNamespace, .toNamespace, .allNamespaces, .ip, .fromIP, .toIP, .port, .fromPort,
            .toPort,
            .workload, .fromWorkload, .toWorkload, .fqdn, .fromFQDN, .toFQDN, .service, .fromService, .toService, .label, .fromLabel,
            .toLabel:
            // Of a side: `EventFilter` keeps them.
            return { _ in true }
        }
    }
}

extension EventTests {
    /// Hubble's types that podglass has events of, and podglass's own names of events.
    static let types =
        ["l7", "drop", "trace", "trace:to-endpoint", "trace:to-stack", anomaly] + Observation.Kind.all.map(\.name).filter { $0 != "drop" }

    /// Every anomaly, whatever happened to it.
    static let anomaly = "anomaly"

    /// Whether a value of --type asks for anomalies.
    static func isAnomalous(_ value: String) -> Bool { value == anomaly || Observation.Kind.anomalies.contains { $0.name == value } }

    private static func type(_ value: String) -> Test? {
        if let kind = Observation.Kind.all.first(where: { $0.name == value }) { return { $0.kind == kind } }
        switch value {
        case "l7": return { $0.hubbleType == .l7 }
        case "trace":
            return { if case .trace = $0.hubbleType { true } else { false } }
        case anomaly: return { $0.anomaly != nil }
        case "trace:to-endpoint": return { $0.hubbleType == .trace(.toEndpoint) }
        case "trace:to-stack": return { $0.hubbleType == .trace(.toStack) }
        default: return nil
        }
    }

    private static func application(_ value: String) -> Test? {
        let name = value.lowercased()
        if let transport = Transport.allCases.first(where: { $0.name == name }) { return { $0.transport == transport } }
        guard RequestProtocol.allCases.contains(where: { $0.family == name || $0.name == name }) else { return nil }
        return { $0.message.map { $0.application.family == name || $0.application.name == name } ?? false }
    }

    /// The digits before the plus, or all three.
    private static func status(_ value: String) -> String? {
        let digits = value.hasSuffix("+") ? value.dropLast() : value[...]
        guard let first = digits.first, "12345".contains(first), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            value.hasSuffix("+") ? digits.count <= 3 : digits.count == 3
        else { return nil }
        return String(digits)
    }

    private static func flags(_ value: String) -> TCPFlags? {
        var flags: TCPFlags = []
        for name in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let flag = TCPFlags.all.first(where: { $0.name == name.uppercased() }) else { return nil }
            flags.insert(flag.flag)
        }
        return flags
    }
}

extension Observation {
    /// The end that tells the version of IP: an anomaly's source may be nobody.
    fileprivate var version: Address { source.hasAddress || anomaly == nil ? source.address : destination.address }

    package var message: Message? { if case .message(let message) = details { message } else { nil } }

    /// The request or response, where it is one of this protocol.
    func message(_ application: RequestProtocol) -> Message? { message.flatMap { $0.application == application ? $0 : nil } }

    var tcpFlags: TCPFlags { if case .packet(_, _, let flags) = details { flags } else { [] } }

    /// The kernel's name for why a packet was dropped; nil for everything else.
    var dropCause: String? {
        guard kind == .drop, case .packet(let cause, _, _) = details else { return nil }
        return cause
    }
}

extension Observation.Message {
    var operationName: String { application.operationName(operation) }
}
