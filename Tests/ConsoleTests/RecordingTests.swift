import Aggregation
import Glibc
import Testing

@testable import Console

@Suite("Recordings", .serialized) struct RecordingTests {
    private let header = RecordingHeader(version: "1.2.3", node: "node-1", started: 1_700_000_000_000_000_000)
    private let directory = TemporaryDirectory()

    /// A few seconds of a small node.
    private func events(ticks: Int, flows: Int = 3) -> [Event] {
        var events: [Event] = [.node(Node(name: "node-1", kernel: "6.1", processors: 2))]
        for tick in 1...UInt64(max(1, ticks)) {
            for flow in 0..<UInt64(flows) {
                let key = FlowKey(
                    cgroup: flow, netns: 1, direction: .outbound, peer: Address(ipv4: UInt32(truncatingIfNeeded: flow &* 2_654_435_761)),
                    port: 443)
                var sample = FlowSample(key: key, counters: .zero, gauges: Gauges(), lastActive: tick * 1_000_000_000)
                sample.counters[.sentBytes] = tick &* 1_000 &+ flow &* 7_919
                events.append(.flow(sample))
                events.append(.timing(TimingSample(key: key, nanoseconds: tick &* flow &* 0x9e37_79b9_7f4a_7c15 >> 34)))
            }
            events.append(.tick(Moment(wall: tick * 1_000_000_000, monotonic: tick * 1_000_000_000)))
        }
        return events
    }

    private func record(_ events: [Event], to path: String) throws {
        var writer = try RecordingWriter(path: path, header: header)
        for event in events { try writer.append(event) }
        try writer.finish()
    }

    /// Everything up to the end or the error.
    private func play(_ bytes: [UInt8]) -> (header: RecordingHeader?, events: [Event], error: RecordingReadError?) {
        bytes.withUnsafeBytes { bytes in
            var events: [Event] = []
            var header: RecordingHeader?
            do throws(RecordingReadError) {
                var reader = try RecordingReader(RecordingSource(embedded: bytes, name: "x.podglass"))
                header = reader.header
                while let event = try reader.next() { events.append(event) }
                return (header, events, nil)
            } catch {
                return (header, events, error)
            }
        }
    }

    @Test("what was recorded plays, from a path, from standard input and from memory; only its user may read it")
    func roundTrip() throws {
        let path = directory.file("a.podglass")
        let events = events(ticks: 5, flows: 3_000)
        try record(events, to: path)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)

        var reader = try RecordingReader(path: path)
        let read = reader.header
        #expect(read == header)
        var played: [Event] = []
        while let event = try reader.next() { played.append(event) }
        #expect(played == events)
        let again = try reader.next()
        #expect(again == nil)
        let bytes = TemporaryDirectory.read(path)
        #expect(play(bytes).events == events)
        #expect(bytes.count < events.count * 12)

