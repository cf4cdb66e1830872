// The filters of `podglass observe` as options, by Hubble's names. Each may be given several times; `--not` before one turns it round.

import Aggregation
import ArgumentParser

/// A filter's value, and whether `--not` stood before it.
struct FilterText: ExpressibleByArgument, Equatable {
    var text: String
    var isNegated: Bool

    init(argument: String) {
        isNegated = argument.first == ObserveArguments.negation
        text = isNegated ? String(argument.dropFirst()) : argument
    }
}

struct ObserveFilters: ParsableArguments {
    @Option(help: ArgumentHelp("Of or for pods whose names begin so; without a namespace, in \"default\".", valueName: "[namespace/]pod"))
    var pod: [FilterText] = []

    @Option(help: ArgumentHelp("From such pods.", valueName: "[namespace/]pod"))
    var fromPod: [FilterText] = []

    @Option(help: ArgumentHelp("To such pods.", valueName: "[namespace/]pod"))
    var toPod: [FilterText] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("Of or for this namespace.", valueName: "namespace"))
    var namespace: [FilterText] = []

    @Option(help: ArgumentHelp("From this namespace.", valueName: "namespace"))
    var fromNamespace: [FilterText] = []

    @Option(help: ArgumentHelp("To this namespace.", valueName: "namespace"))
    var toNamespace: [FilterText] = []

    @Flag(name: [.customShort("A"), .long], help: "All namespaces; with --pod, the pod in any of them.")
    var allNamespaces = false

    @Option(help: ArgumentHelp("Of or for an address or a range: 10.0.0.1, 10.0.0.0/24, fd00::/8.", valueName: "address"))
    var ip: [FilterText] = []

    @Option(help: ArgumentHelp("From such addresses.", valueName: "address"))
    var fromIp: [FilterText] = []

    @Option(help: ArgumentHelp("To such addresses.", valueName: "address"))
    var toIp: [FilterText] = []

    @Flag(name: [.customShort("4"), .customLong("ipv4")], help: "IPv4 only.")
    var ipv4 = false

    @Flag(name: [.customShort("6"), .customLong("ipv6")], help: "IPv6 only.")
    var ipv6 = false

    @Option(help: ArgumentHelp("v4 or v6.", valueName: "version"), completion: .list(["v4", "v6"]))
    var ipVersion: [FilterText] = []

    @Option(help: ArgumentHelp("A port at either end, or a range: 80, 8000-8080.", valueName: "port"))
    var port: [FilterText] = []

    @Option(help: ArgumentHelp("From such ports.", valueName: "port"))
    var fromPort: [FilterText] = []

    @Option(help: ArgumentHelp("To such ports.", valueName: "port"))
    var toPort: [FilterText] = []

    @Option(help: ArgumentHelp("Of or for a workload: a Deployment, pod, unit or process by its name.", valueName: "[kind/]name"))
    var workload: [FilterText] = []

    @Option(help: ArgumentHelp("From such workloads.", valueName: "[kind/]name"))
    var fromWorkload: [FilterText] = []

    @Option(help: ArgumentHelp("To such workloads.", valueName: "[kind/]name"))
    var toWorkload: [FilterText] = []

    @Option(
        help: ArgumentHelp(
            "Of or for Services whose names begin so; without a namespace, in \"default\".", valueName: "[namespace/]service"))
    var service: [FilterText] = []

    @Option(help: ArgumentHelp("From such Services.", valueName: "[namespace/]service"))
    var fromService: [FilterText] = []

    @Option(help: ArgumentHelp("To such Services.", valueName: "[namespace/]service"))
    var toService: [FilterText] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Of or for pods and Services with such labels: app=web, tier!=db, env in (test,stage), key.", valueName: "selector"))
    var label: [FilterText] = []

    @Option(help: ArgumentHelp("From such labels.", valueName: "selector"))
    var fromLabel: [FilterText] = []

    @Option(help: ArgumentHelp("To such labels.", valueName: "selector"))
    var toLabel: [FilterText] = []

    @Option(help: ArgumentHelp("Of or for what DNS called so: api.example.com, *.example.com.", valueName: "name"))
    var fqdn: [FilterText] = []

    @Option(help: ArgumentHelp("From such names.", valueName: "name"))
    var fromFqdn: [FilterText] = []

    @Option(help: ArgumentHelp("To such names.", valueName: "name"))
    var toFqdn: [FilterText] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "l7, drop, trace, anomaly, or an event by its name: http-request, retransmit, connection-closed …", valueName: "type"),
        completion: .list(["l7", "trace", "anomaly"] + Observation.Kind.all.map(\.name)))
    var type: [FilterText] = []

    @Option(
        help: ArgumentHelp("FORWARDED, DROPPED or ERROR.", valueName: "verdict"),
        completion: .list(Observation.Verdict.allCases.map(\.rawValue)))
    var verdict: [FilterText] = []

    @Option(
        name: .customLong("protocol"), help: ArgumentHelp("tcp, udp, http or dns.", valueName: "protocol"),
        completion: .list(["tcp", "udp", "http", "dns"]))
    var protocols: [FilterText] = []

    @Option(help: ArgumentHelp("Responses with this status: 404, 5+ for 5xx.", valueName: "status"))
    var httpStatus: [FilterText] = []

    @Option(
        help: ArgumentHelp("GET, POST …", valueName: "method"),
        completion: .list(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]))
    var httpMethod: [FilterText] = []

    @Option(help: ArgumentHelp("Paths in which this regular expression is found.", valueName: "regex"))
    var httpPath: [FilterText] = []

    @Option(help: ArgumentHelp("The same, for the target with its query string.", valueName: "regex"))
    var httpUrl: [FilterText] = []

    @Option(help: ArgumentHelp("Names asked for in which this regular expression is found.", valueName: "regex"))
    var dnsQuery: [FilterText] = []

    @Option(help: ArgumentHelp("The kernel's reason (NETFILTER_DROP) or Hubble's for it (POLICY_DENIED).", valueName: "reason"))
    var dropReasonDesc: [FilterText] = []

    @Option(help: ArgumentHelp("Packets with these flags: SYN, or SYN,ACK for both.", valueName: "flags"))
    var tcpFlags: [FilterText] = []

    @Option(
        help: ArgumentHelp("Seen by the server's socket (ingress) or the client's (egress).", valueName: "direction"),
        completion: .list(["ingress", "egress"]))
    var trafficDirection: [FilterText] = []

    @Option(help: ArgumentHelp("Seen on this node: node-1, node-*.", valueName: "name"))
    var nodeName: [FilterText] = []

    @Flag(help: "What went from a server to a client.")
    var reply = false

    @Flag(name: .customLong("not-ipv4"), help: .hidden)
    var notIPv4 = false

    @Flag(name: .customLong("not-ipv6"), help: .hidden)
    var notIPv6 = false

    @Flag(name: .customLong("not-reply"), help: .hidden)
    var notReply = false

    @Flag(name: .customLong("not"), help: "Turns the next filter round: --not --port 22.")
    var not = false

    /// Reads the values; a mistake is said with the flag and what was expected.
    func filter() throws(Failure) -> ObservationFilter {
        let texts: [(FilterFlag, [FilterText])] = [
            (.pod, pod), (.fromPod, fromPod), (.toPod, toPod), (.namespace, namespace), (.fromNamespace, fromNamespace),
            (.toNamespace, toNamespace), (.ip, ip), (.fromIP, fromIp), (.toIP, toIp), (.port, port), (.fromPort, fromPort),
            (.toPort, toPort),
            (.workload, workload), (.fromWorkload, fromWorkload), (.toWorkload, toWorkload), (.fqdn, fqdn), (.fromFQDN, fromFqdn),
            (.toFQDN, toFqdn), (.service, service), (.fromService, fromService), (.toService, toService), (.label, label),
            (.fromLabel, fromLabel), (.toLabel, toLabel), (.type, type), (.verdict, verdict), (.protocol, protocols),
            (.httpStatus, httpStatus),
            (.httpMethod, httpMethod), (.httpPath, httpPath), (.httpURL, httpUrl), (.dnsQuery, dnsQuery), (.dropReason, dropReasonDesc),
            (.tcpFlags, tcpFlags), (.nodeName, nodeName), (.trafficDirection, trafficDirection), (.ipVersion, ipVersion),
        ]
        var flags = texts.flatMap { flag, values in values.map { (flag: flag, value: $0.text, isNegated: $0.isNegated) } }
        if allNamespaces { flags.append((.allNamespaces, "", false)) }
        for (isGiven, value, isNegated) in [(ipv4, "v4", false), (ipv6, "v6", false), (notIPv4, "v4", true), (notIPv6, "v6", true)]
        where isGiven {
            flags.append((.ipVersion, value, isNegated))
        }
        if reply { flags.append((.reply, "", false)) }
        if notReply { flags.append((.reply, "", true)) }
        do throws(FilterError) { return try ObservationFilter(flags) } catch {
            throw Failure(error.lines.joined(separator: "\n"), status: Failure.wrongUsage)
        }
    }
}
