// The kernel's records (bpf/include/records.h) as Aggregation's values, and back. The only place that knows both.

import Aggregation
import CProbes

extension Address {
    init(_ address: ip_address) { self.init(high: UInt64(bigEndian: address.high), low: UInt64(bigEndian: address.low)) }
}

extension ip_address {
    init(_ address: Address) { self.init(high: address.high.bigEndian, low: address.low.bigEndian) }
}

extension FlowKey {
    init(_ key: flow_key) {
        self.init(
            cgroup: key.cgroup, command: CommandName(first: key.command.first, second: key.command.second), netns: key.netns,
            direction: Direction(rawValue: key.direction) ?? .outbound, transport: Transport(rawValue: key.transport) ?? .tcp,
            peer: Address(key.peer), port: key.port)
    }
}

extension flow_key {
    init(_ key: FlowKey) {
        self.init(
            cgroup: key.cgroup, peer: ip_address(key.peer), command: command_name(first: key.command.first, second: key.command.second),
            netns: key.netns, port: key.port, direction: key.direction.rawValue, transport: key.transport.rawValue)
    }
}

extension FlowSample {
    /// `pass` is the newest pass of the sweep: what an older one left in the row is stale.
    init(_ key: FlowKey, _ row: UnsafePointer<flow_row>, pass: UInt32) {
        var counters = Counters()
        withUnsafeBytes(of: &UnsafeMutablePointer(mutating: row).pointee.counters) { bytes in
            let values = bytes.bindMemory(to: UInt64.self)
            for counter in Counter.allCases { counters[counter] = values[counter.rawValue] }
        }
        var gauges = Gauges()
        if row.pointee.pass == pass {
            gauges.rttSum = row.pointee.rtt_sum
            gauges.rttCount = row.pointee.rtt_count
            gauges.rttMax = row.pointee.rtt_max
            gauges.zeroWindows = row.pointee.zero_windows
        }
        self.init(key: key, counters: counters, gauges: gauges, lastActive: row.pointee.last_active)
    }
}

extension DropSample {
    init?(_ key: symptom_key, _ row: symptom_row, reasons: [UInt32: String]) {
        let isDrop = key.kind == SYMPTOM_DROP.rawValue
        self.init(
            kind: isDrop ? .drop : .resetSent, key: FlowKey(key.flow), local: Address(key.local),
            reason: isDrop ? reasons[key.reason] ?? "reason \(key.reason)" : "sent", packets: row.count, lastSeen: row.last_seen)
    }
}

extension Incident {
    init?(_ record: incident_record, reasons: [UInt32: String]) {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: record.incident)) else { return nil }
        let cause =
            switch kind {
            case .drop: reasons[record.reason] ?? "reason \(record.reason)"
            case .retransmit, .failed: Counter(rawValue: Int(record.reason))?.cause ?? ""
            case .opened, .resetSent, .resetReceived: ""
            }
        self.init(
            kind: kind, key: FlowKey(record.key), local: Address(record.local), localPort: record.local_port, peerPort: record.peer_port,
            cookie: record.cookie, time: record.time, cause: cause, count: record.count, tcpFlags: record.tcp_flags,
            isOutgoing: record.outgoing != 0)
    }
}

extension ListenerSample {
    init(_ key: listener_key, _ row: listener_row, rootCgroup: UInt64) {
        let command = CommandName(first: row.command.first, second: row.command.second)
        self.init(
            cgroup: row.cgroup, command: row.cgroup == rootCgroup ? command : CommandName(""), netns: key.netns,
            address: Address(key.address), port: key.port, queue: row.queue, queueLimit: row.queue_limit, drops: row.drops)
    }
}

extension ConnectionSample {
    init?(_ record: connection_record) {
        guard let state = ConnectionState(rawValue: record.state) else { return nil }
        self.init(
            cookie: record.cookie, key: FlowKey(record.key), local: Address(record.local), localPort: record.local_port,
            peerPort: record.peer_port, state: state, partial: record.partial != 0, pid: record.pid, established: record.established,
            seen: record.seen, sentBytes: record.sent_bytes, receivedBytes: record.received_bytes, retransmits: record.retransmits,
            rtt: record.rtt, congestionWindow: record.congestion_window, sendWindow: record.send_window)
    }
}
