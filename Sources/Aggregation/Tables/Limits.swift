// Every limit of the tables, and what happens at it. The kernel's own limits stand in bpf/include/records.h.
// `Capacities` is the same as a value, so that tests reach a limit with ten rows instead of ten thousand.

package enum Limits {
    /// Flows beyond it are folded into the row `~other` of their direction; those the kernel forgot go first. As many as
    /// the kernel tells apart (LIMIT_FLOWS), so a live node never has more.
    package static let flows = 65_536
    /// Flows without a row whose last counters are kept, so that `~other` grows by what is new; a sample of any more is
    /// counted as refused and not summed, because nobody knows what of it is new. As many as the kernel tells apart, so that a class may
    /// fold them all; one takes less than a row.
    package static let refusedFlows = 65_536
    /// A flow the kernel forgot stays listed so long after its last change, then is folded into `~other`; nanoseconds.
    package static let flowMemory: UInt64 = 900_000_000_000
    /// Symptoms of flows that are not listed any more are summed up so often; nanoseconds.
    package static let symptomSearch: UInt64 = 30_000_000_000
    /// A closed connection stays listed so long; nanoseconds.
    package static let closedMemory: UInt64 = 60_000_000_000
    /// Places and reasons of drops that are told apart: the kernel's LIMIT_SYMPTOMS. A sample of any more is counted as a
    /// refused symptom and not summed.
    package static let drops = 8_192
    /// What a workload consumed is shown for so long after it was read, or for three intervals; nanoseconds.
    package static let usageMemory: UInt64 = 30_000_000_000
    /// Workloads beyond it are folded into `~other`.
    package static let workloads = 4_096
    /// Symptoms (retransmits, drops, resets, failures) beyond it are folded into `~other` of their kind.
    package static let symptoms = 8_192
    /// Connections kept for the Connections table; the rest is counted, not listed.
    package static let connections = 20_000
    /// Closed connections that stay listed, newest first.
    package static let closedConnections = 1_000
    /// Listening sockets; the rest is counted, not listed.
    package static let listeners = 4_096
    /// Programs and maps; podglass has about twenty.
    package static let probes = 256
    /// Pods, Services, endpoints and nodes of the cluster that sources tell of; the rest stays addresses.
    package static let objects = 32_768
    /// The text that all of them carry (names, labels, images), in bytes: some 2 KiB each, four times what pods commonly have. Beyond it
    /// they are refused like those beyond `objects`, and known ones go on without labels and containers.
    package static let objectTextBytes = 67_108_864
    /// Addresses that they have, and how many of one thing count.
    package static let objectAddresses = 65_536
    package static let addressesOfObject = 64
    /// Things that are gone and whose names rows may still show: at twice what was kept last, and at least at so many, those that
    /// no row shows are forgotten.
    package static let retiredObjects = 512
    /// Translations of clients that nobody knows yet, and for how long they wait; nanoseconds.
    package static let waitingTranslations = 1_024
    package static let translationPatience: UInt64 = 30_000_000_000
    /// Services of which connection tracking tells who answers, by workload, and the backends of each; the oldest leave.
    package static let translatedServices = 8_192
    package static let backends = 16
    /// Sources of names; podglass has about six.
    package static let sources = 16
    /// Local addresses that name a peer; the rest stays a bare address.
    package static let addresses = 16_384
    /// Cgroups whose owner is remembered; those that no row belongs to are forgotten first, and beyond it none is learnt. Twice
    /// what Probes remembers, so that a live node's are all known.
    package static let owners = 32_768
    /// Distinct names (containers, drop reasons) kept.
    package static let names = 16_384
    /// Rows of requests, a route each; a route beyond it is counted in the row `~other` of its key.
    package static let requests = 8_192
    /// Of those: rows that gather keys without a place, by protocol, direction and status; beyond it whatever the status.
    package static let requestCatchAlls = 64
    /// Exchanges that wait for the end of their interval, or for their count; as many as the budget of the kernel's samples
    /// gives in sixteen seconds. The requests of any more are booked without them.
    package static let pendingExchanges = 65_536
    /// Routes of one workload; further ones are `~other`.
    package static let routes = 200
    /// Exchanges kept to look at, and of these how many a row keeps: its slowest, and the latest that failed.
    package static let exchanges = 4_096
    package static let slowestExchanges = 8
    package static let failedExchanges = 8
    /// Flows and sides of workloads whose requests are summed; as many as there are keys in the kernel.
    package static let requestFlows = 4_096
    /// Names that DNS gave to addresses, by workload; the oldest leave.
    package static let dnsNames = 16_384
    /// Labels whose different values are counted, over all workloads, and of them those with registers, twice 2 KiB each; further labels
    /// are not counted, and of further large ones only the first 32 values.
    package static let labels = 16_384
    package static let sketches = 4_096
    /// Rows that gather a workload's requests beyond its class by their status; further statuses share one a protocol and direction.
    package static let gatheredStatuses = 8
    /// Names of addresses that nobody talks to any more are looked for so often; nanoseconds.
    package static let nameSearch: UInt64 = 60_000_000_000
    /// Series under watch, and as many subjects; further ones have no baseline.
    package static let series = 16_384
    /// Anomalies that are listed: open ones, and those that are over for a quarter of an hour.
    package static let anomalies = 1_000
    /// Questions for layer 3 in an interval, of doubts and of what is asked to learn: some 20 microseconds each.
    package static let discordQuestions = 256
    /// Workloads of which it is known whom they talk to, pods of one controller together.
    package static let acquaintances = 4_096
    /// New peers that wait for their names, and new statuses of an interval.
    package static let newcomers = 1_024
    /// Questions for an external model, an interval.
    package static let modelQuestions = 64
    /// Entries of the heat map's log, over all its slices.
    package static let latencyEntries = 262_144
    /// Rules that are judged in an interval, shipped ones included; and rows of one rule that are in breach or on their way there.
    /// Rows beyond it are counted in the interval, and not watched.
    package static let rules = 256
    package static let rowsUnderRule = 4_096
    /// One-second buckets a row remembers for its sparkline.
    package static let historySeconds = 300
}

/// The limits of one engine's tables.
package struct Capacities: Sendable {
    package var flows = Limits.flows
    package var refusedFlows = Limits.refusedFlows
    package var drops = Limits.drops
    package var workloads = Limits.workloads
    package var symptoms = Limits.symptoms
    package var connections = Limits.connections
    package var closedConnections = Limits.closedConnections
    package var listeners = Limits.listeners
    package var probes = Limits.probes
    package var addresses = Limits.addresses
    package var objects = Limits.objects
    package var objectTextBytes = Limits.objectTextBytes
    package var objectAddresses = Limits.objectAddresses
    package var owners = Limits.owners
    package var names = Limits.names
    package var requests = Limits.requests
    package var routes = Limits.routes
    package var exchanges = Limits.exchanges
    package var requestFlows = Limits.requestFlows
    package var dnsNames = Limits.dnsNames
    package var labels = Limits.labels
    package var sketches = Limits.sketches
    package var series = Limits.series
    package var anomalies = Limits.anomalies
    package var acquaintances = Limits.acquaintances
    package var discordQuestions = Limits.discordQuestions

    package init() {}
}
