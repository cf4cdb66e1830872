// Lines to standard output, or any descriptor, for a reader that may be slow or leave. Lines wait here up to 16 MiB; a
// line that does not fit then is dropped whole and counted, so a slow reader makes podglass neither grow nor wait. One
// loop owns it: it offers lines, flushes, and waits for the reader and its mailbox together.
//
// The descriptor is shared with others (a shell), so it is never made non-blocking. A pipe that poll(2) calls writable
// takes 4,096 bytes without blocking; a terminal is opened a second time, non-blocking, where /proc allows it.

import Glibc

struct BoundedWriter: ~Copyable {
    enum Progress: Hashable {
        /// Everything offered is written.
        case drained
        /// Lines wait for the reader.
        case waiting
        /// Nobody reads any more: end quietly, with status 0.
        case readerGone
    }

    /// Bytes of lines that may wait.
    static let queueLimit = 16 << 20
    /// From so many on they are written while more is offered.
    private static let eager = 1 << 20
    /// Room that only what tells of dropped lines may use.
    private static let reserve = 1 << 16
    private static let pipeChunk = 4_096
    private static let fileChunk = 1 << 18

    /// The descriptor to poll for writing while `isPending`.
    let descriptor: Int32
    private let name: String
    private let isFile: Bool
    private let isTerminal: Bool
    /// The terminal opened a second time, where it was.
    private let owned: Descriptor?
    private var queue: ByteRing
    private var isReaderGone = false
    private(set) var linesOffered: UInt64 = 0
    private(set) var linesWritten: UInt64 = 0
    /// Lines dropped since the start: no room, nobody to read, or not read by the deadline.
    private(set) var linesDropped: UInt64 = 0

    init(descriptor: Int32 = STDOUT_FILENO, name: String = "standard output", limit: Int = BoundedWriter.queueLimit) {
        var status = stat()
        isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        isTerminal = isatty(descriptor) == 1
        let reopened =
            isTerminal ? open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1
        self.descriptor = reopened >= 0 ? reopened : descriptor
        owned = reopened >= 0 ? Descriptor(reopened, name: name) : nil
        self.name = name
        queue = ByteRing(limit: limit)
    }

    /// Once, before the first writer: a reader that leaves is then an error of write(2), not a signal.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    var isPending: Bool { queue.count > 0 }

    /// Queues whole lines, each ending in a newline and all or none of them; never blocks.
    /// - Parameter isAccount: they tell of dropped lines, so there is room for them where there is none for others.
    mutating func offer(_ lines: [UInt8], isAccount: Bool = false) {
        let count = BoundedWriter.newlines(lines)
        linesOffered += count
        let limit = isAccount ? queue.limit : queue.limit - min(queue.limit / 4, BoundedWriter.reserve)
        if isReaderGone || queue.count + lines.count > limit || !queue.append(lines) { linesDropped += count }
    }

    /// In the midst of much that is offered at once: writes what has gathered, and where it fills the queue waits for the
    /// reader, until `deadline`. One that reads loses nothing, however much an interval has to say.
    mutating func makeRoom(waitingUntil deadline: UInt64) throws(SystemError) {
        guard queue.count > min(BoundedWriter.eager, queue.limit / 4) else { return }
        _ = try flush()
        while queue.count > queue.limit / 2, !isReaderGone, Descriptor.now < deadline {
            guard try isWritable(until: deadline) else { return }
            _ = try flush()
        }
    }

    /// Writes what the reader takes now; never blocks.
    mutating func flush() throws(SystemError) -> Progress {
        while !isReaderGone, isPending {
            if !isFile, try !isWritable(until: 0) { return .waiting }
            if try !writeChunk() { return isReaderGone ? .readerGone : .waiting }
        }
        return isReaderGone ? .readerGone : .drained
    }

    /// Waits until the reader takes more, `mailbox` has something to read, or `deadline` (CLOCK_MONOTONIC, nanoseconds)
    /// is there, and flushes. Notices a reader that leaves while nothing is pending, too.
    mutating func flush(waitingUntil deadline: UInt64, mailbox: Int32 = -1) throws(SystemError) -> Progress {
        let progress = try flush()
        if progress == .readerGone { return progress }
        let events = isPending ? Int16(POLLOUT) : 0
        var polled = [
            // An idle file or device is always writable and says nothing.
            pollfd(fd: isFile ? -1 : descriptor, events: events, revents: 0),
            pollfd(fd: mailbox, events: Int16(POLLIN), revents: 0),
        ]
        _ = try BoundedWriter.poll(&polled, name: name, until: deadline)
        let gone = polled[0].revents
        if gone & Int16(POLLNVAL) != 0 { throw SystemError("write", name, code: EBADF) }
        if gone & Int16(POLLERR | POLLHUP) != 0, !isPending { giveUp() }
        return try flush()
    }

    /// Writes what is left, waiting for the reader until `deadline`; lines not read by then are dropped and counted.
    mutating func finish(deadline: UInt64) throws(SystemError) -> Progress {
        var progress = try flush()
        while progress == .waiting, Descriptor.now < deadline {
            _ = try isWritable(until: deadline)
            progress = try flush()
        }
        if progress == .waiting { dropQueue() }
        return progress
    }
}

extension BoundedWriter {
    /// One write of what stands first; false where the reader takes nothing now or is gone.
    private mutating func writeChunk() throws(SystemError) -> Bool {
        let chunk = isFile ? BoundedWriter.fileChunk : BoundedWriter.pipeChunk
        let descriptor = descriptor
        do {
            let written = try Descriptor.call("write", name) {
                queue.withFront(chunk) { write(descriptor, $0.baseAddress, $0.count) }
            }
            linesWritten += queue.withFront(written) { BoundedWriter.newlines($0) }
            queue.removeFront(written)
            return true
        } catch {
            switch error.code {
            case EAGAIN: return false
            case EPIPE, ECONNRESET: giveUp()
            case EIO where isTerminal: giveUp()
            default:
                dropQueue()
                throw error
            }
            return false
        }
    }

    private mutating func giveUp() {
        isReaderGone = true
        dropQueue()
    }

    /// A line of which a part was written already counts as dropped: its reader cannot use it.
    private mutating func dropQueue() {
        linesDropped = linesOffered - linesWritten
        queue.removeAll()
    }

    private func isWritable(until deadline: UInt64) throws(SystemError) -> Bool {
        var polled = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        return try BoundedWriter.poll(&polled, name: name, until: deadline) > 0
    }

    private static func poll(_ polled: inout [pollfd], name: String, until deadline: UInt64) throws(SystemError) -> Int {
        try Descriptor.call("wait for", name) {
            // Computed anew after an interruption; rounded up, so that a wait is never a spin.
            let now = deadline == 0 ? 0 : Descriptor.now
            let milliseconds = deadline <= now ? 0 : (deadline - now + 999_999) / 1_000_000
            return Int(Glibc.poll(&polled, nfds_t(polled.count), Int32(clamping: milliseconds)))
        }
    }

    private static func newlines(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }
}
