// The kernel's rows of requests, mapped into this process: what they counted is taken out of them once an interval. Owns the
// queue of rows without a key: a row whose key was silent for long is given back, an interval after its key was forgotten.

import Aggregation
import CLibbpf
import CProbes
import Glibc

final class RequestReader {
    /// A key that was silent for so long gives its row back.
    private static let idle: UInt64 = 60_000_000_000
    private static let retiredAtOnce = 512

    private let rows: UnsafeMutablePointer<request_row>
    /// Bytes of the kernel's map in this process's address space: resident here, and counted with the maps.
    let mappedBytes: Int
    private let keys: BPFMap<request_key, UInt32>
    private let questions: BPFMap<question_key, question_row>?
    private let free: Int32
    private let misread: Int32?
    private var retired: [(key: request_key, row: Int)] = []
    private var taken = [taken_bucket](repeating: taken_bucket(), count: Int(HISTOGRAM_BUCKETS))
    private(set) var keyCount = 0
    /// Requests without a sample, since the start.
    private(set) var sampledOut: UInt64 = 0
    var settler: BPFIterator?

    init(rows map: Int32, _ maps: SharedMaps) throws(ProbeError) {
        mappedBytes = Int(LIMIT_REQUESTS.rawValue) * MemoryLayout<request_row>.stride
        guard let keys = maps["request_rows"], let free = maps["free_rows"],
            let memory = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0), memory != MAP_FAILED
        else { throw ProbeError(operation: "map", subject: "the rows of requests", errno: errno, advice: "") }
        rows = memory.bindMemory(to: request_row.self, capacity: Int(LIMIT_REQUESTS.rawValue))
        self.keys = BPFMap(descriptor: keys)
        self.free = free
        questions = maps["questions"].map { BPFMap(descriptor: $0) }
        misread = maps["misread"]
        for row in Int(REQUESTS_OTHER)..<Int(LIMIT_REQUESTS.rawValue) { giveBack(row) }
    }

    deinit { munmap(rows, mappedBytes) }

    private func giveBack(_ row: Int) {
        var index = UInt32(row)
        _ = bpf_map_update_elem(free, nil, &index, 0)
    }

    /// Tells what was counted since the last time, key by key.
    func tell(now: UInt64, _ tell: (RequestSample) -> Void) {
        for (key, row) in retired {
            if let sample = take(key, row) { tell(sample) }
            // Once more: a socket may have remembered it since its key was forgotten.
            podglass_raise_generation(rows + row)
            giveBack(row)
        }
        retired.removeAll()
        var silent: [(key: request_key, row: Int)] = []
        keyCount = 0
        keys.forEach { key, index in
            keyCount += 1
            let row = Int(index.pointee)
            guard row < Int(LIMIT_REQUESTS.rawValue) else { return }
            if let sample = take(key, row) {
                tell(sample)
            } else if now > rows[row].last_active, now - rows[row].last_active > RequestReader.idle, rows[row].last_active > 0,
                silent.count < RequestReader.retiredAtOnce
            {
                silent.append((key, row))
            }
        }
        for (key, row) in silent {
            keys.remove(key)
            podglass_raise_generation(rows + row)
            retired.append((key, row))
        }
        tellOther(tell)
        tellUnanswered(now, tell)
    }

    /// Requests beyond the kernel's limit of keys, by protocol and direction.
    private func tellOther(_ tell: (RequestSample) -> Void) {
        for application in RequestProtocol.allCases {
            for direction in Direction.allCases {
                var key = request_key()
                key.flow = flow_key(FlowKey(cgroup: 0, netns: 0, direction: direction, peer: .unspecified, port: 0))
                key.protocol = application.rawValue
                if let sample = take(key, Int(requests_other(UInt32(application.rawValue), UInt32(direction.rawValue)))) { tell(sample) }
            }
        }
    }

    private func take(_ key: request_key, _ index: Int) -> RequestSample? {
        let row = rows + index
        // An amendment alone changes only the durations.
        guard row.pointee.latency_max > 0 || row.pointee.unanswered > 0 || row.pointee.amended > 0 || row.pointee.sampled > 0,
            let key = RequestKey(key)
        else { return nil }
        _ = podglass_take_short(&row.pointee.amended)
        let latencyMax = podglass_take(&row.pointee.latency_max)
        let latencies = buckets(&row.pointee.latency)
        let requests = latencies.reduce(podglass_take(&row.pointee.unanswered)) { $0 + UInt64($1.count) }
        let sampled = podglass_take(&row.pointee.sampled)
        sampledOut += requests > sampled ? requests - sampled : 0
        return RequestSample(
            key: key, requests: requests, sampled: sampled, latencies: latencies, durations: buckets(&row.pointee.duration),
            latencyMax: latencyMax, durationMax: podglass_take(&row.pointee.duration_max), lastActive: row.pointee.last_active)
    }

    private func buckets(_ histogram: UnsafeMutableRawPointer) -> [RequestSample.Bucket] {
        let count = taken.withUnsafeMutableBufferPointer { taken in
            taken.baseAddress.map { podglass_take_histogram(histogram.assumingMemoryBound(to: UInt32.self), $0) } ?? 0
        }
        return taken[..<Int(count)].map { RequestSample.Bucket(bucket: $0.bucket, count: $0.count) }
    }

    /// DNS queries that nobody answered in time, counted by key.
    private func tellUnanswered(_ now: UInt64, _ tell: (RequestSample) -> Void) {
        guard let questions else { return }
        let patience = UInt64(LIMIT_QUESTION_SECONDS.rawValue) * 1_000_000_000
        var late: [question_key] = []
        questions.forEach { key, row in
            if now > row.pointee.began, now - row.pointee.began > patience { late.append(key) }
        }
        var counts: [RequestKey: (count: UInt64, last: UInt64)] = [:]
        for key in late {
            guard let row = questions.take(key) else { continue }
            let request = RequestKey(flow: FlowKey(row.flow), application: .dns, operation: row.type, status: RequestKey.unanswered)
            let before = counts[request] ?? (0, 0)
            counts[request] = (before.count + 1, max(before.last, row.began))
        }
        for (key, found) in counts {
            tell(
                RequestSample(
                    key: key, requests: found.count, sampled: 0, latencies: [], durations: [], latencyMax: 0, durationMax: 0,
                    lastActive: found.last))
        }
    }

    /// Messages that were not understood, by "protocol.cause".
    func notUnderstood() -> [String: UInt64] {
        let processors = Int(libbpf_num_possible_cpus())
        guard let misread, processors > 0 else { return [:] }
        var found: [String: UInt64] = [:]
        var slots = [UInt64](repeating: 0, count: processors)
        for application in RequestProtocol.allCases {
            for (cause, name) in RequestReader.causes.enumerated() {
                var index = UInt32(application.rawValue) * UInt32(CAUSES.rawValue) + UInt32(cause)
                guard bpf_map_lookup_elem(misread, &index, &slots) == 0 else { continue }
                let count = slots.reduce(0, &+)
                if count > 0 { found[application.name + "." + name] = count }
            }
        }
        return found
    }

    /// By the order of `enum misread_cause`.
    static let causes = ["gap", "reordered", "malformed", "no_request", "pipeline", "too_long"]
}
