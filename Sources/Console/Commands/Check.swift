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

            A recording is looked at whole, or from --from to --until. What it holds before --from is replayed, but nothing is judged by it: \
            it is as if podglass had been started then. Both take a duration after the recording's start (25s, 2m) or a time \
            (2026-11-21T15:04:05Z).
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

    @Option(help: ArgumentHelp("Of a recording: judge only what comes after; 90s after its start, or a time.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Of a recording: look no further than this.", valueName: "time"))
    var until: String?

    @OptionGroup var node: NodeOptions

    func run() throws {
        guard let least = Severity.named(severity) else { throw Check.unknownSeverity(severity) }
        let span = try span()
        let source: TableSource
        if let inputFile {
            let configuration = try node.configuration.load()
            source = .replay(
                ReplayCollector(
                    recording: .file(inputFile), rules: configuration.rules, classes: configuration.classes, onset: span.from))
        } else {
            source = .live(try node.collector())
        }
        try CheckLoop(source: source, duration: duration.nanoseconds, until: span.until, least: least, format: output ?? .standard).run()
    }

    static func unknownSeverity(_ text: String) -> Failure {
        Failure(
            "--severity \"\(text.printable)\": expected \(Severity.allCases.map(\.name).joined(separator: ", "))",
            status: Failure.wrongUsage)
    }

    /// Which part of a recording is looked at; nil is its start, and its end.
    func span() throws(Failure) -> (from: RecordedMoment?, until: RecordedMoment?) {
        let span = (from: try RecordedMoment.named(from, by: "from"), until: try RecordedMoment.named(until, by: "until"))
        guard inputFile == nil, let flag = span.from != nil ? "from" : span.until != nil ? "until" : nil else { return span }
        throw Failure("--\(flag) needs a recording with --input-file: a live node is looked at from now on", status: Failure.wrongUsage)
    }
}

extension RecordedMoment {
    /// What an option says; nil where it is not given.
    static func named(_ text: String?, by flag: String) throws(Failure) -> RecordedMoment? {
        guard let text else { return nil }
        guard let moment = RecordedMoment.parse(text) else {
            throw Failure("--\(flag) \"\(text.printable)\": expected \(RecordedMoment.expected)", status: Failure.wrongUsage)
        }
        return moment
    }
}
