// `podglass doctor`: what this node lets us see.

import Aggregation
import ArgumentParser
import Cluster
import Glibc
import Probes

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What this node lets podglass see: each signal, why not, and the fix.",
        discussion: """
            Where podglass runs, what eBPF sees here, which sources of names answer, and which rights are missing. Ends with 0 where
            every signal works, 1 where one is off, 77 where nothing may be observed; a source of names may be off.
            """)

    @Option(name: .shortAndLong, help: "table or json.")
    var output: Form?

    enum Form: String, ExpressibleByArgument, CaseIterable { case table, json }

    @OptionGroup(title: "Names") var names: NameOptions
    @OptionGroup var root: RootOption
    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        let configuration = try configuration.load()
        let sources = try names.sources(hostRoot: root.hostRoot)
        StatisticsKeeper.start()
        try sources.startWithoutRights(hostRoot: root.hostRoot)
        defer { sources.stop() }
        var report = examine(asking: AskedSources(names: sources.names) { sources.book.reports })
        // After the rights are gone, so that it never has any.
        if let model = ModelTrial.run(configuration.model) { report.sources.append(model) }
        switch output ?? (isatty(STDOUT_FILENO) == 1 ? .table : .json) {
        case .json: printJSON(report.findings, report.node)
        case .table: Standard.output(DoctorScreen(report: report, width: Doctor.width()).lines.joined(separator: "\n"))
        }
        if report.status != 0 { throw ExitCode(report.status) }
    }

    /// Loads everything once and waits for the sources that answer in their own time.
    private func examine(asking asked: AskedSources) -> DoctorReport {
        var report = DoctorReport(node: Node.read(), place: Place.read(hostRoot: root.hostRoot), rights: Rights.read())
        var sources: [String: SourceSample] = [:]
        do throws(ProbeError) {
            try ObservationRight.check()
            let probes = try NodeProbes(hostRoot: root.hostRoot)
            // What works here works without what the other commands give up.
            probes.giveUpRights()
            let deadline = Clock.monotonic() + AskedSources.patience
            repeat {
                report.probes = []
                try probes.collect { event in
                    switch event {
                    case .probe(let sample): report.probes.append(sample)
                    case .source(let sample): sources[sample.name] = sample
                    default: break
                    }
                }
                if asked.haveAnswered, sources.values.allSatisfy({ $0.reason != Translations.notAsked }) { break }
                usleep(Doctor.pause)
            } while Clock.monotonic() < deadline
        } catch {
            report.failure = Failure(error)
            for sample in NodeFiles.sources(hostRoot: root.hostRoot) { sources[sample.name] = sample }
        }
        report.refusals = Rights.refusals
        report.sources = sources.values.sorted { $0.name < $1.name } + asked.answers
        return report
    }

    /// Between two looks at what has been answered, microseconds.
    private static let pause: UInt32 = 50_000

    /// The terminal's width; 80 where there is none.
    private static func width() -> Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? max(40, Int(size.ws_col)) : 80
    }

    private func printJSON(_ findings: [Diagnosis], _ node: Node) {
        for finding in findings {
            var line = JSONWriter()
            line.beginObject()
            JSONLine.header(type: "signal", time: Clock.now().wall, to: &line)
            line.key("node")
            line.string(node.name)
            line.key("kernel")
            line.string(node.kernel)
            line.key("group")
            line.string(finding.group.rawValue)
            line.key("signal")
            line.string(finding.signal)
            line.key("state")
            line.string(finding.state.rawValue)
            line.key("source")
            line.string(finding.source)
            line.key("gave")
            line.string(finding.gave)
            line.key("reason")
            if let reason = finding.reason { line.string(reason) } else { line.null() }
            line.endObject()
            Standard.output(String(decoding: line.bytes, as: UTF8.self))
        }
    }
}
