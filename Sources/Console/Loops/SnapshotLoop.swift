// Looks for a while, then writes everything that is known as one JSON document: a list a table, and the status.

import Aggregation
import Glibc
import Probes

struct SnapshotLoop {
    var source: TableSource
    /// Nanoseconds.
    var duration: UInt64

    func run() throws(Failure) {
        let signals = Signals()
        var running = try RunningSource(source, request: Request(listed: .all))
        defer { running.stop() }
        Rights.keep([])
        let started = Clock.monotonic()
        var latest: Tables?
        while true {
            if let delivery = running.mailbox.take() {
                switch delivery {
                case .failed(let failure): throw failure
                case .tables(let tables): latest = tables
                case .ended(let tables):
                    try write(tables)
                    return
                }
            }
            // Whole intervals: the one that is due when the time is up is waited for.
            if let latest, latest.interval > 0, latest.moment.monotonic - latest.started + latest.interval / 2 >= duration {
                try write(latest)
                return
            }
            var waiting = [
                pollfd(fd: running.mailbox.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waiting, nfds_t(waiting.count), -1)
            while let signal = signals.next() {
                guard [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) else { continue }
                // What is known by now is what was asked for, cut short.
                if signal == SIGINT, let latest, Clock.monotonic() > started { try write(latest) }
                running.stop()
                exit(Signals.exitStatus(signal))
            }
        }
    }

    private func write(_ tables: Tables) throws(Failure) {
        var document = JSONWriter()
        document.beginObject()
        JSONLine.header(type: "snapshot", time: tables.moment.wall, to: &document)
        document.key("node")
        document.string(tables.node.name)
        document.key("duration_ns")
        document.integer(tables.moment.monotonic - tables.started)
        for schema in Schema.all {
            document.key(schema.name)
            JSONLine(schema).append(LineLoop.Table(schema: schema).listing.rows(in: tables), of: tables, to: &document)
        }
        document.key("status")
        StatusLine.append(tables, linesDropped: 0, to: &document)
        document.endObject()
        document.newline()
        // One document is not a stream: a slow reader is waited for.
        do {
            try Descriptor(dup(STDOUT_FILENO), name: "standard output").write(document.bytes)
        } catch {
            if error.code != EPIPE { throw Failure(error.sentence) }
        }
    }
}
