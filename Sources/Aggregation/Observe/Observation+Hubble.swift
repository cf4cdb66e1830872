// Hubble's classes of events (cilium pkg/monitor/api): what its `event_type` says, which decides how its CLI names the event.

extension Observation {
    enum HubbleType: Equatable {
        case l7, drop
        /// Of an anomaly: Hubble has no class for it.
        case unknown
        case trace(TracePoint)

        /// Where a packet was seen: before the socket of an endpoint, or on its way from one.
        enum TracePoint: Equatable {
            case toEndpoint, toStack

            var name: String {
                switch self {
                case .toEndpoint: "TO_ENDPOINT"
                case .toStack: "TO_STACK"
                }
            }
            /// Of the event type; the enum of observation points numbers them otherwise.
            var number: Int {
                switch self {
                case .toEndpoint: 0
                case .toStack: 3
                }
            }
        }

        /// MessageTypeAccessLog, MessageTypeDrop, MessageTypeTrace.
        var number: Int {
            switch self {
            case .l7: 129
            case .drop: 1
            case .trace: 4
            case .unknown: 0
            }
        }
    }

    var hubbleType: HubbleType {
        switch kind {
        case .request, .response: .l7
        case .drop: .drop
        case .anomaly: .unknown
        case .opened, .closed, .failed, .retransmit, .resetSent, .resetReceived: .trace(isLeaving ? .toStack : .toEndpoint)
        }
    }

    /// Whether what it tells of left the end that saw it. Without a socket only our own resets do.
    private var isLeaving: Bool {
        guard let seenBy else { return kind == .resetSent }
        return (seenBy == .outbound) != isReply
    }
}
