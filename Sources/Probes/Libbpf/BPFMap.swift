// A hash map of the kernel read in batches: keys and values of known size into buffers that are kept.

import CLibbpf
import Glibc

struct BPFMap<Key, Value> {
    let descriptor: Int32
    /// Entries a system call; a bucket of the kernel's hash that holds more makes the batch grow.
    private static var batch: Int { 1024 }

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Calls `body` with every entry. Entries that come or go meanwhile may be missed or seen; none is seen torn from its key.
    func forEach(_ body: (Key, UnsafePointer<Value>) -> Void) {
        var capacity = BPFMap.batch
        var keys = UnsafeMutablePointer<Key>.allocate(capacity: capacity)
        var values = UnsafeMutablePointer<Value>.allocate(capacity: capacity)
        defer {
            keys.deallocate()
            values.deallocate()
        }
        var cursor: UInt32 = 0
        var started = false
        while true {
            var count = UInt32(capacity)
            var next: UInt32 = 0
            let result = withUnsafeMutablePointer(to: &cursor) { pointer in
                bpf_map_lookup_batch(descriptor, started ? pointer : nil, &next, keys, values, &count, nil)
            }
            let failure = result == 0 ? 0 : errno
            if failure == ENOSPC, capacity < 1 << 20 {
                capacity *= 2
                keys.deallocate()
                values.deallocate()
                keys = UnsafeMutablePointer<Key>.allocate(capacity: capacity)
                values = UnsafeMutablePointer<Value>.allocate(capacity: capacity)
                continue
            }
            if failure != 0, failure != ENOENT { return }
            for index in 0..<Int(count) { body(keys[index], values + index) }
            if failure == ENOENT { return }
            cursor = next
            started = true
        }
    }

    func lookUp(_ key: Key) -> Value? {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            return withUnsafePointer(to: key) { bpf_map_lookup_elem(descriptor, $0, base) } == 0 ? base.pointee : nil
        }
    }

    /// Removes an entry and returns its last value. Before Linux 5.14 in two steps: what is added between them is gone.
    func take(_ key: Key) -> Value? {
        let taken = withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { buffer -> (value: Value?, isKnown: Bool) in
            guard let base = buffer.baseAddress else { return (nil, true) }
            if withUnsafePointer(to: key, { bpf_map_lookup_and_delete_elem(descriptor, $0, base) }) == 0 { return (base.pointee, true) }
            return (nil, errno == ENOENT)
        }
        guard !taken.isKnown else { return taken.value }
        defer { remove(key) }
        return lookUp(key)
    }

    func remove(_ key: Key) {
        _ = withUnsafePointer(to: key) { bpf_map_delete_elem(descriptor, $0) }
    }
}
