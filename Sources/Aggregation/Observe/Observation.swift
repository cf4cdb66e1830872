// One event as `podglass observe` shows it: who, whom, what, when and with which verdict. A plain value, made from events and
// the engine's names (Observation+Event.swift), read by filters and formats. Its texts are hostile; each format escapes them.

package struct Observation: Sendable, Equatable {
    package enum Kind: Sendable, Hashable {
        case request(RequestProtocol), response(RequestProtocol)
        case opened, closed, failed, retransmit, drop, resetSent, resetReceived
        /// Told only where it is asked for.
        case anomaly(AnomalyPhase)

        package static let all: [Kind] =
            RequestProtocol.allCases.flatMap { [.request($0), .response($0)] }
            + [.opened, .closed, .failed, .retransmit, .drop, .resetSent, .resetReceived] + anomalies
        package static let anomalies: [Kind] = AnomalyPhase.allCases.map { .anomaly($0) }

        /// The word in `-o compact`, the value of "event" in `-o json`, and what `--type` takes.
        package var name: String {
            switch self {
            case .request(let application): application.family + "-request"
            case .response(let application): application.family + "-response"
            case .opened: "connection-opened"
            case .closed: "connection-closed"
            case .failed: "connection-failed"
            case .retransmit: "retransmit"
            case .drop: "drop"
            case .resetSent: "reset-sent"
            case .resetReceived: "reset-received"
            case .anomaly(let phase): "anomaly-" + phase.rawValue
            }
        }
    }

    /// Hubble's words.
    package enum Verdict: String, Sendable, CaseIterable {
        case forwarded = "FORWARDED"
        case dropped = "DROPPED"
        case error = "ERROR"
    }

    package var kind: Kind
    /// Nanoseconds since 1970.
    package var time: UInt64
    package var node: String
    /// Nil of an anomaly, which judges no packet.
    package var verdict: Verdict?
    /// Who sent what this tells of; a connection's client where it tells of the connection.
    package var source: Endpoint
    package var destination: Endpoint
    /// Whether it went from the server to the client.
    package var isReply: Bool
    /// Which end's socket saw it: outbound the client's, inbound the server's; nil where only the packet's addresses are known.
    package var seenBy: Direction?
    /// Nil of an anomaly that is about no flow.
    package var transport: Transport?
    package var cookie: UInt64
    package var cgroup: UInt64
    package var details: Details
    package var marks: Marks = []

    package enum Details: Sendable, Equatable {
        case message(Message)
        /// A connection that ended.
        case ending(Ending)
        /// Everything else: why, how many segments, the packet's TCP flags.
        case packet(cause: String, count: UInt32, flags: TCPFlags)
        case anomaly(Anomaly)
    }

    package struct Message: Sendable, Equatable {
        package var application: RequestProtocol
        package var operation: UInt16
        /// As it was sent; DNS: the name asked for.
        package var target: String
        package var isCut: Bool
        package var isEncrypted: Bool
        /// In a response only. Nanoseconds to the first and to the last byte.
        package var status: UInt16?
        package var latency: UInt64?
        package var duration: UInt64?
        package var answers: [Address]
        package var timeToLive: UInt32
        /// A request that nobody answered.
        package var isUnanswered: Bool
    }

    package struct Ending: Sendable, Equatable {
        /// Nanoseconds; nil where it is older than podglass.
        package var age: UInt64?
        package var sentBytes: UInt64
        package var receivedBytes: UInt64
        package var retransmits: UInt32
        /// Nanoseconds; nil without a sample.
        package var roundTripTime: UInt64?
        package var pid: UInt32
    }
}

extension RequestProtocol {
    /// What Hubble calls it: every version of HTTP is "http".
    package var family: String {
        switch self {
        case .http1: "http"
        case .dns: "dns"
        }
    }
}

/// Something happened that the stream does not show, counted by cause.
package struct EventLoss: Sendable, Equatable {
    /// Nanoseconds since 1970: the end of the interval in which it was noticed.
    package var time: UInt64
    package var node: String
    package var causes: [Cause]

    package struct Cause: Sendable, Equatable {
        /// A key of `Status.losses`, of `Status.sampledOut`, or `stream`: what our own queue or the reader had no room for.
        package var name: String
        package var count: UInt64

        package init(name: String, count: UInt64) {
            self.name = name
            self.count = count
        }
    }

    package static let stream = "stream"
    /// Intervals that a recording left out.
    package static let notRecorded = "not_recorded"

    package init(time: UInt64, node: String, causes: [Cause]) {
        self.time = time
        self.node = node
        self.causes = causes
    }

    package var total: UInt64 { causes.reduce(0) { $0 &+ $1.count } }
}
