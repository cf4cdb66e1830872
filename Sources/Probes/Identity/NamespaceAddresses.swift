// The addresses of a process's network namespace, read from its own files under /proc, without entering it.

import Aggregation

enum NamespaceAddresses {
    /// Addresses that may name a peer: neither loopback nor link-local.
    static func of(process: Int32) -> [Address] {
        let ipv4 = SmallFile.read("/proc/\(process)/net/fib_trie").map(parseFibTrie) ?? []
        let ipv6 = SmallFile.read("/proc/\(process)/net/if_inet6").map(parseIfInet6) ?? []
        return (ipv4 + ipv6).filter { !$0.isLoopback && !$0.isLinkLocal && !$0.isUnspecified }
    }

    /// The addresses followed by "/32 host LOCAL" in fib_trie.
    static func parseFibTrie(_ text: String) -> [Address] {
        var found: Set<Address> = []
        var latest: Address?
        for line in text.split(separator: "\n") {
            if let range = line.firstRange(of: "|-- ") {
                latest = Address(line[range.upperBound...])
            } else if line.contains("/32 host LOCAL"), let latest {
                found.insert(latest)
            }
        }
        return found.sorted()
    }

    /// "fd000000000000000000000000000001 02 40 00 80 eth0": 32 hexadecimal digits first.
    static func parseIfInet6(_ text: String) -> [Address] {
        text.split(separator: "\n").compactMap { line in
            guard let digits = line.split(separator: " ").first, digits.utf8.count == 32,
                let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16)
            else { return nil }
            return Address(high: high, low: low)
        }
    }
}
