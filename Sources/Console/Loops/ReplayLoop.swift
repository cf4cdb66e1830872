// Prints every interval of a recording as lines, as fast as the reader takes them: nothing is dropped, the reader is waited for.

import Aggregation
import Glibc
import Probes

struct ReplayLoop {
    var replay: ReplayCollector
    var tables: [LineLoop.Table]
    var format: LineFormat
    var count: Int?

    func run() throws {
        // Ctrl-C is how one leaves; nothing waits to be written or restored.
        signal(SIGINT) { _ in _exit(0) }
        var writers = tables.map { LineLoop.writer(format, $0.schema) }
        let output = Descriptor(dup(STDOUT_FILENO), name: "standard output")
        var printed = 0
        /// The first tick ends no interval: it is shown only where nothing follows it.
        var first: Tables?
        func print(_ tables: Tables) throws(SystemError) {
            var lines: [UInt8] = []
            for (index, table) in self.tables.enumerated() {
                writers[index].write(table.listing.rows(in: tables), of: tables) { lines += $0 }
            }
            if format == .json { lines += StatusLine.bytes(tables, linesDropped: 0) }
            try output.write(lines)
            printed += 1
        }
        do {
            do {
                try replay.play { tables in
                    guard tables.interval > 0 else {
                        first = tables
                        return true
                    }
                    try print(tables)
                    return printed != count
                }
            } catch let damage as Failure {
                // Everything before the damage is shown.
                if printed == 0, let first { try print(first) }
                throw damage
            }
            if printed == 0, let first { try print(first) }
        } catch let error as SystemError where error.code == EPIPE {
            return
        }
    }
}
