// The table of application protocols, one entry each: what their operations and statuses are called and what is an error.
// A new protocol is its parser header in bpf/include and its entry here; every protocol's requests are rows of one table.

/// The order of `enum request_protocol` in bpf/include/records.h.
package enum RequestProtocol: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case http1 = 1
    case dns = 2

    private var facts: ProtocolFacts {
        switch self {
        case .http1: .http1
        case .dns: .dns
        }
    }

    /// The query word and JSON value: "http1".
    package var name: String { facts.name }
    /// "GET", "AAAA"; a number where nobody named it.
    package func operationName(_ operation: UInt16) -> String { facts.operationName(operation) }
    /// "404", "NXDOMAIN".
    package func statusName(_ status: UInt16) -> String { facts.statusName(status) }
    /// Whether a response with this status is a failure, seen from `direction`'s side.
    package func isError(status: UInt16, on direction: Direction) -> Bool { facts.isError(status, direction) }
    /// Whether its requests have routes at all.
    package var hasRoutes: Bool { facts.hasRoutes }
    /// The template of a request's target: `/api/users/{id}`; nil where the protocol has none.
    package func route(of target: String, isCut: Bool = false) -> String? { facts.route(target, isCut) }
    /// Whether its routes are paths, in which names of things may stand anywhere.
    var learnsRoutes: Bool { facts.learnsRoutes }
    /// Whether the server said that it does not have, or not allow, what was asked for.
    func isRefused(status: UInt16) -> Bool { facts.isRefused(status) }
}

struct ProtocolFacts: Sendable {
    let name: String
    let operationName: @Sendable (UInt16) -> String
    let statusName: @Sendable (UInt16) -> String
    let isError: @Sendable (UInt16, Direction) -> Bool
    var hasRoutes = true
    var learnsRoutes = false
    var isRefused: @Sendable (UInt16) -> Bool = { _ in false }
    /// Of a target, and whether it was cut.
    let route: @Sendable (String, Bool) -> String?
}

extension ProtocolFacts {
    /// The order of `enum http_method` in bpf/include/http1.h.
    static let httpMethods = [
        "?", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY",
        "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "PURGE", "QUERY",
    ]

    /// Errors as OpenTelemetry's semantic conventions define them: 5xx at the server, 4xx and 5xx at the client.
    static let http1 = ProtocolFacts(
        name: "http1",
        operationName: { Int($0) < httpMethods.count ? httpMethods[Int($0)] : "?" },
        statusName: { String($0) },
        isError: { status, direction in status >= (direction == .inbound ? 500 : 400) },
        learnsRoutes: true, isRefused: { (400..<500).contains($0) },
        route: { RouteTemplate.template(of: $0, isCut: $1) })

    /// RFC 1035 and the registry of DNS parameters (IANA).
    static let dns = ProtocolFacts(
        name: "dns",
        operationName: { types[$0] ?? "TYPE\($0)" },
        statusName: { Int($0) < codes.count ? codes[Int($0)] : "RCODE\($0)" },
        // A name that does not exist is an answer.
        isError: { status, _ in status != 0 && status != 3 },
        route: { name, _ in NameTemplate.template(of: name) })

    private static let types: [UInt16: String] = [
        1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR", 43: "DS", 48: "DNSKEY",
        64: "SVCB", 65: "HTTPS", 252: "AXFR", 255: "ANY", 257: "CAA",
    ]
    private static let codes = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
    ]
}
