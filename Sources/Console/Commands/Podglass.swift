// The command line: `podglass` itself is the console, or JSON lines where stdout is no terminal; the rest are subcommands.

import Aggregation
import ArgumentParser
import Glibc
import Probes
import Views

/// Reads the arguments, runs, and leaves with the right exit status: 0 done, 1 failed, 64 wrong usage, 77 not permitted to
/// observe, 128 + n ended by signal n.
func runPodglass() -> Never {
    do {
        // A reader that leaves is an end like any other, of every command and of --help.
        BoundedWriter.ignoreBrokenPipes()
        try Standard.check()
        Rights.begin()
        var command = try Podglass.parseAsRoot(ObserveArguments.prepare(NameOptions.prepare(Array(CommandLine.arguments.dropFirst()))))
        try command.run()
        exit(0)
    } catch let failure as Failure {
        Standard.error("podglass: " + failure.sentence)
        exit(failure.status)
    } catch let error as SystemError {
        Standard.error("podglass: " + error.sentence)
        exit(1)
    } catch {
        let status = Podglass.exitCode(for: error)
        // Help and the version are no errors; what a command has said already is not said again.
        if error is ExitCode { exit(status.rawValue) }
        guard status != .success else {
            Standard.output(Podglass.fullMessage(for: error))
            exit(0)
        }
        Standard.error("podglass: " + Podglass.message(for: error) + "; podglass --help says what there is")
        exit(status.rawValue)
    }
}

struct Podglass: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "podglass",
        abstract: "A looking glass into a Kubernetes node: who talks to whom, how fast, and what is going wrong.",
        discussion: """
            Without a subcommand it is the console; where stdout is no terminal it prints every table as JSON lines, each interval.
            It loads eBPF on this node, keeps everything in memory, changes nothing and leaves nothing behind. Press ? inside for help.
            """,
        version: version,
        subcommands: [
            Watch.self, Top.self, Check.self, Observe.self, Snapshot.self, Doctor.self, Record.self, Replay.self, Demo.self, Rules.self,
            Completions.self,
        ],
        defaultSubcommand: Watch.self)
}

/// What `podglass` alone does. A subcommand of its own, so that an option before another subcommand is an error, not ignored.
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "The console; where stdout is no terminal, every table as JSON lines.")

    @OptionGroup var node: NodeOptions
    @OptionGroup var screen: ScreenOptions

    func run() throws {
        if isatty(STDOUT_FILENO) == 1 {
            try ConsoleLoop(source: .live(node.collector()), screen: screen).run()
        } else {
            let tables = Schema.streamed.map { LineLoop.Table(schema: $0) }
            try LineLoop(source: .live(node.collector()), tables: tables, format: .json).run()
        }
    }
}

/// Where and how often to look.
struct NodeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How often to look: 1s, 500ms, 2s.", valueName: "duration"), transform: Interval.init(_:))
    var interval = Interval(nanoseconds: 1_000_000_000)

    @Flag(help: "Leave requests and UDP alone: no program of podglass is on the path of any packet.")
    var noRequests = false

    @OptionGroup(title: "Names") var names: NameOptions
    @OptionGroup var root: RootOption
    @OptionGroup var configuration: ConfigurationOptions

    func collector() throws -> LiveCollector {
        let configuration = try configuration.load()
        let names = try names.sources(hostRoot: root.hostRoot)
        do throws(ProbeError) { try ObservationRight.check() } catch { throw Failure(error) }
        StatisticsKeeper.start()
        return LiveCollector(
            hostRoot: root.hostRoot, names: names, interval: interval.nanoseconds, observesRequests: !noRequests,
            rules: configuration.rules, classes: configuration.classes, model: configuration.model)
    }
}

/// Where the node's own files are.
struct RootOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node's root directory where podglass runs in a container; found by itself under /host or /proc/1/root.",
            valueName: "directory"))
    var hostRoot: String?
}

struct ScreenOptions: ParsableArguments {
    @Flag(help: "Draw with ASCII characters only; by itself where the locale is not UTF-8.")
    var ascii = false

    @Flag(help: "Draw without colours, as NO_COLOR does.")
    var monochrome = false

    @Flag(help: "Colours for a light background.")
    var light = false
}

/// A time span as people write it: "500ms", "2s", "1m".
struct Interval: CustomStringConvertible {
    /// From 100 ms to an hour: shorter would cost more than it shows, longer shows nothing live.
    static let bounds: ClosedRange<UInt64> = 100_000_000...3_600_000_000_000

    var nanoseconds: UInt64

    init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    init(_ text: String) throws {
        let wrong = ValidationError("\"\(text)\" is no duration from 100ms to 1h; write it as 500ms, 2s or 1m")
        let units: [(suffix: String, nanoseconds: Double)] = [("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }), let number = Double(text.dropLast(unit.suffix.count)),
            number.isFinite, number > 0
        else { throw wrong }
        let nanoseconds = number * unit.nanoseconds
        guard nanoseconds >= Double(Interval.bounds.lowerBound), nanoseconds <= Double(Interval.bounds.upperBound) else { throw wrong }
        self.nanoseconds = UInt64(nanoseconds)
    }

    var description: String { Rendering.duration(Double(nanoseconds)) }
}
