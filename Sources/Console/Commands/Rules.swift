// `podglass rules`: the thresholds and classes in force, as TOML to start a file of one's own; with --rules FILE, what is wrong with a file.

import Aggregation
import ArgumentParser
import Glibc

struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The thresholds and classes of cardinality in force, as TOML; or a check of a file of them.",
        discussion: """
            A file of one's own has the same form, and may replace rules by their names or switch them off (enabled = false). It is looked \
            for in $XDG_CONFIG_HOME/podglass/config.toml, ~/.config/podglass/config.toml and /etc/podglass/config.toml.
            """)

    @Option(help: ArgumentHelp("Check this file and say what is in it.", valueName: "file"))
    var rules: String?

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        guard let rules else {
            let configuration = try options.load()
            return Standard.output(RulesText.toml(configuration.rules) + "\n" + RulesText.toml(configuration.classes))
        }
        let configuration = try ConfigurationOptions.read(rules)
        let changed = configuration.changed.isEmpty ? "" : ", instead of the shipped \(configuration.changed.joined(separator: ", "))"
        Standard.output("\(rules): \(configuration.ownRules) rules of its own\(changed); \(configuration.rules.count) in force")
    }
}

/// Which configuration counts.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration; without it, the first that there is in the usual places.", valueName: "file"))
    var config: String?

    /// The configuration of the file that was named, which must be faultless; else of the one that is found, whose mistakes are
    /// said and left out; else the shipped one.
    func load() throws(Failure) -> Configuration {
        if let config { return try ConfigurationOptions.read(config) }
        guard let found = ConfigurationFile.find(in: ConfigurationFile.places { getenv($0).map { String(cString: $0) } }) else {
            return Configuration()
        }
        switch found.result {
        case .failure(let problem):
            Standard.error("podglass: \(problem.sentence)")
            return Configuration()
        case .success(let configuration):
            for line in configuration.mistakes.flatMap({ $0.lines(in: found.path) }) { Standard.error("podglass: \(line)") }
            return configuration
        }
    }

    /// A file that somebody named: 64 and every mistake where it has some.
    static func read(_ path: String) throws(Failure) -> Configuration {
        let bytes: [UInt8]
        do throws(ConfigurationFile.Problem) { bytes = try ConfigurationFile.read(path) } catch {
            throw Failure(error.sentence, status: Failure.wrongUsage)
        }
        let configuration = Configuration(bytes)
        guard configuration.mistakes.isEmpty else {
            let lines = configuration.mistakes.flatMap { $0.lines(in: path) }
            throw Failure(lines.joined(separator: "\n"), status: Failure.wrongUsage)
        }
        return configuration
    }
}
