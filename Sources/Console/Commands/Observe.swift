// `podglass observe`: the stream of events, live or of a recording.

import Aggregation
import ArgumentParser
import Glibc
import Probes

struct Observe: ParsableCommand {
    static let name = "observe"

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "The stream of events: requests, DNS, connections, retransmits, drops, resets; anomalies with -t anomaly.",
        discussion: """
            The flags are Hubble's. Values of one flag are alternatives, different flags must all fit, --not turns the next one round.
            Without -f it ends after \(defaultCount) events or \(Int(defaultPatience / 1_000_000_000)) seconds; with --first, --last or --until when they are reached. There is no daemon, so nothing
            from before the start is shown: give a recording with --input-file for that.

              podglass observe -f --namespace shop
              podglass observe -f --verdict DROPPED
              podglass observe -f -t retransmit --to-port 5432
              podglass observe -f -t anomaly
              podglass observe -f --http-status 5+ --not --http-path '^/healthz'
              podglass observe -f --protocol dns --dns-query 'internal'
              podglass observe -f -o jsonpb | hubble observe --input-file -
              podglass observe --input-file incident.podglass --since 2026-11-21T15:04:05Z --last 100

            In query strings secrets are common: they are cut off unless --query-strings. docs/observe.md compares the flags with Hubble's.
            """)

    /// Hubble's own number of events.
    static let defaultCount = 20
    /// Nanoseconds.
    static let defaultPatience: UInt64 = 5_000_000_000
    /// How often events are told, nanoseconds.
    private static let interval: UInt64 = 250_000_000
    /// The same where anomalies are asked for: what is usual is learnt a second at a time, as on the console.
    private static let anomalyInterval: UInt64 = 1_000_000_000
    private static let mostLines = 1_000_000

    @Option(
        name: .shortAndLong, help: ArgumentHelp("compact, json or jsonpb (Hubble's).", valueName: "format"),
        completion: .list(["compact", "json", "jsonpb"]))
    var output = "compact"

    @Flag(name: .shortAndLong, help: "Go on until Ctrl-C.")
    var follow = false

    @Option(help: ArgumentHelp("End after the first so many events.", valueName: "n"))
    var first: Int?

    @Option(help: ArgumentHelp("Only the last so many of a recording; live, end after so many.", valueName: "n"))
    var last: Int?

    @Flag(help: "All events of a recording, as without --first and --last.")
    var all = false

    @Option(help: ArgumentHelp("Events since then: 2026-11-21T15:04:05Z, or 5m for five minutes ago.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Events until then.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Of a recording instead of this node; - for standard input.", valueName: "file"), completion: .file())
    var inputFile: String?

    @Flag(help: "Show query strings and credentials in requests' targets.")
    var queryStrings = false

    @Flag(help: "Show the node's name in compact lines.")
    var printNodeName = false

    @Flag(help: "Leave requests and UDP alone: no program of podglass is on the path of any packet.")
    var noRequests = false

    @OptionGroup(title: "Filters") var filters: ObserveFilters
    @OptionGroup(title: "Names") var names: NameOptions
    @OptionGroup var root: RootOption
    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        let plan = try plan(now: Clock.now().wall)
        // Only anomalies need rules and a model.
        let tellsAnomalies = plan.selection.filter.asksForAnomalies
        let configuration = tellsAnomalies ? try configuration.load() : Configuration()
        if let inputFile {
            let replay = ReplayCollector(recording: .file(inputFile), rules: configuration.rules)
            return try ObserveRecordingLoop(replay: replay, selection: plan.selection, format: plan.format).run()
        }
        let names = try names.sources(hostRoot: root.hostRoot)
        do throws(ProbeError) { try ObservationRight.check() } catch { throw Failure(error) }
        StatisticsKeeper.start()
        if since != nil { Standard.error("podglass: nothing from before now can be shown without --input-file; going on from now") }
        let collector = LiveCollector(
            hostRoot: root.hostRoot, names: names, interval: tellsAnomalies ? Observe.anomalyInterval : Observe.interval,
            observesRequests: !noRequests, incidents: true, rules: configuration.rules, model: configuration.model)
        try ObserveLoop(collector: collector, selection: plan.selection, format: plan.format, patience: plan.patience).run()
    }

    struct Plan {
        var selection: ObservationSelection
        var format: any ObservationFormat
        var patience: UInt64?
    }

    /// Checks everything that the user wrote before anything is loaded.
    func plan(now: UInt64) throws(Failure) -> Plan {
        func wrong(_ sentence: String) -> Failure { Failure(sentence, status: Failure.wrongUsage) }
        let format = try lineFormat()
        for (name, value) in [("first", first), ("last", last)] {
            if let value, !(1...Observe.mostLines).contains(value) {
                throw wrong("--\(name) takes a number from 1 to \(Observe.mostLines)")
            }
        }
        if first != nil, last != nil { throw wrong("--first and --last exclude each other") }
        if first != nil, follow { throw wrong("--first and --follow exclude each other") }
        if all, first != nil || last != nil { throw wrong("--all excludes --first and --last") }
        if inputFile != nil, follow { throw wrong("--follow needs a live node; a recording with --input-file has its end") }
        if follow, until != nil { throw wrong("--until and --follow exclude each other") }
        let since = try time("since", self.since, now)
        let until = try time("until", self.until, now)
        if let since, let until, since > until { throw wrong("--since lies after --until: no event can be between them") }
        if inputFile == nil, let until, until <= now {
            throw wrong("--until lies before now: live events come after it; give a recording with --input-file")
        }
        if filters.not { throw wrong("--not stands before a filter") }
        let filter = try filters.filter()
        var selection = ObservationSelection(filter: filter, since: since, until: until, first: first, last: nil)
        guard inputFile == nil else {
            selection.last = last
            return Plan(selection: selection, format: format)
        }
        // Nothing to hold back: so many, and the stream is over.
        if !follow { selection.first = first ?? last }
        let isOpenEnded = follow || all || selection.first != nil || until != nil
        if !isOpenEnded { selection.first = Observe.defaultCount }
        return Plan(selection: selection, format: format, patience: isOpenEnded ? nil : Observe.defaultPatience)
    }

    private func time(_ flag: String, _ text: String?, _ now: UInt64) throws(Failure) -> UInt64? {
        guard let text else { return nil }
        guard let time = ObservedTime.parse(text, now: now) else {
            throw Failure("--\(flag) \"\(text)\": expected \(ObservedTime.expected)", status: Failure.wrongUsage)
        }
        return time
    }

    private func lineFormat() throws(Failure) -> any ObservationFormat {
        switch output {
        case "compact": return CompactFormat(keepsQuery: queryStrings, showsNode: printNodeName)
        case "json": return EventFormat(keepsQuery: queryStrings)
        case "jsonpb": return HubbleFormat(keepsQuery: queryStrings)
        case "dict", "tab", "table":
            throw Failure(
                "-o \(output) is not offered: pipe -o jsonpb to hubble observe --input-file - -o \(output), or use compact or json",
                status: Failure.wrongUsage)
        default: throw Failure("-o takes compact, json or jsonpb, not \"\(output)\"", status: Failure.wrongUsage)
        }
    }
}
