// Everything the engine can be told, live or from a recording. The consumer owns the vocabulary: Probes makes these,
// the recording codec writes and reads them, and nothing else reaches the tables.
//
// Samples are cumulative since podglass started, so a repeated or skipped sample loses nothing.

package enum Event: Sendable, Equatable {
    case node(Node)
    /// Names a cgroup. Comes before the first sample with that cgroup; comes again when a better name is known.
    case owner(cgroup: UInt64, Owner)
    /// A local address: `cgroup`'s pod has `address` in its network namespace.
    case address(Address, cgroup: UInt64)
    /// A pod, Service or node as a source of names knows it; comes again when that changes.
    case object(ClusterObject)
    /// It is deleted, or no source knows it any more.
    case objectGone(ClusterObject.Kind, id: String)
    case translation(TranslationSample)
    case usage(UsageSample)
    case source(SourceSample)
    /// A recording left out so many intervals. What comes until the next tick says where cumulative samples stand, and the tick ends no
    /// interval.
    case gap(intervals: UInt64)
    case flow(FlowSample)
    /// The kernel's row was dropped after a long silence; its counters start at zero if it comes again.
    case flowForgotten(FlowKey)
    case drop(DropSample)
    /// The same for a drop's row.
    case dropForgotten(DropSample)
    case listener(ListenerSample)
    case listenerClosed(netns: UInt32, Address, port: UInt16)
    case connection(ConnectionSample)
    case timing(TimingSample)
    case requests(RequestSample)
    case request(Exchange)
    case incident(Incident)
    case probe(ProbeSample)
    case status(Status)
    /// Ends an interval: everything since the last tick happened in it.
    case tick(Moment)
}

/// An instant. Nanoseconds; `wall` since 1970 in UTC, `monotonic` since boot (CLOCK_MONOTONIC).
package struct Moment: Sendable, Hashable, BitwiseCopyable {
    package var wall: UInt64
    package var monotonic: UInt64

    package init(wall: UInt64, monotonic: UInt64) {
        self.wall = wall
        self.monotonic = monotonic
    }

    package static let zero = Moment(wall: 0, monotonic: 0)

    /// The wall time of another monotonic instant.
    package func wall(at monotonic: UInt64) -> UInt64 { wall &- (self.monotonic &- monotonic) }
}

package struct Node: Sendable, Hashable {
    package var name: String
    package var kernel: String
    package var processors: UInt32

    package init(name: String, kernel: String, processors: UInt32) {
        self.name = name
        self.kernel = kernel
        self.processors = processors
    }
}

/// A flow's counters since podglass started, and what its live sockets showed at the last pass.
package struct FlowSample: Sendable, Equatable, BitwiseCopyable {
    package var key: FlowKey
    package var counters: Counters
    package var gauges: Gauges
    /// CLOCK_MONOTONIC of the last change.
    package var lastActive: UInt64

    package init(key: FlowKey, counters: Counters, gauges: Gauges, lastActive: UInt64) {
        self.key = key
        self.counters = counters
        self.gauges = gauges
        self.lastActive = lastActive
    }
}

/// What a flow's live sockets showed at the last pass of the iterator.
package struct Gauges: Sendable, Hashable, BitwiseCopyable {
    /// Smoothed RTT in microseconds, summed over `rttCount` connections that have a sample.
    package var rttSum: UInt64 = 0
    package var rttCount: UInt32 = 0
    /// The largest smoothed RTT, microseconds.
    package var rttMax: UInt32 = 0
    /// Connections whose peer advertises no window while data waits for it.
    package var zeroWindows: UInt32 = 0

    package init() {}
}

/// Dropped packets of one place and reason since podglass started, or resets that no socket answers for.
package struct DropSample: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case drop = 1, resetSent
    }

    package var kind: Kind
    /// The flow, where the kernel knew the socket; `cgroup` is 0 where it did not and only addresses are known.
    package var key: FlowKey
    /// Where `cgroup` is 0: the packet's destination; `key.peer` is its source and `key.direction` seen from the destination.
    package var local: Address
    /// The kernel's name for it: NETFILTER_DROP, TCP_OLD_DATA …; "sent" for a reset.
    package var reason: String
    package var packets: UInt64
    package var lastSeen: UInt64

    package init(kind: Kind = .drop, key: FlowKey, local: Address, reason: String, packets: UInt64, lastSeen: UInt64) {
        self.kind = kind
        self.key = key
        self.local = local
        self.reason = reason
        self.packets = packets
        self.lastSeen = lastSeen
    }
}

/// A listening socket at the last pass.
package struct ListenerSample: Sendable, Hashable {
    package var cgroup: UInt64
    package var command: CommandName
    package var netns: UInt32
    package var address: Address
    package var port: UInt16
    /// Connections that wait for accept(2), and the most that may wait.
    package var queue: UInt32
    package var queueLimit: UInt32
    /// What the listening socket dropped since podglass started (sk_drops): handshakes for a full accept queue (tcp_listendrop),
    /// and segments that fit no handshake (tcp_drop).
    package var drops: UInt64

    package init(
        cgroup: UInt64, command: CommandName, netns: UInt32, address: Address, port: UInt16, queue: UInt32,
        queueLimit: UInt32, drops: UInt64
    ) {
        self.cgroup = cgroup
        self.command = command
        self.netns = netns
        self.address = address
        self.port = port
        self.queue = queue
        self.queueLimit = queueLimit
        self.drops = drops
    }
}

