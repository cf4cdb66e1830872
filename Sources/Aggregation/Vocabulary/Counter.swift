// Everything that is counted for a flow, in the order of `enum flow_counter` in bpf/include/records.h.
// A new counter is one case here and one there; Probes copies them by index and a test compares the two lists.

package enum Counter: Int, CaseIterable, Sendable {
    /// Payload bytes, each once, however often they were retransmitted.
    case sentBytes, receivedBytes
    /// Connections that reached ESTABLISHED, and of those the ones that ended.
    case opened, closed
    /// Connections that were open before podglass started.
    case adopted
    /// Attempts that never reached ESTABLISHED: answered by a reset, by nobody, or failed otherwise.
    case refused, timedOut, failed
    /// Retransmitted segments: the kernel's own total (tcp_sock.total_retrans and SYN-ACKs), then by kind.
    case retransmits
    case retransmitsFast, retransmitsTimeout, retransmitsLossProbe, retransmitsSyn, retransmitsSynAck, retransmitsOther
    case resetsSent, resetsReceived
    /// Nanoseconds from SYN to ESTABLISHED, summed over `connects` outbound connections.
    case connectNanoseconds, connects
    /// Nanoseconds of the handshake's round trip, summed over `handshakes` inbound connections.
    case handshakeNanoseconds, handshakes
    /// Microseconds of smoothed RTT at the end of a connection, summed over `closedRTTs` connections that had a sample.
    case closedRTTMicroseconds, closedRTTs
    /// UDP datagrams; their payload is in `sentBytes` and `receivedBytes`.
    case sentDatagrams, receivedDatagrams
}

/// One value a counter, in a fixed block without an allocation.
package struct Counters: Sendable, BitwiseCopyable {
    package var values: InlineArray<25, UInt64>

    package static let zero = Counters()

    package init() { values = InlineArray(repeating: 0) }

    package subscript(counter: Counter) -> UInt64 {
        get { values[counter.rawValue] }
        set { values[counter.rawValue] = newValue }
    }

    /// Wrapping, as the kernel adds: a correction (a FIN counted as a byte) may arrive as -1.
    package static func &+= (left: inout Counters, right: Counters) {
        for index in left.values.indices { left.values[index] &+= right.values[index] }
    }

    package static func &- (left: Counters, right: Counters) -> Counters {
        var difference = left
        for index in difference.values.indices { difference.values[index] &-= right.values[index] }
        return difference
    }

    /// Connections that are open: those that were opened or found open, less those that closed. Exact, because each step is
    /// an event of its own; a pass over the sockets may miss one while others come and go.
    package var connections: UInt64 {
        let began = self[.opened] &+ self[.adopted]
        return began > self[.closed] ? began - self[.closed] : 0
    }

    package var isZero: Bool {
        for index in values.indices where values[index] != 0 { return false }
        return true
    }
}

extension Counters: Equatable {
    package static func == (left: Counters, right: Counters) -> Bool { (left &- right).isZero }
}
