import Glibc
import Testing

@testable import Console

@Suite("Bounded writer", .serialized) struct BoundedWriterTests {
    init() { BoundedWriter.ignoreBrokenPipes() }

    /// Both ends of a pipe, closed when it goes.
    private final class Pipe {
        let reading: Int32
        let writing: Int32
        private var isReadingClosed = false

        init() {
            var ends: [Int32] = [-1, -1]
            _ = pipe(&ends)
            (reading, writing) = (ends[0], ends[1])
        }

        func closeReading() {
            if !isReadingClosed { close(reading) }
            isReadingClosed = true
        }

        /// What lies in the pipe, at most `count` bytes; never waits.
        func take(_ count: Int) -> [UInt8] {
            var polled = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 0) > 0 else { return [] }
            var bytes = [UInt8](repeating: 0, count: count)
            bytes.removeLast(count - max(0, read(reading, &bytes, count)))
            return bytes
        }

        deinit {
            closeReading()
            close(writing)
        }
    }

    private func line(_ number: Int, length: Int = 100) -> [UInt8] {
        let head = Array("line \(number) ".utf8)
        return head + [UInt8](repeating: UInt8(ascii: "x"), count: max(0, length - head.count - 1)) + [10]
    }

    private func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast().map { Array($0) + [10] }
    }

    @Test("more than the queue holds, offered at once: a file gets all of it, and what tells of dropped lines has room of its own")
    func muchAtOnce() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("lines")
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        var writer = BoundedWriter(descriptor: file, name: "a file", limit: 64 << 10)
        for number in 0..<5_000 {
            writer.offer(line(number))
            try writer.makeRoom(waitingUntil: 0)
        }
        #expect(writer.linesDropped == 0)
        _ = try writer.finish(deadline: 0)
        #expect(lseek(file, 0, SEEK_END) == 500_000)

        let pipe = Pipe()
        var stalled = BoundedWriter(descriptor: pipe.writing, name: "a pipe", limit: 64 << 10)
        for number in 0..<5_000 {
            stalled.offer(line(number))
            try stalled.makeRoom(waitingUntil: 0)
        }
        let dropped = stalled.linesDropped
        #expect(dropped > 0)
        stalled.offer(line(5_000), isAccount: true)
        #expect(stalled.linesDropped == dropped)
    }

    @Test("a reader that keeps up gets everything")
    func keepsUp() throws {
        let pipe = Pipe()
        var writer = BoundedWriter(descriptor: pipe.writing, name: "a pipe")
        var received: [UInt8] = []
        for number in 0..<2_000 {
            writer.offer(line(number))
            _ = try writer.flush()
            received += pipe.take(65_536)
        }
        let (written, dropped) = (writer.linesWritten, writer.linesDropped)
        #expect(written == 2_000 && dropped == 0)
        #expect(lines(received) == (0..<2_000).map { line($0) })
    }

    @Test("a reader that does not read makes us neither wait nor grow; dropped lines are whole and counted")
    func slowReader() throws {
        let pipe = Pipe()
        let limit = 100_000
        var writer = BoundedWriter(descriptor: pipe.writing, name: "a pipe", limit: limit)
        let start = Descriptor.now
        for number in 0..<5_000 {
            writer.offer(line(number, length: 20 + number % 300))
            #expect(try writer.flush() != .readerGone)
        }
        #expect(Descriptor.now - start < 10_000_000_000)
        let dropped = writer.linesDropped
        #expect(dropped > 0)

        // The reader comes back, slowly, while more is offered.
        var received: [UInt8] = []
        for number in 5_000..<9_000 {
            writer.offer(line(number, length: 20 + number % 300))
            _ = try writer.flush()
            if number % 7 == 0 { received += pipe.take(3_000) }
        }
        while case let progress = try writer.flush(), progress == .waiting || !received.isEmpty {
            let more = pipe.take(65_536)
            if more.isEmpty, progress == .drained { break }
            received += more
        }
        let (offered, written, lost) = (writer.linesOffered, writer.linesWritten, writer.linesDropped)
        #expect(offered == 9_000)
        #expect(written + lost == offered)
        let got = lines(received)
        #expect(UInt64(got.count) == written)
        #expect(received.last == 10)
        // Every line that came is one that was offered, whole, in order.
        var last = -1
        for line in got {
            let number = Int(String(decoding: line, as: UTF8.self).split(separator: " ")[1]) ?? -1
            #expect(line == self.line(number, length: 20 + number % 300) && number > last)
            last = number
        }
    }

    @Test("a reader that leaves ends it quietly, whether lines wait or not")
    func readerGone() throws {
        let pipe = Pipe()
        var writer = BoundedWriter(descriptor: pipe.writing, name: "a pipe")
        #expect(try writer.flush(waitingUntil: 0) == .drained)
        pipe.closeReading()
        #expect(try writer.flush(waitingUntil: Descriptor.now + 5_000_000_000) == .readerGone)
        writer.offer(line(1))
        #expect(try writer.flush() == .readerGone)
        let dropped = writer.linesDropped
        #expect(dropped == 1)

        let second = Pipe()
        var other = BoundedWriter(descriptor: second.writing, name: "a pipe")
        second.closeReading()
        for number in 0..<10 { other.offer(line(number)) }
        #expect(try other.flush() == .readerGone)
        let (written, lost) = (other.linesWritten, other.linesDropped)
        #expect(written == 0 && lost == 10)
    }

    @Test("finish waits for the reader until the deadline, then counts the rest as dropped")
    func finish() throws {
        let pipe = Pipe()
        var writer = BoundedWriter(descriptor: pipe.writing, name: "a pipe")
        for number in 0..<5_000 { writer.offer(line(number)) }
        let start = Descriptor.now
        #expect(try writer.finish(deadline: start + 200_000_000) == .waiting)
        #expect(Descriptor.now - start >= 200_000_000)
        let (written, dropped) = (writer.linesWritten, writer.linesDropped)
        #expect(written + dropped == 5_000 && dropped > 0)

        let reader = Pipe()
        var patient = BoundedWriter(descriptor: reader.writing, name: "a pipe")
        for number in 0..<5_000 { patient.offer(line(number)) }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                var chunk = [UInt8](repeating: 0, count: 7_000)
                let descriptor = Int32(Int(bitPattern: argument))
                var count = 0
                while count < 500_000 { count += max(1, read(descriptor, &chunk, chunk.count)) }
                return nil
            }, UnsafeMutableRawPointer(bitPattern: Int(reader.reading)))
        #expect(try patient.finish(deadline: Descriptor.now + 20_000_000_000) == .drained)
        pthread_join(thread, nil)
        let all = patient.linesWritten
        #expect(all == 5_000)
    }

    @Test("the mailbox wakes a wait for a slow reader")
    func mailbox() throws {
        let pipe = Pipe()
        let mailbox = Pipe()
        var writer = BoundedWriter(descriptor: pipe.writing, name: "a pipe")
        for number in 0..<5_000 { writer.offer(line(number)) }
        _ = write(mailbox.writing, "!", 1)
        let start = Descriptor.now
        #expect(try writer.flush(waitingUntil: start + 30_000_000_000, mailbox: mailbox.reading) == .waiting)
        #expect(Descriptor.now - start < 10_000_000_000)
    }

    @Test("a full disk is an error with a sentence")
    func fullDisk() {
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var writer = BoundedWriter(descriptor: descriptor)
        writer.offer(line(1))
        do {
            _ = try writer.flush()
            Issue.record("no error")
        } catch {
            #expect(error.code == ENOSPC)
            #expect(error.sentence == "cannot write standard output: No space left on device; free space there or choose another place")
        }
        let dropped = writer.linesDropped
        #expect(dropped == 1)
    }

    @Test("a closed descriptor is an error with a sentence")
    func closed() {
        var writer = BoundedWriter(descriptor: 1_000)
        writer.offer(line(1))
        #expect(throws: SystemError.self) { try writer.flush() }
    }

    @Test("a regular file takes everything at once")
    func regularFile() throws {
        let directory = TemporaryDirectory()
        let descriptor = open(directory.file("out"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        var writer = BoundedWriter(descriptor: descriptor)
        for number in 0..<20_000 { writer.offer(line(number)) }
        #expect(try writer.flush() == .drained)
        #expect(TemporaryDirectory.read(directory.file("out")).count == 2_000_000)
    }

    @Test("a terminal whose reader stopped does not block us, and one that vanished ends it quietly")
    func terminal() throws {
        // As posix_openpt, unlockpt and ptsname do, which Glibc's module does not show.
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (unlocked, number): (Int32, Int32) = (0, -1)
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        try #require(ioctl(controller, setLock, &unlocked) == 0 && ioctl(controller, getNumber, &number) == 0)
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        defer { close(terminal) }
        var writer = BoundedWriter(descriptor: terminal, name: "a terminal", limit: 1 << 20)
        for number in 0..<20_000 { writer.offer(line(number)) }
        #expect(try writer.flush() == .waiting)
        close(controller)
        #expect(try writer.flush(waitingUntil: Descriptor.now + 1_000_000_000) == .readerGone)
        let (written, dropped) = (writer.linesWritten, writer.linesDropped)
        #expect(written + dropped == 20_000)
    }
}

@Suite("Byte ring") struct ByteRingTests {
    @Test("is a queue, whatever the sizes, up to its limit", arguments: 1...24)
    func model(limit: Int) {
        var ring = ByteRing(limit: limit)
        var model: [UInt8] = []
        var state: UInt32 = UInt32(limit)
        var next: UInt8 = 0
        for _ in 0..<2_000 {
            state = state &* 1_664_525 &+ 1_013_904_223
            let size = Int(state >> 24) % (limit + 2)
            if state & 0x10000 == 0 {
                let bytes = (0..<size).map { _ in
                    next &+= 1
                    return next
                }
                let fits = model.count + size <= limit
                #expect(ring.append(bytes) == fits)
                if fits { model += bytes }
            } else {
                let front = ring.withFront(size) { Array($0) }
                #expect(front.elementsEqual(model.prefix(front.count)))
                #expect(front.count > 0 || size == 0 || model.isEmpty)
                ring.removeFront(front.count)
                model.removeFirst(front.count)
            }
            #expect(ring.count == model.count)
        }
    }
}
