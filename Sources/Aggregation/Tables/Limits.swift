// Every limit of the tables, and what happens at it. The kernel's own limits stand in bpf/include/records.h.

package enum Limits {
    /// Flows beyond it are folded into the row `~other` of their direction; those the kernel forgot go first. As many as
    /// the kernel tells apart (LIMIT_FLOWS), so a live node never has more.
    package static let flows = 65_536
    /// A flow the kernel forgot stays listed so long after its last change, then is folded into `~other`; nanoseconds.
    package static let flowMemory: UInt64 = 900_000_000_000
    /// A closed connection stays listed so long; nanoseconds.
    package static let closedMemory: UInt64 = 60_000_000_000
    /// Places and reasons of drops that are told apart: the kernel's LIMIT_SYMPTOMS.
    package static let drops = 8_192
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