        let saved = dup(STDIN_FILENO)
        let input = open(path, O_RDONLY)
        dup2(input, STDIN_FILENO)
        defer {
            dup2(saved, STDIN_FILENO)
            close(saved)
            close(input)
        }
        var stream = try RecordingReader(path: "-")
        var count = 0
        while try stream.next() != nil { count += 1 }
        #expect(count == events.count)
    }

    @Test("cut off at any byte, it plays every whole block before that and says where")
    func truncation() throws {
        let path = directory.file("a.podglass")
        let events = events(ticks: 6)
        try record(events, to: path)
        let bytes = TemporaryDirectory.read(path)
        #expect(play(bytes).error == nil)
        var most = 0
        for length in 0..<bytes.count {
            let result = play(Array(bytes[..<length]))
            #expect(result.error == .truncated(name: "x.podglass", at: UInt64(length)))
            #expect(result.events == Array(events.prefix(result.events.count)))
            if case .tick? = result.events.last {} else { #expect(result.events.isEmpty) }
            #expect(result.events.count >= most)
            most = result.events.count
        }
        // Only the end mark was missing.
        #expect(most == events.count)
        let end = RecordingReadError.truncated(name: "x.podglass", at: 900).sentence
        #expect(end.hasPrefix("x.podglass is cut off at byte 900; everything before that was played"))
    }

    @Test("a flipped bit anywhere is found, and what was before it plays")
    func damage() throws {
        let path = directory.file("a.podglass")
        let events = events(ticks: 4)
        try record(events, to: path)
        let bytes = TemporaryDirectory.read(path)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let result = play(damaged)
            #expect(result.events == Array(events.prefix(result.events.count)))
            #expect(result.error != nil)
            #expect(result.error?.sentence.contains("x.podglass") == true)
        }
    }

    @Test("foreign files are refused, whatever they hold")
    func foreign() {
        let files: [[UInt8]] = [
            Array("hello".utf8), Array("podglasses are nice".utf8), [0], [0x1f, 0x8b, 8], [UInt8](repeating: 0xff, count: 70_000),
            Array("{\"schema\":\"podglass/1\"}\n".utf8),
        ]
        for bytes in files {
            let result = play(bytes)
            #expect(result.error == .foreign(name: "x.podglass") && result.events.isEmpty)
        }
        #expect(play([]).error == .truncated(name: "x.podglass", at: 0))
        #expect(RecordingReadError.foreign(name: "a\u{1b}[2J").sentence.hasPrefix("a\\x1b[2J is no recording of podglass"))
    }

    @Test("a newer format is refused by its number")
    func newer() throws {
        let path = directory.file("a.podglass")
        try record(events(ticks: 1), to: path)
        var bytes = TemporaryDirectory.read(path)
        let next = EventCodec.version + 1
        bytes[RecordingFormat.magic.count] = UInt8(next)
        #expect(play(bytes).error == .newer(name: "x.podglass", version: next))
        bytes[RecordingFormat.magic.count + 1] = 1
        #expect(play(Array(bytes.prefix(12))).error == .newer(name: "x.podglass", version: 256 + next))
        #expect(play(bytes).error?.sentence.contains("format \(256 + next)") == true)
    }

    @Test("random bytes behind a good header give an error, never more")
    func fuzz() throws {
        var state: UInt64 = 42
        for _ in 0..<300 {
            let payload = (0..<200).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
            // As a block with a right checksum, once as deflated data and once as a payload.
            var stream = try DeflateStream()
            for block in [payload, stream.deflate(payload)] {
                let result = play(RecordingFormat.prefix(header) + RecordingFormat.frame(block) + RecordingFormat.endMark)
                #expect(result.events.count <= payload.count)
            }
            #expect(play(RecordingFormat.prefix(header) + payload).error != nil)
        }
    }

    @Test("a block that inflates beyond its limit is refused, and one that claims to be huge is never allocated")
    func bomb() throws {
        var stream = try DeflateStream()
        let bomb = stream.deflate([UInt8](repeating: 0, count: RecordingLimits.payloadBytes + 1))
        #expect(bomb.count < 10_000)
        let result = play(RecordingFormat.prefix(header) + RecordingFormat.frame(bomb))
        let start = UInt64(RecordingFormat.prefix(header).count)
        #expect(result.error == .damaged(name: "x.podglass", at: start, why: "it does not decompress"))
        let huge = play(RecordingFormat.prefix(header) + [0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0])
        #expect(huge.error == .damaged(name: "x.podglass", at: start, why: "a block longer than any that podglass writes"))
    }

    @Test("an existing file is not touched, unless it may be replaced")
    func existing() throws {
        let path = directory.file("a.podglass")
        TemporaryDirectory.write([1, 2, 3], to: path)
        chmod(path, 0o644)
        #expect(throws: RecordingWriteError.exists(path)) { try record(events(ticks: 1), to: path) }
        #expect(TemporaryDirectory.read(path) == [1, 2, 3])
        #expect(RecordingWriteError.exists(path).sentence.hasSuffix("exists already; choose another name, or replace it with --force"))
        var writer = try RecordingWriter(path: path, overwriting: true, header: header)
        try writer.finish()
        let result = play(TemporaryDirectory.read(path))
        #expect(result.error == nil && result.header == header)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("a file that is replaced is a new one: no link is followed, and who has the old one open does not read the new one")
    func replacing() throws {
        let (path, target) = (directory.file("a.podglass"), directory.file("other"))
        TemporaryDirectory.write([1, 2, 3], to: target)
        #expect(symlink(target, path) == 0)
        #expect(throws: RecordingWriteError.exists(path)) { try record(events(ticks: 1), to: path) }
        var writer = try RecordingWriter(path: path, overwriting: true, header: header)
        try writer.finish()
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o777 == 0o600)
        #expect(TemporaryDirectory.read(target) == [1, 2, 3])

        chmod(target, 0o666)
        let reader = open(target, O_RDONLY)
        defer { close(reader) }
        var again = try RecordingWriter(path: target, overwriting: true, header: header)
        try again.finish()
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, 16) == 3)
        #expect(stat(target, &status) == 0 && status.st_mode & 0o777 == 0o600)
        // A link to nowhere is replaced, too, and its target not made.
        let dangling = directory.file("dangling")
        #expect(symlink(directory.file("nowhere"), dangling) == 0)
        var last = try RecordingWriter(path: dangling, overwriting: true, header: header)
        try last.finish()
        #expect(stat(directory.file("nowhere"), &status) != 0)
    }

    @Test("what cannot be opened says why")
    func unopenable() {
        #expect(throws: RecordingReadError.failed(SystemError("open", "/nonexistent/x", code: ENOENT))) {
            _ = try RecordingReader(path: "/nonexistent/x")
        }
        #expect(throws: RecordingReadError.failed(SystemError("read", "/tmp", code: EISDIR))) { _ = try RecordingReader(path: "/tmp") }
        #expect(throws: RecordingWriteError.failed(SystemError("open", "/nonexistent/x", code: ENOENT))) {
            try record([], to: "/nonexistent/x")
        }
    }

    @Test("a full device is an error with a sentence")
    func fullDevice() {
        do {
            _ = try RecordingWriter(path: "/dev/full", overwriting: true, header: header)
            Issue.record("no error")
        } catch {
            #expect(error.sentence == "cannot write /dev/full: No space left on device; free space there or choose another place")
        }
    }

    @Test("a disk that fills up keeps every whole block, and the recording plays", .enabled(if: geteuid() == 0, "needs root for a tmpfs"))
    func fullDisk() throws {
        let place = directory.file("disk")
        mkdir(place, 0o700)
        defer {
            umount2(place, Int32(MNT_DETACH))
            rmdir(place)
        }
        guard mount("tmpfs", place, "tmpfs", 0, "size=64k") == 0 else {
            withKnownIssue("no tmpfs may be mounted here") { Issue.record("errno \(errno)") }
            return
        }
        let path = place + "/a.podglass"
        let events = events(ticks: 400, flows: 60)
        var writer = try RecordingWriter(path: path, header: header)
        var failure: RecordingWriteError?
        for event in events {
            do throws(RecordingWriteError) { try writer.append(event) } catch {
                failure = error
                break
            }
        }
        #expect(failure == .failed(SystemError("write", path, code: ENOSPC)))
        #expect(throws: RecordingWriteError.self) { try writer.append(.tick(.zero)) }
        #expect(throws: RecordingWriteError.self) { try writer.finish() }
        let bytes = TemporaryDirectory.read(path)
        let written = writer.bytesWritten
        #expect(bytes.count == Int(written) + RecordingFormat.endMark.count)
        let result = play(bytes)
        #expect(result.error == nil)
        #expect(result.events.count > 1_000)
        #expect(result.events == Array(events.prefix(result.events.count)))
    }

    @Test("a writer that goes away without an end leaves a recording that plays and says so")
    func killed() throws {
        let path = directory.file("a.podglass")
        let events = events(ticks: 3)
        do {
            var writer = try RecordingWriter(path: path, header: header)
            for event in events { try writer.append(event) }
        }
        let bytes = TemporaryDirectory.read(path)
        let result = play(bytes)
        #expect(result.events == events)
        #expect(result.error == .truncated(name: "x.podglass", at: UInt64(bytes.count)))
    }
}
