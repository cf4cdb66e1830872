// A queue of bytes that grows up to a limit and no further, and gives its memory back when it is empty. A plain value.

struct ByteRing {
    /// An empty ring keeps at most this much memory.
    private static let keptBytes = 1 << 20

    let limit: Int
    private var storage: [UInt8] = []
    private var head = 0
    private(set) var count = 0

    init(limit: Int) { self.limit = limit }

    /// All of the bytes or none: false where they do not fit.
    mutating func append(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= limit - count else { return false }
        if count + bytes.count > storage.count { grow(to: count + bytes.count) }
        let tail = storage.isEmpty ? 0 : (head + count) % storage.count
        let first = min(bytes.count, storage.count - tail)
        storage.replaceSubrange(tail..<tail + first, with: bytes[..<first])
        storage.replaceSubrange(0..<bytes.count - first, with: bytes[first...])
        count += bytes.count
        return true
    }

    /// The oldest bytes that lie in one piece, at most `count`.
    func withFront<Result>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let length = min(count, self.count, storage.count - head)
        return storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[head..<head + length])) }
    }

    mutating func removeFront(_ count: Int) {
        self.count -= count
        head = self.count == 0 ? 0 : (head + count) % storage.count
        if self.count == 0, storage.count > ByteRing.keptBytes { storage = [] }
    }

    mutating func removeAll() {
        storage = []
        head = 0
        count = 0
    }

    private mutating func grow(to needed: Int) {
        var larger: [UInt8] = []
        let capacity = min(limit, max(needed, storage.count * 2, 4096))
        larger.reserveCapacity(capacity)
        let first = min(count, storage.count - head)
        larger += storage[head..<head + first]
        larger += storage[..<(count - first)]
        // An array of zeros is made at once; appending a repeated element takes seconds for megabytes in a debug build.
        larger += [UInt8](repeating: 0, count: capacity - count)
        storage = larger
        head = 0
    }
}
