// The flags that choose events, by Hubble's names. The command line offers each of them; `EventFilter` says what each means.

package enum FilterFlag: String, Sendable, CaseIterable {
    case pod, fromPod = "from-pod", toPod = "to-pod"
    case namespace, fromNamespace = "from-namespace", toNamespace = "to-namespace"
    case allNamespaces = "all-namespaces"
    case ip, fromIP = "from-ip", toIP = "to-ip"
    case port, fromPort = "from-port", toPort = "to-port"
    case workload, fromWorkload = "from-workload", toWorkload = "to-workload"
    case fqdn, fromFQDN = "from-fqdn", toFQDN = "to-fqdn"
    case service, fromService = "from-service", toService = "to-service"
    case label, fromLabel = "from-label", toLabel = "to-label"
    case type, verdict, `protocol`
    case httpStatus = "http-status", httpMethod = "http-method", httpPath = "http-path", httpURL = "http-url"
    case dnsQuery = "dns-query"
    case dropReason = "drop-reason-desc"
    case tcpFlags = "tcp-flags"
    case nodeName = "node-name"
    case trafficDirection = "traffic-direction"
    case ipVersion = "ip-version"
    case reply

    /// Flags of one kind that Hubble does not let stand together: the one without a side covers both.
    static let conflicts: [(FilterFlag, FilterFlag)] = [
        (.pod, .fromPod), (.pod, .toPod), (.namespace, .fromNamespace), (.namespace, .toNamespace), (.namespace, .allNamespaces),
        (.ip, .fromIP), (.ip, .toIP),
        (.port, .fromPort), (.port, .toPort), (.workload, .fromWorkload), (.workload, .toWorkload), (.fqdn, .fromFQDN), (.fqdn, .toFQDN),
        (.service, .fromService), (.service, .toService), (.label, .fromLabel), (.label, .toLabel),
    ]
}
