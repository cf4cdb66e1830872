// Requests once an interval: what ended silently is settled in the kernel, then everything that was counted is told.

import Aggregation
import CProbes

extension NodeProbes {
    func tellRequests(_ now: UInt64, _ tell: (Event) -> Void) throws(ProbeError) {
        guard let requests else { return }
        try requests.settler?.run(into: buffer)
        requests.tell(now: now) { sample in
            identity.introduce(sample.key.flow.cgroup, now: now, tell)
            tell(.requests(sample))
        }
    }
}

extension RequestKey {
    /// Nil for a protocol that this program does not know.
    init?(_ key: request_key) {
        guard let application = RequestProtocol(rawValue: key.protocol) else { return nil }
        self.init(
            flow: FlowKey(key.flow), application: application, operation: key.operation, status: key.status,
            isEncrypted: key.encrypted != 0)
    }
}

extension Exchange {
    /// From a record of the ring; nil where it is too short or of a protocol nobody knows.
    init?(record bytes: UnsafeRawBufferPointer) {
        let size = MemoryLayout<exchange_record>.size
        guard bytes.count >= size else { return nil }
        let record = bytes.loadUnaligned(as: exchange_record.self)
        guard let key = RequestKey(record.key) else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[size..<min(bytes.count, size + Int(record.length))])
        let flags = UInt32(record.flags)
        let isAnswered = record.latency > 0
        self.init(
            key: key, local: Address(record.local), localPort: record.local_port, peerPort: record.peer_port, cookie: record.cookie,
            began: record.began, latency: isAnswered ? record.latency : nil, duration: isAnswered ? record.duration : nil,
            target: "", isExtra: flags & RECORD_EXTRA.rawValue != 0, isPartial: flags & RECORD_PARTIAL.rawValue != 0,
            isCut: flags & RECORD_CUT.rawValue != 0, amendedDuration: flags & RECORD_AMENDS.rawValue != 0 ? record.amended : nil)
        if record.kind == RECORD_ANSWER.rawValue {
            read(message: payload)
        } else {
            read(start: payload, targetOffset: Int(record.target_offset))
        }
    }
}

extension Exchange {
    /// The name that was asked for, and the addresses that were given for it, from a DNS message; what it does not tell stays empty.
    mutating func read(message: UnsafeRawBufferPointer) {
        guard let message = DNSMessage(message.bindMemory(to: UInt8.self)) else { return }
        target = message.name
        answers = message.answers
        timeToLive = message.timeToLive
    }
}

extension Exchange {
    /// The target, from the first bytes of a request; nothing else is taken from them.
    mutating func read(start: UnsafeRawBufferPointer, targetOffset offset: Int) {
        let limit = Int(WINDOW_BYTES)
        guard offset > 0, offset < start.count, start.count <= limit else { return }
        withUnsafeTemporaryAllocation(byteCount: limit + Int(WINDOW_PADDING), alignment: 8) { window in
            window.initializeMemory(as: UInt8.self, repeating: 0)
            window.copyMemory(from: start)
            guard let bytes = window.baseAddress else { return }
            let length = Int(http1_target_length(bytes.assumingMemoryBound(to: UInt8.self), UInt32(start.count), UInt32(offset)))
            target = String(decoding: window[offset..<offset + length], as: UTF8.self)
            isCut = offset + length >= limit
        }
    }
}
