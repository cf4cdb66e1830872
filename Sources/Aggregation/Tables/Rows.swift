// The rows of all tables. Flows, symptoms and connections are many, so they are plain bytes: text is an index into
// `Tables.names` or reached through the workload. `serial` identifies a row for as long as the program runs.

package typealias NameIndex = Int32
package typealias WorkloadIndex = Int32

package struct FlowRow: Sendable, BitwiseCopyable {
    package var serial: UInt64
    package var key: FlowKey
    package var workload: WorkloadIndex
    package var container: NameIndex
    /// Since podglass started, and over the last interval.
    package var totals = Counters.zero
    package var delta = Counters.zero
    package var drops: UInt64 = 0
    package var dropsDelta: UInt64 = 0
    package var gauges = Gauges()
    /// CLOCK_MONOTONIC of the first sample and of the last change.
    package var since: UInt64
    package var lastActive: UInt64
    package var marks: Marks = []
    /// True for the row that gathers what found no place.
    package var isOther = false
    /// True where the kernel has no row of it: given up after a long silence, or known by its drops alone.
    package var isForgotten = false
    /// Whether its peer has been looked at: is it the first time that they talk?
    var acquaintance = Acquaintance.none

    enum Acquaintance: UInt8, Sendable, BitwiseCopyable { case none, waits, known }

    package init(serial: UInt64, key: FlowKey, workload: WorkloadIndex, container: NameIndex, since: UInt64) {
        self.serial = serial
        self.key = key
        self.workload = workload
        self.container = container
        self.since = since
        lastActive = since
    }
}

package struct WorkloadRow: Sendable {
    package var serial: UInt64
    package var owner: Owner
    package var totals = Counters.zero
    package var delta = Counters.zero
    package var drops: UInt64 = 0
    package var dropsDelta: UInt64 = 0
    package var gauges = Gauges()
    package var flows: UInt32 = 0
    package var listeners: UInt32 = 0
    package var listenQueue: UInt32 = 0
    package var listenDrops: UInt64 = 0
    /// CLOCK_MONOTONIC of the last change; 0 before the first.
    package var lastActive: UInt64 = 0
    package var marks: Marks = []
    /// From SYN to ESTABLISHED at the client; the handshake's round trip at the server. From samples.
    package var connectTimes = Histogram()
    package var handshakeTimes = Histogram()
    /// Requests that came to it, and requests that it made.
    package var served = RequestSummary()
    package var called = RequestSummary()
    package var traffic = RecentTraffic()
    /// What its cgroup said last, and the time before.
    package var usage: UsageSample?
    package var usageBefore: UsageSample?
    /// What sources of names told of it: an index of `Tables.clusterObjects`; -1 where none did.
    package var object: ObjectIndex = -1

    package init(serial: UInt64, owner: Owner) {
        self.serial = serial
        self.owner = owner
    }
}

/// Something that went wrong, counted: retransmits of one kind, drops for one reason, resets in one direction …
package struct SymptomRow: Sendable, BitwiseCopyable {
    package enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        case retransmit = 1, drop, reset, failure, listenDrop

        package var name: String {
            switch self {
            case .retransmit: "retransmit"
            case .drop: "drop"
            case .reset: "reset"
            case .failure: "failure"
            case .listenDrop: "listen_drop"
            }
        }
    }

    package var serial: UInt64
    package var kind: Kind
    /// fast, timeout, loss_probe, syn … for retransmits; the kernel's reason for drops; sent or received for resets.
    package var cause: NameIndex
    package var key: FlowKey
    /// -1 where neither end is known here.
    package var workload: WorkloadIndex
    package var container: NameIndex
    package var total: UInt64 = 0
    package var delta: UInt64 = 0
    package var lastSeen: UInt64 = 0
    package var marks: Marks = []

    package init(
        serial: UInt64, kind: Kind, cause: NameIndex, key: FlowKey, workload: WorkloadIndex, container: NameIndex
    ) {
        self.serial = serial
        self.kind = kind
        self.cause = cause
        self.key = key
        self.workload = workload
        self.container = container
    }
}

package struct ConnectionRow: Sendable, BitwiseCopyable {
    package var sample: ConnectionSample
    package var workload: WorkloadIndex
    package var container: NameIndex
    package var sentPerSecond: Double = 0
    package var receivedPerSecond: Double = 0
    package var marks: Marks = []

    package init(sample: ConnectionSample, workload: WorkloadIndex, container: NameIndex) {
        self.sample = sample
        self.workload = workload
        self.container = container
        if sample.partial { marks.insert(.partial) }
    }
}

package struct ListenerRow: Sendable {
    package var serial: UInt64
    package var sample: ListenerSample
    package var workload: WorkloadIndex
    package var dropsDelta: UInt64 = 0

    package init(serial: UInt64, sample: ListenerSample, workload: WorkloadIndex) {
        self.serial = serial
        self.sample = sample
        self.workload = workload
    }
}

package struct ProbeRow: Sendable {
    package var sample: ProbeSample
    package var runsPerSecond: Double?
    package var nanosecondsPerRun: Double?
    package var cpuRatio: Double?

    package init(sample: ProbeSample) { self.sample = sample }
}