/// How long one connection took to come about: connect time at the client, the handshake's RTT at the server.
package struct TimingSample: Sendable, Hashable, BitwiseCopyable {
    package var key: FlowKey
    package var nanoseconds: UInt64

    package init(key: FlowKey, nanoseconds: UInt64) {
        self.key = key
        self.nanoseconds = nanoseconds
    }
}

/// One connection: live at the last pass, or just closed.
package struct ConnectionSample: Sendable, Hashable, BitwiseCopyable {
    /// The kernel's socket cookie: unique until reboot.
    package var cookie: UInt64
    package var key: FlowKey
    package var local: Address
    package var localPort: UInt16
    package var peerPort: UInt16
    package var state: ConnectionState
    /// True where the connection was open before podglass started.
    package var partial: Bool
    /// The process that opened or accepted it; 0 where nothing told.
    package var pid: UInt32
    /// CLOCK_MONOTONIC when it was established; 0 where it is older than podglass.
    package var established: UInt64
    /// CLOCK_MONOTONIC of this reading.
    package var seen: UInt64
    /// Since podglass started.
    package var sentBytes: UInt64
    package var receivedBytes: UInt64
    package var retransmits: UInt32
    /// Smoothed RTT in microseconds, 0 without a sample.
    package var rtt: UInt32
    /// Congestion window in segments.
    package var congestionWindow: UInt32
    /// The window the peer advertises, bytes.
    package var sendWindow: UInt32

    package init(
        cookie: UInt64, key: FlowKey, local: Address, localPort: UInt16, peerPort: UInt16, state: ConnectionState,
        partial: Bool, pid: UInt32, established: UInt64, seen: UInt64, sentBytes: UInt64, receivedBytes: UInt64,
        retransmits: UInt32, rtt: UInt32, congestionWindow: UInt32, sendWindow: UInt32
    ) {
        self.cookie = cookie
        self.key = key
        self.local = local
        self.localPort = localPort
        self.peerPort = peerPort
        self.state = state
        self.partial = partial
        self.pid = pid
        self.established = established
        self.seen = seen
        self.sentBytes = sentBytes
        self.receivedBytes = receivedBytes
        self.retransmits = retransmits
        self.rtt = rtt
        self.congestionWindow = congestionWindow
        self.sendWindow = sendWindow
    }
}

/// TCP states, numbered as the kernel numbers them (include/net/tcp_states.h).
package enum ConnectionState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case established = 1
    case synSent, synReceived, finWait1, finWait2, timeWait, closed, closeWait, lastAck, listen, closing

    package var name: String {
        switch self {
        case .established: "ESTABLISHED"
        case .synSent: "SYN_SENT"
        case .synReceived: "SYN_RECV"
        case .finWait1: "FIN_WAIT1"
        case .finWait2: "FIN_WAIT2"
        case .timeWait: "TIME_WAIT"
        case .closed: "CLOSED"
        case .closeWait: "CLOSE_WAIT"
        case .lastAck: "LAST_ACK"
        case .listen: "LISTEN"
        case .closing: "CLOSING"
        }
    }
}

/// One eBPF program or map, as it stands.
package struct ProbeSample: Sendable, Hashable {
    package enum State: UInt8, Sendable, CaseIterable {
        case attached = 1, loaded, refused, missing, off

        package var name: String {
            switch self {
            case .attached: "attached"
            case .loaded: "loaded"
            case .refused: "refused"
            case .missing: "missing"
            case .off: "off"
            }
        }
    }

    package var name: String
    /// What it hangs on, as libbpf writes it: tp_btf/kfree_skb, iter/tcp, map/hash …
    package var hook: String
    package var state: State
    /// Why it does not work, and what would help; nil when it works.
    package var reason: String?
    /// What is seen through it.
    package var signal: String
    /// Runs and nanoseconds counted while the kernel's statistics were on, and for how long they were.
    package var runs: UInt64
    package var nanoseconds: UInt64
    package var measuredFor: UInt64
    /// For a map: entries held now and at most; nil where nobody knows.
    package var entries: UInt64?
    package var limit: UInt64?
    package var bytes: UInt64?
    /// Records that could not be kept.
    package var lost: UInt64

    package init(
        name: String, hook: String, state: State, reason: String? = nil, signal: String, runs: UInt64 = 0,
        nanoseconds: UInt64 = 0, measuredFor: UInt64 = 0, entries: UInt64? = nil, limit: UInt64? = nil,
        bytes: UInt64? = nil, lost: UInt64 = 0
    ) {
        self.name = name
        self.hook = hook
        self.state = state
        self.reason = reason
        self.signal = signal
        self.runs = runs
        self.nanoseconds = nanoseconds
        self.measuredFor = measuredFor
        self.entries = entries
        self.limit = limit
        self.bytes = bytes
        self.lost = lost
    }
}

/// What podglass costs and what it lost.
package struct Status: Sendable, Hashable {
    /// Share of one processor that this process used over the last interval; 1 is a whole one.
    package var cpuRatio: Double = 0
    /// Share of one processor that eBPF programs used in others' contexts, estimated from sampled seconds; nil before the first.
    package var probeCPURatio: Double?
    package var residentBytes: UInt64 = 0
    package var mapBytes: UInt64 = 0
    /// Records lost since the start, by cause. A cause appears when it first loses.
    package var losses: [String: UInt64] = [:]
    /// Details left out under a budget since the start, by kind: nothing that is counted is missing for it.
    package var sampledOut: [String: UInt64] = [:]
    /// Messages that were not understood since the start, by protocol and cause ("http1.gap"): they are in no count of requests.
    package var notUnderstood: [String: UInt64] = [:]

    package init() {}

    package var lostTotal: UInt64 { losses.values.reduce(0, &+) }
}
