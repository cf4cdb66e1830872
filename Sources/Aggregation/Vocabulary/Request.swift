// What is told of requests: counts and histograms by key, exact, and single exchanges, sampled under a budget.

/// Under which the kernel counts requests exactly (`struct request_key`).
package struct RequestKey: Hashable, Sendable, BitwiseCopyable {
    /// `direction` says the side: inbound is the server's.
    package var flow: FlowKey
    package var application: RequestProtocol
    /// The protocol's own number: an HTTP method, a DNS type; `application.operationName` names it.
    package var operation: UInt16
    /// The protocol's own number: an HTTP status, a DNS rcode, or `unanswered`.
    package var status: UInt16
    package var isEncrypted: Bool

    package static let unanswered: UInt16 = 0xffff

    package init(flow: FlowKey, application: RequestProtocol, operation: UInt16, status: UInt16, isEncrypted: Bool = false) {
        self.flow = flow
        self.application = application
        self.operation = operation
        self.status = status
        self.isEncrypted = isEncrypted
    }

    package var isAnswered: Bool { status != RequestKey.unanswered }
    /// Whether it failed, as the protocol defines it for this side; what nobody answered failed.
    package var isError: Bool { !isAnswered || application.isError(status: status, on: flow.direction) }
}

/// What was counted for one key since the last sample of it. Differences, not totals: whoever reads the kernel's rows takes
/// them away, so that nobody keeps a second copy of every histogram.
package struct RequestSample: Sendable, Equatable {
    /// `count` values fell into bucket `bucket` of `Histogram`.
    package struct Bucket: Sendable, Equatable, BitwiseCopyable {
        package var bucket: UInt16
        /// Negative where a duration that was told before is amended.
        package var count: Int32

        package init(bucket: UInt16, count: Int32) {
            self.bucket = bucket
            self.count = count
        }
    }

    package var key: RequestKey
    package var requests: UInt64
    /// Of those: how many have an `Exchange` that is told before, with or after this sample, and is not `isExtra`.
    package var sampled: UInt64
    /// To the first byte of the response; nanoseconds in the buckets of `Histogram`, empty for what was not answered.
    package var latencies: [Bucket]
    /// To the last byte of the response.
    package var durations: [Bucket]
    /// The largest since the last sample, nanoseconds; 0 without one.
    package var latencyMax: UInt64
    package var durationMax: UInt64
    /// CLOCK_MONOTONIC of the last change.
    package var lastActive: UInt64

    package init(
        key: RequestKey, requests: UInt64, sampled: UInt64, latencies: [Bucket], durations: [Bucket], latencyMax: UInt64,
        durationMax: UInt64, lastActive: UInt64
    ) {
        self.key = key
        self.requests = requests
        self.sampled = sampled
        self.latencies = latencies
        self.durations = durations
        self.latencyMax = latencyMax
        self.durationMax = durationMax
        self.lastActive = lastActive
    }
}

/// One request with its response.
package struct Exchange: Sendable, Equatable {
    package var key: RequestKey
    package var local: Address
    package var localPort: UInt16
    package var peerPort: UInt16
    /// The kernel's socket cookie.
    package var cookie: UInt64
    /// CLOCK_MONOTONIC of the request's first byte.
    package var began: UInt64
    /// From there to the first and to the last byte of the response, nanoseconds; nil without a response.
    package var latency: UInt64?
    package var duration: UInt64?
    /// HTTP: path and query string as they were sent; DNS: the name asked for. Hostile text.
    package var target: String
    /// DNS: the addresses in the answer, and for how many seconds they may be kept.
    package var answers: [Address]
    package var timeToLive: UInt32
    /// Taken beyond the budget because it failed or was slow: a sample to look at, not one of `RequestSample.sampled`.
    package var isExtra: Bool
    /// The connection is older than podglass, or bytes of it were missed.
    package var isPartial: Bool
    /// The target was longer than what is kept of it.
    package var isCut: Bool
    /// The same exchange was told before with this duration: its response went on.
    package var amendedDuration: UInt64?

    package init(
        key: RequestKey, local: Address, localPort: UInt16, peerPort: UInt16, cookie: UInt64, began: UInt64, latency: UInt64?,
        duration: UInt64?, target: String, answers: [Address] = [], timeToLive: UInt32 = 0, isExtra: Bool = false,
        isPartial: Bool = false, isCut: Bool = false, amendedDuration: UInt64? = nil
    ) {
        self.key = key
        self.local = local
        self.localPort = localPort
        self.peerPort = peerPort
        self.cookie = cookie
        self.began = began
        self.latency = latency
        self.duration = duration
        self.target = target
        self.answers = answers
        self.timeToLive = timeToLive
        self.isExtra = isExtra
        self.isPartial = isPartial
        self.isCut = isCut
        self.amendedDuration = amendedDuration
    }
}

/// One thing that happened to a connection, for the stream of events; the counts are those of flows and drops. Sampled
/// under a budget.
package struct Incident: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case opened = 1, retransmit, drop, resetSent, resetReceived, failed
    }

    package var kind: Kind
    /// `cgroup` is 0 where only the packet's addresses are known, as in `DropSample`.
    package var key: FlowKey
    package var local: Address
    package var localPort: UInt16
    package var peerPort: UInt16
    package var cookie: UInt64
    /// CLOCK_MONOTONIC.
    package var time: UInt64
    /// The kernel's drop reason; fast, timeout, syn … for a retransmit; refused, timeout, failed for a failure; else empty.
    package var cause: String
    /// Segments of a retransmit, else 1.
    package var count: UInt32
    /// TCP flags of a dropped packet, 0 where they are not known.
    package var tcpFlags: UInt8
    /// Whether a dropped packet was on its way from `local`, not to it.
    package var isOutgoing: Bool

    package init(
        kind: Kind, key: FlowKey, local: Address, localPort: UInt16, peerPort: UInt16, cookie: UInt64, time: UInt64, cause: String,
        count: UInt32 = 1, tcpFlags: UInt8 = 0, isOutgoing: Bool = false
    ) {
        self.kind = kind
        self.key = key
        self.local = local
        self.localPort = localPort
        self.peerPort = peerPort
        self.cookie = cookie
        self.time = time
        self.cause = cause
        self.count = count
        self.tcpFlags = tcpFlags
        self.isOutgoing = isOutgoing
    }
}
