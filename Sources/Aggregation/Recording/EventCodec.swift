// The bytes of events in a recording: what encoder and decoder agree on. A payload is a row of events, each a kind byte
// and its fields; both sides keep the last tick and the flows by slot, so payloads are read in the order they were written.
// New kinds of events raise `version`, and the older ones stay readable; a change of what bytes mean empties the list.

package enum EventCodec {
    package static let version: UInt16 = 7
    /// Any two differ in two bits, so that a flipped one is not taken for another version.
    package static let readable: Set<UInt16> = [2, 4, version]

    enum Kind: UInt8, CaseIterable {
        case node = 1, owner, address
        /// A flow in full, which from now on has a slot (number + 1), or none (0).
        case flow
        /// A flow in a slot: a mask of what changed, then the differences.
        case flowChange
        case flowForgotten, drop, dropForgotten, listener, listenerClosed, connection, timing, probe, status, tick
        case requests, request, incident
        case object, objectGone, translation, usage, source, gap
    }

    /// Bits of a flow change: one a counter in its order, then these. Literals, because an expression would be looked up
    /// at each use; a test holds them to `Counter`.
    enum Change {
        static let rttSum = 25
        static let rttCount = 26
        static let rttMax = 27
        static let zeroWindows = 28
        static let lastActive = 29
        static let count = 30
    }

    /// Bits of the optional fields.
    enum Present {
        static let namespace: UInt8 = 1, pod: UInt8 = 2, podUID: UInt8 = 4, container: UInt8 = 8, containerID: UInt8 = 16
        static let reason: UInt8 = 1, entries: UInt8 = 2, limit: UInt8 = 4, bytes: UInt8 = 8
        static let partial: UInt8 = 1, established: UInt8 = 2
        static let probeCPURatio: UInt8 = 1
        static let latency: UInt8 = 1, duration: UInt8 = 2, amended: UInt8 = 4, extra: UInt8 = 8, partialExchange: UInt8 = 16
        static let cut: UInt8 = 32
        static let encrypted: UInt8 = 1
        /// Beside the direction in a flow's key.
        static let udp: UInt8 = 16
    }
}

extension FlowSample {
    /// Everything that may change in a flow, by the bits of `EventCodec.Change`.
    subscript(change index: Int) -> UInt64 {
        get {
            switch index {
            case EventCodec.Change.rttSum: gauges.rttSum
            case EventCodec.Change.rttCount: UInt64(gauges.rttCount)
            case EventCodec.Change.rttMax: UInt64(gauges.rttMax)
            case EventCodec.Change.zeroWindows: UInt64(gauges.zeroWindows)
            case EventCodec.Change.lastActive: lastActive
            default: counters.values[index]
            }
        }
        set {
            switch index {
            case EventCodec.Change.rttSum: gauges.rttSum = newValue
            case EventCodec.Change.rttCount: gauges.rttCount = UInt32(truncatingIfNeeded: newValue)
            case EventCodec.Change.rttMax: gauges.rttMax = UInt32(truncatingIfNeeded: newValue)
            case EventCodec.Change.zeroWindows: gauges.zeroWindows = UInt32(truncatingIfNeeded: newValue)
            case EventCodec.Change.lastActive: lastActive = newValue
            default: counters.values[index] = newValue
            }
        }
    }

    /// What differs, as a mask; written out, because it is asked for every flow at every pass.
    func changes(since last: FlowSample) -> UInt64 {
        var mask: UInt64 = 0
        for index in 0..<EventCodec.Change.rttSum where counters.values[index] != last.counters.values[index] {
            mask |= 1 << UInt64(index)
        }
        func note(_ isChanged: Bool, _ index: Int) { if isChanged { mask |= 1 << UInt64(index) } }
        note(gauges.rttSum != last.gauges.rttSum, EventCodec.Change.rttSum)
        note(gauges.rttCount != last.gauges.rttCount, EventCodec.Change.rttCount)
        note(gauges.rttMax != last.gauges.rttMax, EventCodec.Change.rttMax)
        note(gauges.zeroWindows != last.gauges.zeroWindows, EventCodec.Change.zeroWindows)
        note(lastActive != last.lastActive, EventCodec.Change.lastActive)
        return mask
    }
}
