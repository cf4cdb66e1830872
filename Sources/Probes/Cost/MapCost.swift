// What a map holds and weighs, from its descriptor's fdinfo (kernel/bpf/syscall.c, bpf_map_show_fdinfo).

struct MapCost {
    var kind: String
    var limit: UInt64
    var bytes: UInt64

    init?(descriptor: Int32) {
        guard let text = SmallFile.read("/proc/self/fdinfo/\(descriptor)") else { return nil }
        var fields: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
            fields[parts[0].dropLast()] = value
        }
        guard let type = fields["map_type"] else { return nil }
        kind = MapCost.kinds[type] ?? "type \(type)"
        limit = fields["max_entries"] ?? 0
        bytes = fields["memlock"] ?? 0
    }

    /// enum bpf_map_type, of those we use.
    private static let kinds: [UInt64: String] = [
        1: "hash", 2: "array", 6: "percpu_array", 24: "sk_storage", 27: "ringbuf",
    ]
}
