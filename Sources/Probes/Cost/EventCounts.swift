// The kernel's own counts of tracepoints' events (perf_event_open(2), counting): no program takes part in them, so they
// also count what no program was run for. One descriptor a tracepoint and processor, grouped, so that one read a processor
// gives all. Opened while there are rights, read without any; nothing is mounted or written: tracefs gives only the numbers
// of the tracepoints, where it is mounted already.

import CLibbpf
import CLinux
import Glibc

final class EventCounts {
    /// Beyond so many processors nothing is counted: each takes a descriptor a tracepoint, and an interrupt each interval.
    static let processorLimit = 64
    /// Descriptors that podglass needs for the rest.
    static let spared = 400

    struct Wanted {
        /// skb/kfree_skb
        var tracepoint: String
        var filter: String?
    }

    /// Why there is no count, as a sentence's end.
    struct Refusal: Error { var reason: String }

    private var descriptors: [Int32] = []
    private var leaders: [Int32] = []
    private let width: Int

    init(_ wanted: [Wanted], hostRoot: String?) throws(Refusal) {
        width = wanted.count
        guard let ids = EventCounts.ids(wanted, hostRoot: hostRoot) else {
            throw Refusal(reason: "no tracefs for this user")
        }
        var allowed = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &allowed)
        for processor in 0..<max(0, libbpf_num_possible_cpus()) {
            var leader: Int32 = -1
            for (id, event) in zip(ids, wanted) {
                let descriptor = podglass_count_tracepoint(id, processor, leader, event.filter)
                let error = errno
                // A processor that is switched off.
                if descriptor < 0, error == ENODEV, leader < 0 { break }
                guard descriptor >= 0 else { throw refusal("\(event.tracepoint): " + String(cString: strerror(error))) }
                descriptors.append(descriptor)
                if leader < 0 {
                    leader = descriptor
                    leaders.append(descriptor)
                }
            }
            guard leaders.count <= EventCounts.processorLimit else {
                throw refusal("there are more than \(EventCounts.processorLimit) processors")
            }
            guard descriptors.count + EventCounts.spared <= Int(clamping: allowed.rlim_cur) else {
                throw refusal("podglass may open only \(allowed.rlim_cur) files")
            }
        }
    }

    deinit { closeAll() }

    private func refusal(_ reason: String) -> Refusal {
        closeAll()
        return Refusal(reason: reason)
    }

    private func closeAll() {
        for descriptor in descriptors { close(descriptor) }
        descriptors = []
        leaders = []
    }

    /// Each event's count over all processors; nil where one could not be read.
    func read() -> [UInt64]? {
        var sums = [UInt64](repeating: 0, count: width)
        // PERF_FORMAT_GROUP: how many, then each.
        var values = [UInt64](repeating: 0, count: width + 1)
        for leader in leaders {
            guard Glibc.read(leader, &values, values.count * 8) == values.count * 8, values[0] == UInt64(width) else { return nil }
            for index in sums.indices { sums[index] &+= values[index + 1] }
        }
        return sums
    }

    private static func ids(_ wanted: [Wanted], hostRoot: String?) -> [UInt64]? {
        var places = mountPoints(SmallFile.read("/proc/self/mountinfo") ?? "")
        for root in [hostRoot ?? "/host", "/proc/1/root"] { places.append(root + "/sys/kernel/tracing") }
        for place in places {
            let ids = wanted.compactMap { event in
                SmallFile.read("\(place)/events/\(event.tracepoint)/id").flatMap { UInt64($0.prefix { $0.isNumber }) }
            }
            if ids.count == wanted.count { return ids }
        }
        return nil
    }

    /// Mount points of tracefs (proc(5), mountinfo: the type follows the separator "-"). Looked for there, because a look into
    /// debugfs's folder of the same name would mount it.
    static func mountPoints(_ mountinfo: String) -> [String] {
        mountinfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let separator = fields.firstIndex(of: "-"), fields.count > separator + 1, separator > 4,
                fields[separator + 1] == "tracefs", fields[3] == "/"
            else { return nil }
            return String(fields[4])
        }
    }
}
