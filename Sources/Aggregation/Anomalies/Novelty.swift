// What a workload did for the first time: a peer, a status, an error. It is news and no fault: a notice that stands for a few minutes, or
// evidence beside an anomaly of the same workload. When something is news, and how much of it is told, is decided by the figures here.

package enum Novelty: Hashable, Sendable, BitwiseCopyable {
    /// It talks to a workload, a Service or a node for the first time.
    case edge
    /// It talks to somebody outside of the cluster for the first time.
    case peer
    /// It answers (inbound) or gets (outbound) a status for the first time.
    case status(RequestProtocol, UInt16, Direction)
    /// The same, and it is the first that is an error at all.
    case firstError(RequestProtocol, UInt16, Direction)
    /// A connection that it opens fails for the first time.
    case firstFailure

    package var name: String {
        switch self {
        case .edge: "new_edge"
        case .peer: "new_peer"
        case .status: "new_status"
        case .firstError: "first_error"
        case .firstFailure: "first_connect_failure"
        }
    }

    /// Minutes with traffic (for statuses: with requests) in which a workload is only learnt. In ten of them jobs of each minute, health
    /// checks, scrapes and the expiry of DNS answers and of idle connections have come by; what comes more seldom is news once.
    static let warmUp: UInt16 = 10
    /// Nanoseconds that a peer waits before it is judged: its name may be told after its first connection.
    static let patience: UInt64 = 5_000_000_000
    /// Who knows more of them talks to anybody: one more is no news. Apart for those inside and outside of the cluster.
    static let few = 32
    /// Nanoseconds without a new peer outside, before one is news: who meets them more often than that will go on so.
    static let rarity: UInt64 = 600_000_000_000
    /// Of a workload, and of the node, in a minute; further ones are counted, not told.
    static let perWorkload = 2
    static let perNode = 10
    static let minute: UInt64 = 60_000_000_000
    /// Nanoseconds that one stands as open.
    static let duration: UInt64 = 180_000_000_000
}

/// Minutes in which something happened, counted.
struct ActiveMinutes: Sendable, BitwiseCopyable {
    private(set) var count: UInt16 = 0
    private var last: UInt32 = .max

    mutating func note(_ minute: UInt32) {
        guard minute != last else { return }
        last = minute
        count += count == .max ? 0 : 1
    }

    mutating func add(_ other: ActiveMinutes) { count = max(count, other.count) }
}
