// Faults: nft rules in a pod's own network namespace. They go with the namespace.

extension Pod {
    /// Replaces this pod's rules: `tcp dport 80 numgen random mod 100 < 5 drop`.
    package func firewall(input: [String] = [], output: [String] = []) throws {
        let chains = [("input", input), ("output", output)].map { hook, rules in
            "chain \(hook) {\ntype filter hook \(hook) priority 0\n\(rules.joined(separator: "\n"))\n}\n"
        }
        // One transaction: there is no moment without rules between the old and the new.
        try tool(["nft", "add table inet lab\ndelete table inet lab\ntable inet lab {\n\(chains.joined())}"])
    }

    /// Loses `percent` of what arrives here.
    package func lose(percent: Int) throws {
        try firewall(input: ["meta l4proto tcp numgen random mod 100 < \(percent) drop"])
    }
}

extension Pod {
    /// Packets that rules with `counter` have matched since they were set.
    package func packetsOfFirewall() throws -> Int {
        let words = try tool(["nft", "list", "table", "inet", "lab"]).split(whereSeparator: \.isWhitespace)
        return words.indices.dropLast().reduce(0) { sum, index in
            words[index] == "packets" ? sum + (Int(words[index + 1]) ?? 0) : sum
        }
    }
}
