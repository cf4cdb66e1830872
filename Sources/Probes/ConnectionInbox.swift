// What the ring brought since the last interval. Bounded: the kernel's budget keeps it far below, a stuck reader would not.

import Aggregation
import CProbes

final class ConnectionInbox {
    private static let limit = 65_536

    private var timings: [TimingSample] = []
    private var connections: [ConnectionSample] = []
    private var exchanges: [Exchange] = []
    private var incidents: [incident_record] = []
    private var cgroups: [(cgroup: UInt64, path: String)] = []
    private(set) var overflow: UInt64 = 0

    func receive(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 4 else { return }
        guard timings.count + connections.count + exchanges.count + incidents.count + cgroups.count < ConnectionInbox.limit else {
            overflow += 1
            return
        }
        switch bytes.loadUnaligned(as: UInt32.self) {
        case RECORD_TIMING.rawValue where bytes.count >= MemoryLayout<timing_record>.size:
            let record = bytes.loadUnaligned(as: timing_record.self)
            timings.append(TimingSample(key: FlowKey(record.key), nanoseconds: record.nanoseconds))
        case RECORD_CLOSED.rawValue where bytes.count >= MemoryLayout<connection_record>.size:
            if let sample = ConnectionSample(bytes.loadUnaligned(as: connection_record.self)) { connections.append(sample) }
        case RECORD_REQUEST.rawValue, RECORD_ANSWER.rawValue:
            if let exchange = Exchange(record: bytes) { exchanges.append(exchange) } else { overflow += 1 }
        case RECORD_INCIDENT.rawValue where bytes.count >= MemoryLayout<incident_record>.size:
            incidents.append(bytes.loadUnaligned(as: incident_record.self))
        case RECORD_CGROUP.rawValue where bytes.count >= MemoryLayout<cgroup_record>.size:
            let path = bytes[(MemoryLayout<cgroup_record>.offset(of: \.path) ?? 0)...].prefix { $0 != 0 }
            cgroups.append((bytes.loadUnaligned(as: cgroup_record.self).cgroup, String(decoding: path, as: UTF8.self)))
        default: overflow += 1
        }
    }

    func takeExchanges() -> [Exchange] {
        defer { exchanges.removeAll(keepingCapacity: exchanges.count < 4096) }
        return exchanges
    }

    func takeTimings() -> [TimingSample] {
        defer { timings.removeAll(keepingCapacity: timings.count < 1024) }
        return timings
    }

    func takeConnections() -> [ConnectionSample] {
        defer { connections.removeAll(keepingCapacity: connections.count < 1024) }
        return connections
    }

    func takeCgroups() -> [(cgroup: UInt64, path: String)] {
        defer { cgroups.removeAll(keepingCapacity: cgroups.count < 1024) }
        return cgroups
    }

    /// Not yet named: the drop reasons are the kernel's at hand.
    func takeIncidents() -> [incident_record] {
        defer { incidents.removeAll(keepingCapacity: incidents.count < 1024) }
        return incidents
    }
}

/// Cuts a stream of pieces into records of one size.
struct RecordStream<Record> {
    private var rest: [UInt8] = []

    mutating func receive(_ piece: UnsafeRawBufferPointer, _ body: (Record) -> Void) {
        rest.append(contentsOf: piece)
        let size = MemoryLayout<Record>.size
        var offset = 0
        rest.withUnsafeBytes { bytes in
            while offset + size <= bytes.count {
                body(bytes.loadUnaligned(fromByteOffset: offset, as: Record.self))
                offset += size
            }
        }
        rest.removeFirst(offset)
    }
}
