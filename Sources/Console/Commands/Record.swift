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

    @Flag(help: "Keep only the time around anomalies: what happened before one waits in memory until one is flagged.")
    var onlyAnomalies = false

    @Option(
        help: ArgumentHelp("With --only-anomalies: how much is kept before and after.", valueName: "duration"),
        transform: Interval.init(_:))
    var margin = Interval(nanoseconds: 120_000_000_000)

    @Option(help: ArgumentHelp("With --only-anomalies: the least that counts: notice, warning or critical.", valueName: "severity"))
    var severity = "warning"

    @OptionGroup var node: NodeOptions

    func run() throws {
        guard let least = Severity.named(severity) else { throw Check.unknownSeverity(severity) }
        var collector = try node.collector()
        // A recording is looked at with podglass observe, too.
        collector.incidents = true
        try RecordLoop(
            collector: collector, path: file, overwriting: force, duration: duration?.nanoseconds, listsConnections: connections,
            keepsQuery: queryStrings, excerpt: onlyAnomalies ? .init(margin: margin.nanoseconds, least: least) : nil
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
    /// Which anomalies are kept, and how much around them; nil for everything.
    var excerpt: Excerpt?

    struct Excerpt: Sendable {
        var margin: UInt64
        var least: Severity
    }

    func run() throws {
        let signals = Signals()
        let recording = Recording(try open(), excerpt)
        let mailbox = Mailbox<Delivery>()
        let requests = Requests(Request(listed: listsConnections ? .all : .none))
        let (collector, keepsQuery) = (collector, keepsQuery)
        var thread = Thread {
            collector.run(mailbox, requests) { event, engine throws(Failure) in
                try recording.append(keepsQuery ? event : Redaction.recorded(event), engine)
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
        if let account = recording.account {
            Standard.error("podglass: \(RecordLoop.sentence(account)), \(bytes) bytes, to \(path)")
        } else {
            Standard.error("podglass: recorded \(max(0, ticks - 1)) intervals, \(bytes) bytes, to \(path)")
        }
        if status != 0 { throw ExitCode(status) }
    }

    static func sentence(_ account: RecordingExcerpt.Account) -> String {
        guard account.stretches > 0 else { return "nothing was flagged: recorded none of \(account.seen) intervals" }
        let stretches = account.stretches == 1 ? "one stretch" : "\(account.stretches) stretches"
        let missing = account.missing > 0 ? "; \(account.missing) before an anomaly found no room in memory" : ""
        return "recorded \(account.written) of \(account.seen) intervals, in \(stretches) around anomalies\(missing)"
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
    private var excerpt: RecordingExcerpt?
    private let least: Severity

    init(_ writer: consuming RecordingWriter, _ excerpt: RecordLoop.Excerpt?) {
        self.writer = writer
        self.excerpt = excerpt.map { RecordingExcerpt(margin: $0.margin) }
        least = excerpt?.least ?? .notice
    }

    var account: RecordingExcerpt.Account? { excerpt?.account }

    func append(_ event: Event, _ engine: Engine) throws(Failure) {
        guard excerpt != nil else { return try write(event) }
        var isAnomalous = false
        if case .tick = event { isAnomalous = engine.tables.anomalies.rows.contains { $0.isOpen && $0.severity >= least } }
        try excerpt?.receive(event, isAnomalous: isAnomalous) { event throws(Failure) in try write(event) }
    }

    private func write(_ event: Event) throws(Failure) {
        if case .tick = event { ticks += 1 }
        do { try writer.append(event) } catch { throw Failure(error.sentence) }
    }

    func finish() throws(Failure) -> (ticks: Int, bytes: UInt64) {
        do { try writer.finish() } catch { throw Failure(error.sentence) }
        return (ticks, writer.bytesWritten)
    }
}
