// Where a recording's bytes come from: a file, standard input, or bytes that the program carries. Read once, from start to end.

import Glibc

struct RecordingSource: ~Copyable {
    private let file: Descriptor?
    private let embedded: UnsafeRawBufferPointer
    let name: String
    /// How many bytes were read.
    private(set) var position: UInt64 = 0

    /// A file by its path; "-" is standard input.
    init(path: String) throws(SystemError) {
        name = path == "-" ? "standard input" : path
        file = try RecordingSource.open(path, name: name)
        embedded = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Bytes that outlive the source, as the demonstration's do.
    init(embedded: UnsafeRawBufferPointer, name: String) {
        self.embedded = embedded
        self.name = name
        file = nil
    }

    /// `count` bytes, or as many as there are before the end.
    mutating func read(_ count: Int) throws(SystemError) -> [UInt8] {
        let start = Int(clamping: position)
        let bytes = try file?.read(count: count) ?? Array(embedded[start..<min(embedded.count, start + count)])
        position += UInt64(bytes.count)
        return bytes
    }

    private static func open(_ path: String, name: String) throws(SystemError) -> Descriptor {
        guard path == "-" else { return try Descriptor(opening: path, flags: O_RDONLY) }
        let copy = try Descriptor.call("read", name) { Int(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) }
        return Descriptor(Int32(truncatingIfNeeded: copy), name: name)
    }
}
