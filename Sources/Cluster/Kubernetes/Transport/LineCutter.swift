// Cuts a stream of bytes into lines. A line that is too long is passed over and counted; what is left at the end is half a
// line, and no line.

struct LineCutter: Sendable {
    /// etcd takes 1.5 MiB an object; as JSON it is not three times that.
    static let limit = 4 << 20

    private var line: [UInt8] = []
    private var isTooLong = false
    private let limit: Int
    private(set) var refused = 0

    init(limit: Int = LineCutter.limit) { self.limit = limit }

    /// Gives each line that ends in `bytes`, without its end; empty ones are passed over.
    mutating func push(_ bytes: [UInt8], _ each: ([UInt8]) throws -> Void) rethrows {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            append(bytes[start..<end])
            start = end + 1
            defer {
                line.removeAll(keepingCapacity: line.capacity < limit / 16)
                isTooLong = false
            }
            if !line.isEmpty { try each(line) }
        }
        append(bytes[start...])
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !isTooLong else { return }
        if line.count + bytes.count > limit {
            isTooLong = true
            refused += 1
            line = []
        } else {
            line.append(contentsOf: bytes)
        }
    }
}
