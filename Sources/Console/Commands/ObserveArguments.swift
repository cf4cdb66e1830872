// What ArgumentParser does not know: `--not` turns the flag behind it round, and Hubble's flags that can mean nothing here are refused
// with the reason. Works on the arguments before they are parsed; a negated value goes on with a NUL before it, which no argument of
// a command line can hold.

import Aggregation

enum ObserveArguments {
    static let negation: Character = "\0"

    /// The arguments for the parser; those of other commands as they are.
    static func prepare(_ arguments: [String]) throws(Failure) -> [String] {
        guard arguments.first == Observe.name else { return arguments }
        var prepared: [String] = []
        var isNegated = false
        var index = arguments.startIndex
        while index < arguments.endIndex {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                prepared += arguments[(index - 1)...]
                break
            }
            guard argument.hasPrefix("-"), argument.count > 1 else {
                if isNegated { throw wrong("--not stands before a filter, and \"\(argument)\" is none") }
                prepared.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            if name == "--not" {
                if isNegated { throw wrong("--not stands twice before one filter") }
                isNegated = true
                continue
            }
            if let reason = refused[name] { throw wrong("\(name) means nothing here: \(reason)") }
            guard isNegated else {
                prepared.append(shortNumbers[name] ?? argument)
                continue
            }
            isNegated = false
            if let opposite = opposites[name] {
                prepared.append(opposite)
            } else if !negatable.contains(name) {
                throw wrong("--not stands before a filter, and \(name) is none")
            } else if parts.count > 1 {
                prepared.append("\(name)=\(negation)\(parts[1])")
            } else {
                prepared.append(name)
                // A flag whose value is missing is the parser's to refuse.
                if index < arguments.endIndex {
                    prepared.append(String(negation) + arguments[index])
                    index += 1
                }
            }
        }
        if isNegated { throw wrong("--not stands at the end, before no filter") }
        return prepared
    }

    private static func wrong(_ sentence: String) -> Failure { Failure(sentence, status: Failure.wrongUsage) }

    private static let shortNumbers = ["-4": "--ipv4", "-6": "--ipv6"]

    /// Flags without a value, and what they are behind --not.
    private static let opposites = [
        "--ipv4": "--not-ipv4", "-4": "--not-ipv4", "--ipv6": "--not-ipv6", "-6": "--not-ipv6", "--reply": "--not-reply",
    ]

    private static let negatable = Set(
        FilterFlag.allCases.filter { $0 != .reply && $0 != .allNamespaces }.map { "--" + $0.rawValue } + ["-n", "-t", "-l"])

    /// Hubble's flags that podglass cannot serve, and why.
    static let refused: [String: String] = {
        let groups: [(names: [String], reason: String)] = [
            (
                ["--identity", "--from-identity", "--to-identity"],
                "security identities are Cilium's; use --pod, --workload or --ip"
            ),
            (
                ["--cluster", "--from-cluster", "--to-cluster", "--node-label"],
                "podglass observes the one node it runs on; use --node-name on what several nodes recorded"
            ),
            (["--from-all-namespaces", "--to-all-namespaces"], "all namespaces are shown where none is asked for"),
            (["--trace-id", "--ip-trace-id", "--http-header"], "headers of requests and packets are not kept"),
            (["--uuid"], "events have no identifier; use --since and --until"),
            (["--snat-ip"], "translations of addresses are not seen"),
            (["--interface"], "events are those of sockets, not of interfaces"),
            (["--encrypted", "--unencrypted"], "encryption between nodes is not seen"),
            (
                [
                    "--server", "--tls", "--tls-allow-insecure", "--tls-ca-cert-files", "--tls-client-cert-file", "--tls-client-key-file",
                    "--tls-server-name", "--timeout", "--request-timeout", "--basic-auth-username", "--basic-auth-password",
                    "--port-forward",
                    "--auto-port-forward", "-P", "--port-forward-port", "--kubeconfig", "--kube-context", "--kube-namespace",
                ], "there is no server to ask; podglass observes this node itself, or a recording with --input-file"
            ),
            (
                ["--allowlist", "--denylist", "--print-raw-filters", "--cel-expression"],
                "filters are the flags alone; podglass top takes a query"
            ),
            (
                ["--policy-names", "--print-policy-names", "--policy-verdict"],
                "podglass sees no network policy; a firewall's drops are --verdict DROPPED"
            ),
            (["--numeric", "--ip-translation"], "names and addresses are both in -o json"),
            (["--color", "--time-format"], "-o compact has no colours and one form of time; -o json has times in RFC 3339"),
            (["--experimental-field-mask", "--experimental-use-default-field-masks"], "events are whole"),
        ]
        var table: [String: String] = [:]
        for group in groups { for name in group.names { table[name] = group.reason } }
        return table
    }()
}
