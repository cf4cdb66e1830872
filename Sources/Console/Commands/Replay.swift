// `podglass replay FILE` and `podglass demo`: the same console and the same JSON on a recording, without any rights.

import Aggregation
import ArgumentParser
import Glibc

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at a recording, as if it were now.",
        discussion: "Where stdout is no terminal, or with -o, every interval is printed as fast as it can be read.")

    @Argument(help: ArgumentHelp("The recording, or - for standard input.", valueName: "file"))
    var file: String

    @OptionGroup var lines: ReplayLines
    @OptionGroup var screen: ScreenOptions

    func run() throws { try lines.run(ReplayCollector(recording: .file(file)), screen) }
}

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the recording that ships with podglass: no rights, no cluster.")

    @OptionGroup var lines: ReplayLines
    @OptionGroup var screen: ScreenOptions

    func run() throws { try lines.run(ReplayCollector(recording: .demonstration, repeats: true), screen) }
}

/// How a recording is shown: on the console, or as lines of chosen tables.
struct ReplayLines: ParsableArguments {
    @Argument(help: "With --table: what to show, as podglass top takes it.")
    var query: [String] = []

    @Option(name: .shortAndLong, help: "Print lines instead: table, json or csv.")
    var output: LineFormat?

    @Option(help: ArgumentHelp("Only this table; all of them without.", valueName: "table"))
    var table: String?

    @Option(help: ArgumentHelp("Stop after so many intervals.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("Flag only what comes after: 90s after its start, or a time.", valueName: "time"))
    var from: String?

    @OptionGroup var configuration: ConfigurationOptions

    func run(_ recorded: ReplayCollector, _ screen: ScreenOptions) throws {
        var replay = recorded
        let configuration = try configuration.load()
        replay.rules = configuration.rules
        replay.classes = configuration.classes
        replay.onset = try RecordedMoment.named(from, by: "from")
        guard output != nil || isatty(STDOUT_FILENO) == 0 else {
            // A recording that cannot be opened says so before the screen changes.
            do { _ = try replay.open() } catch { throw Failure(error.sentence) }
            return try ConsoleLoop(source: .replay(replay), screen: screen).run()
        }
        if let count, count < 1 { throw Failure("--count takes a number from 1", status: Failure.wrongUsage) }
        try ReplayLoop(replay: replay, tables: tables(), format: output ?? .json, count: count).run()
    }

    private func tables() throws -> [LineLoop.Table] {
        guard let table else {
            guard query.isEmpty else {
                throw Failure("a query needs --table, because each table has its own fields", status: Failure.wrongUsage)
            }
            return Schema.streamed.map { LineLoop.Table(schema: $0) }
        }
        return [try LineLoop.Table(named: table, query: query.joined(separator: " "))]
    }
}
