// Owns a file descriptor and closes it. The calls on descriptors that output and recordings need stand here once, and
// with them the policy for EINTR: a call that a signal interrupted is made again (signals themselves arrive by signalfd).

import Glibc

struct Descriptor: ~Copyable {
    let number: Int32
    /// How errors call it.
    let name: String

    init(_ number: Int32, name: String) {
        self.number = number
        self.name = name
    }

    init(opening path: String, flags: Int32, mode: mode_t = 0) throws(SystemError) {
        number = Int32(truncatingIfNeeded: try Descriptor.call("open", path) { Int(open(path, flags | O_CLOEXEC, mode)) })
        name = path
    }

    deinit { close(number) }

    /// Reads until `count` bytes are there or the input ends.
    borrowing func read(count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let number = number
            let got = try Descriptor.call("read", name) {
                bytes.withUnsafeMutableBytes { buffer in
                    Glibc.read(number, buffer.baseAddress.map { $0 + filled }, count - filled)
                }
            }
            if got == 0 { break }
            filled += got
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Writes all of it, waiting as long as that takes.
    borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let number = number
            written += try Descriptor.call("write", name) {
                bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress.map { $0 + written }, bytes.count - written) }
            }
        }
    }

    /// Makes the call again while a signal interrupts it.
    static func call(_ operation: String, _ subject: String, _ body: () -> Int) throws(SystemError) -> Int {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemError(operation, subject, code: code) }
        }
    }

    /// CLOCK_MONOTONIC in nanoseconds.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
