// Looks at a node for a while, or at a recording whole, and tells what was flagged. It holds the rows that were flagged, as many as the
// table of anomalies holds; what has left the table since is told nevertheless.

import Aggregation
import ArgumentParser
import Glibc
import Probes

struct CheckLoop {
    var source: TableSource
    /// Nanoseconds; a recording is looked at whole.
    var duration: UInt64
    /// Of a recording: nothing after it is looked at.
    var until: RecordedMoment?
    var least: Severity
    var format: LineFormat

    func run() throws {
        if case .replay(let replay) = source { return try lookAt(replay) }
        let signals = Signals()
        var running = try RunningSource(source)
        defer { running.stop() }
        Rights.keep([])
        var finding = Finding(least: least)
        while true {
            if let delivery = running.mailbox.take() {
                switch delivery {
                case .failed(let failure): throw failure
                case .tables(let tables), .ended(let tables):
                    finding.see(tables)
                    if tables.interval > 0, tables.moment.monotonic - tables.started + tables.interval / 2 >= duration {
                        return try tell(finding)
                    }
                }
            }
            var waiting = [running.mailbox.descriptor, signals.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&waiting, nfds_t(waiting.count), -1)
            while let signal = signals.next() {
                guard [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) else { continue }
                running.stop()
                exit(Signals.exitStatus(signal))
            }
        }
    }

    private func lookAt(_ replay: ReplayCollector) throws {
        let report = try report(on: replay)
        if let lines = report.lines { Standard.output(lines) }
        if let failure = report.failure { throw failure }
        if report.lines != nil { throw ExitCode(Check.anomalous) }
    }

    /// What a recording shows, nil where that is nothing, and why it does not play, or not on: what it showed before counts nevertheless.
    func report(on replay: ReplayCollector) throws -> (lines: String?, failure: Failure?) {
        var finding = Finding(least: least)
        var (isJudging, wasJudged) = (false, false)
        do {
            try replay.play { tables in
                finding.see(tables)
                wasJudged = wasJudged || isJudging
                isJudging = replay.onset?.isReached(at: tables.moment, started: tables.started) ?? true
                return !(until?.isReached(at: tables.moment, started: tables.started) ?? false)
            }
        } catch let failure as Failure {
            return (lines(of: finding), failure)
        }
        guard replay.onset == nil || wasJudged else {
            let span = until == nil ? "--from" : "--from and before --until"
            return (nil, Failure("nothing was looked at: no interval comes after \(span); give an earlier --from"))
        }
        return (lines(of: finding), nil)
    }

    private func tell(_ finding: Finding) throws {
        guard let lines = lines(of: finding) else { return }
        Standard.output(lines)
        throw ExitCode(Check.anomalous)
    }

    /// Without the last newline; nil where nothing was flagged.
    private func lines(of finding: Finding) -> String? {
        guard let tables = finding.latest, !finding.rows.isEmpty else { return nil }
        var writer = LineLoop.writer(format, .anomalies)
        var lines: [UInt8] = []
        writer.write(finding.listed(in: tables), of: finding.tables(in: tables)) { lines += $0 }
        return String(decoding: lines.dropLast(), as: UTF8.self)
    }

    /// What was flagged at any time, as it was last.
    struct Finding {
        let least: Severity
        private(set) var rows: [UInt64: AnomalyRow] = [:]
        private(set) var latest: Tables?

        init(least: Severity) { self.least = least }

        mutating func see(_ tables: Tables) {
            latest = tables
            for row in tables.anomalies.rows where row.severity >= least {
                guard rows[row.serial] != nil || rows.count < Limits.anomalies else { continue }
                rows[row.serial] = row
            }
        }

        /// The tables with what has left them since.
        func tables(in tables: Tables) -> Tables {
            var tables = tables
            let listed = Set(tables.anomalies.rows.map(\.serial))
            for row in rows.values.sorted(by: { $0.serial < $1.serial }) where !listed.contains(row.serial) {
                _ = tables.anomalies.append(row)
            }
            return tables
        }

        func listed(in tables: Tables) -> [Int32] {
            let all = self.tables(in: tables)
            let listing = Listing(schema: .anomalies, query: nil, sort: nil, descending: true, limit: nil)
            return listing.rows(in: all).filter { rows[all.anomalies[Int($0)].serial] != nil }
        }
    }
}
