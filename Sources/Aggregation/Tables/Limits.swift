// Every limit of the tables, and what happens at it. The kernel's own limits stand in bpf/include/records.h.

package enum Limits {
    /// Flows beyond it are folded into the row `~other` of their direction; an ended flow that was idle longest goes first.
    package static let flows = 32_768
    /// Workloads beyond it are folded into `~other`.
    package static let workloads = 4_096
    /// Symptoms (retransmits, drops, resets, failures) beyond it are folded into `~other` of their kind.
    package static let symptoms = 8_192
    /// Connections kept for the Connections table; the rest is counted, not listed.
    package static let connections = 20_000
    /// Closed connections that stay listed, newest first.
    package static let closedConnections = 1_000
    package static let listeners = 4_096
    /// Local addresses that name a peer; the rest stays a bare address.
    package static let addresses = 16_384
    /// Cgroups whose owner is remembered; the longest ended are forgotten first.
    package static let owners = 16_384
    /// Distinct names (containers, drop reasons) kept.
    package static let names = 16_384
    /// One-second buckets a row remembers for its sparkline.
    package static let historySeconds = 300
}
