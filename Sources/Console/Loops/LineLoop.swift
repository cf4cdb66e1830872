// Prints tables as lines, interval after interval: JSON, CSV or aligned columns. One thread; it waits for the collector, the
// reader and signals together, and never makes the collector wait.

import Aggregation
import Glibc
import Probes

struct LineLoop {
    /// One table to print, and which of its rows.
    struct Table {
        var schema: Schema
        var listing: Listing

        init(schema: Schema, listing: Listing? = nil) {
            self.schema = schema
            self.listing = listing ?? Listing(schema: schema, query: nil, sort: nil, descending: true, limit: nil)
        }
    }

    var source: TableSource
    var tables: [Table]
    var format: LineFormat
    /// Intervals to print; nil until stopped.
    var count: Int?

    /// How long a reader is waited for within an interval's lines, nanoseconds: a signal waits as long.
    private static let patience: UInt64 = 1_000_000_000
    /// How long a reader has for what is left when the program ends, nanoseconds.
    private static let grace: UInt64 = 5_000_000_000

    func run() throws {
        let signals = Signals()
        let listsConnections = tables.contains { $0.schema.name == Schema.connections.name }
        var running = try RunningSource(source, request: Request(listed: listsConnections ? .all : .none))
        defer { running.stop() }
        var writers = tables.map { LineLoop.writer(format, $0.schema) }
        var output = BoundedWriter()
        Rights.keep([])
        var printed = 0
        while true {
            if let delivery = running.mailbox.take() {
                switch delivery {
                case .failed(let failure): throw failure
                case .tables(let tables) where tables.interval == 0: break
                case .tables(let tables), .ended(let tables):
                    try print(tables, with: &writers, to: &output)
                    printed += 1
                    if case .ended = delivery { return try finish(&output) }
                    if let count, printed >= count { return try finish(&output) }
                }
            }
            if try output.flush() == .readerGone { return }
            var waiting = [
                pollfd(fd: running.mailbox.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                // Without events asked for, poll still tells of a reader that left.
                pollfd(fd: output.descriptor, events: output.isPending ? Int16(POLLOUT) : 0, revents: 0),
            ]
            poll(&waiting, nfds_t(waiting.count), -1)
            // A terminal that vanished says POLLHUP, for ever.
            if waiting[2].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0, !output.isPending { return }
            while let signal = signals.next() {
                guard [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) else { continue }
                _ = try output.flush()
                running.stop()
                exit(Signals.exitStatus(signal))
            }
        }
    }

    private func finish(_ output: inout BoundedWriter) throws(SystemError) {
        _ = try output.finish(deadline: Clock.monotonic() + LineLoop.grace)
    }

    private func print(
        _ tables: Tables, with writers: inout [any RowLines], to output: inout BoundedWriter
    ) throws(SystemError) {
        // The reader has until the next interval; then its lines are dropped.
        let deadline = Clock.monotonic() + min(tables.interval, LineLoop.patience)
        var failure: SystemError?
        for (index, table) in self.tables.enumerated() {
            writers[index].write(table.listing.rows(in: tables), of: tables) { lines in
                output.offer(lines)
                do throws(SystemError) { try output.makeRoom(waitingUntil: deadline) } catch { failure = failure ?? error }
            }
        }
        if let failure { throw failure }
        if format == .json { output.offer(StatusLine.bytes(tables, linesDropped: output.linesDropped), isAccount: true) }
    }

    static func writer(_ format: LineFormat, _ schema: Schema) -> any RowLines {
        switch format {
        case .json: JSONLine(schema)
        case .csv: CSVLines(schema)
        case .table: TableLines(schema, width: terminalWidth())
        }
    }

    /// The terminal's width, or nil where stdout is none.
    private static func terminalWidth() -> Int? {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    }
}
