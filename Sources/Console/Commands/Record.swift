// `podglass record -w FILE`: keeps the stream of records, with what is needed to name them.

import Aggregation
import ArgumentParser
import Glibc
import Probes

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record this node for podglass replay.",
        discussion:
            "Stops on Ctrl-C or after --duration. The file is readable by its user alone: names and addresses stand in it. Query strings are left out unless --query-strings."
    )

    @Option(name: [.customShort("w"), .customLong("write")], help: ArgumentHelp("The recording's file.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Stop after so long.", valueName: "duration"), transform: Interval.init(_:))
    var duration: Interval?

    @Flag(help: "Write over a file that exists.")
    var force = false

    @Flag(help: "Record single connections too, not only flows.")
    var connections = false

    @Flag(help: "Keep query strings and credentials in requests' targets.")
    var queryStrings = false

    @OptionGroup var node: NodeOptions

    func run() throws {
        var collector = try node.collector()
        // A recording is looked at with podglass observe, too.
        collector.incidents = true
        try RecordLoop(
            collector: collector, path: file, overwriting: force, duration: duration?.nanoseconds, listsConnections: connections,
            keepsQuery: queryStrings
        ).run()
    }
}

/// Collects on this thread's own watch: the collector's thread writes, this one waits for the end.
struct RecordLoop {
    var collector: LiveCollector
    var path: String
    var overwriting: Bool
    var duration: UInt64?
    var listsConnections: Bool
    /// Else of a query string is kept only that there was one.
    var keepsQuery: Bool

    func run() throws {
        let signals = Signals()
        let recording = Recording(try open())
        let mailbox = Mailbox<Delivery>()
        let requests = Requests(Request(listed: listsConnections ? .all : .none))
        let (collector, keepsQuery) = (collector, keepsQuery)
        var thread = Thread {
            collector.run(mailbox, requests) { event, _ throws(Failure) in
                try recording.append(keepsQuery ? event : Redaction.recorded(event))
            }
        }
        guard thread != nil else { throw Failure("cannot start a thread; raise the limit of processes (ulimit -u)") }
        Rights.keep([])
        let deadline = duration.map { Clock.monotonic() + $0 + collector.interval / 2 }
        var status: Int32 = 0
        var failure: Failure?
        waiting: while true {
            if let delivery = mailbox.take(), case .failed(let error) = delivery {
                failure = error
                break
            }
            while let signal = signals.next() {
                guard [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) else { continue }
                status = Signals.exitStatus(signal)
                break waiting
            }
            let now = Clock.monotonic()
            if let deadline, now >= deadline { break }
            var polled = [mailbox.descriptor, signals.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&polled, nfds_t(polled.count), deadline.map { Int32(clamping: ($0 - now) / 1_000_000 + 1) } ?? -1)
        }
        requests.change { $0.isStopped = true }
        thread.take()?.join()
        if let failure {
            // What was recorded until then is a whole recording; where writing failed, that is said once.
            _ = try? recording.finish()
            throw failure
        }
        let (ticks, bytes) = try recording.finish()
        Standard.error("podglass: recorded \(max(0, ticks - 1)) intervals, \(bytes) bytes, to \(path)")
        if status != 0 { throw ExitCode(status) }
    }

    private func open() throws(Failure) -> RecordingWriter {
        do throws(RecordingWriteError) {
            return try RecordingWriter(
                path: path, overwriting: overwriting,
                header: RecordingHeader(version: Podglass.version, node: Node.read().name, started: Clock.now().wall))
        } catch {
            throw Failure(error.sentence)
        }
    }
}

/// The writer, used by the collector's thread and, when that has ended, by the main thread; never by both.
private final class Recording: @unchecked Sendable {
    private var writer: RecordingWriter
    private var ticks = 0

    init(_ writer: consuming RecordingWriter) { self.writer = writer }

    func append(_ event: Event) throws(Failure) {
        if case .tick = event { ticks += 1 }
        do { try writer.append(event) } catch { throw Failure(error.sentence) }
    }

    func finish() throws(Failure) -> (ticks: Int, bytes: UInt64) {
        do { try writer.finish() } catch { throw Failure(error.sentence) }
        return (ticks, writer.bytesWritten)
    }
}
