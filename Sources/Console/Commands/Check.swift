// `podglass check`: looks for a while and says whether something is wrong, for scripts.

import Aggregation
import ArgumentParser
import Glibc
import Probes

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for a while; end with 2 where something is wrong.",
        discussion: """
            Ends with 0 where nothing was flagged, 2 where something was (its lines are printed), 1 where podglass failed. Rules look from \
            the start; a baseline knows what is usual after about a minute, so a change is only seen in what comes after.
            """)

    /// Something was flagged.
    static let anomalous: Int32 = 2

    @Option(help: ArgumentHelp("How long to look.", valueName: "duration"), transform: Interval.init(_:))
    var duration = Interval(nanoseconds: 60_000_000_000)

    @Option(help: ArgumentHelp("The least that counts: notice, warning or critical.", valueName: "severity"))
    var severity = "warning"

    @Option(name: .shortAndLong, help: "table, json or csv; json where stdout is no terminal.")
    var output: LineFormat?

    @Option(help: ArgumentHelp("A recording instead of this node; - for standard input.", valueName: "file"), completion: .file())
    var inputFile: String?

    @OptionGroup var node: NodeOptions

    func run() throws {
        guard let least = Severity.named(severity) else {
            throw Failure(
                "--severity \"\(severity.printable)\": expected \(Severity.allCases.map(\.name).joined(separator: ", "))",
                status: Failure.wrongUsage)
        }
        let source: TableSource
        if let inputFile {
            let configuration = try node.configuration.load()
            source = .replay(
                ReplayCollector(recording: .file(inputFile), rules: configuration.rules, classes: configuration.classes))
        } else {
            source = .live(try node.collector())
        }
        try CheckLoop(source: source, duration: duration.nanoseconds, least: least, format: output ?? .standard).run()
    }
}

struct CheckLoop {
    var source: TableSource
    /// Nanoseconds; a recording is looked at whole.
    var duration: UInt64
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
        var finding = Finding(least: least)
        try replay.play { tables in
            finding.see(tables)
            return true
        }
        try tell(finding)
    }

    private func tell(_ finding: Finding) throws {
        guard let tables = finding.latest, !finding.rows.isEmpty else { return }
        var writer = LineLoop.writer(format, .anomalies)
        var lines: [UInt8] = []
        writer.write(finding.listed(in: tables), of: finding.tables(in: tables)) { lines += $0 }
        // Without the last newline, which it adds.
        Standard.output(String(decoding: lines.dropLast(), as: UTF8.self))
        throw ExitCode(Check.anomalous)
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
