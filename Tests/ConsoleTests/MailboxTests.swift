import Aggregation
import Glibc
import Testing

@testable import Console

@Suite("Between threads") struct MailboxTests {
    private func isReadable(_ descriptor: Int32, milliseconds: Int32 = 0) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, milliseconds) == 1
    }

    @Test("the newest wins, is taken once, and wakes its reader")
    func newest() {
        let mailbox = Mailbox<Int>()
        #expect(!isReadable(mailbox.descriptor))
        mailbox.put(1)
        mailbox.put(2)
        #expect(isReadable(mailbox.descriptor))
        #expect(mailbox.take() == 2)
        #expect(mailbox.take() == nil)
        #expect(!isReadable(mailbox.descriptor))
    }

    @Test("a reader beside a busy writer sees values in order and always the last")
    func threads() throws {
        let mailbox = Mailbox<Int>()
        let last = 20_000
        var writer = Thread { for number in 1...last { mailbox.put(number) } }
        if writer == nil {
            Issue.record("no thread")
            return
        }
        var seen = 0
        while seen < last {
            try #require(isReadable(mailbox.descriptor, milliseconds: 10_000))
            guard let value = mailbox.take() else { continue }
            #expect(value > seen)
            seen = value
        }
        writer.take()?.join()
        #expect(mailbox.take() == nil)
    }

    @Test("a changed request wakes who waits, the same one does not; one that came before is not missed")
    func requests() throws {
        let requests = Requests()
        #expect(!requests.wait(milliseconds: 0))
        requests.change { $0.listed = .none }
        #expect(!requests.wait(milliseconds: 0))
        requests.change { $0.listed = .all }
        #expect(requests.wait(milliseconds: 0))
        #expect(!requests.wait(milliseconds: 0))
        var other = Thread { requests.change { $0.isStopped = true } }
        #expect(requests.wait(milliseconds: 10_000))
        #expect(requests.current == Request(listed: .all, isStopped: true))
        other.take()?.join()
    }

    @Test("a source that is stopped while it waits for its next tick ends at once")
    func stop() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("slow.podglass")
        var writer = try RecordingWriter(path: path, header: RecordingHeader(version: "1", node: "n", started: 1))
        for second in [1, 1_000] as [UInt64] { try writer.append(.tick(Moment(wall: second, monotonic: second * 1_000_000_000))) }
        try writer.finish()
        var running = try RunningSource(.replay(ReplayCollector(recording: .file(path))))
        #expect(isReadable(running.mailbox.descriptor, milliseconds: 10_000))
        running.stop()
        running.stop()
        if case .ended = running.mailbox.take() { Issue.record("it played to the end") }
    }

    @Test("a source that cannot begin says why")
    func failure() throws {
        var running = try RunningSource(.replay(ReplayCollector(recording: .file("/nonexistent/x.podglass"))))
        #expect(isReadable(running.mailbox.descriptor, milliseconds: 10_000))
        guard case .failed(let failure) = running.mailbox.take() else {
            Issue.record("it did not fail")
            return running.stop()
        }
        #expect(failure.status == 1 && failure.sentence.contains("/nonexistent/x.podglass"))
        running.stop()
    }
}
