// Everything captured is hostile, and so is what the user pastes: through each way out of podglass, nothing that a terminal could
// obey or a reader be misled by. That there is no other way is what EscapeStructureTests holds.

import Aggregation
import Foundation
import LabSupport
import Probes
import Testing
import Views

@testable import Console

@Suite("What was captured does not reach a terminal as it came") struct EscapeTests {
    static let formats = ["JSONLine", "CSVLines", "TableLines", "CompactFormat", "EventFormat", "HubbleFormat"]

    private func lines(_ writer: any RowLines, _ schema: Schema) -> [UInt8] {
        var (writer, bytes): (any RowLines, [UInt8]) = (writer, [])
        let table = LineLoop.Table(schema: schema)
        writer.write(table.listing.rows(in: HostileEvents.tables), of: HostileEvents.tables) { bytes += $0 }
        return bytes
    }

    @Test("rows of every table: JSON, CSV, aligned, whole and cut", arguments: Schema.all.map(\.name))
    func rows(table: String) throws {
        let schema = try #require(Schema.named(table))
        expectHarmless(lines(JSONLine(schema), schema), "JSON of \(table)")
        expectHarmless(lines(CSVLines(schema), schema), "CSV of \(table)", .carriageReturnsBeforeNewlines)
        for width in [nil, 200, 80, 20] {
            expectHarmless(lines(TableLines(schema, width: width), schema), "\(table) in \(width ?? 0) cells")
        }
    }

    @Test("the hostile texts are in what was looked at, written out")
    func presence() {
        for table in ["pods", "flows", "requests", "drops", "sources", "probes"] {
            guard let schema = Schema.named(table) else { continue }
            #expect(String(decoding: lines(JSONLine(schema), schema), as: UTF8.self).contains(#"\u001b]0;owned\u0007"#), "\(table)")
            #expect(String(decoding: lines(CSVLines(schema), schema), as: UTF8.self).contains(#"\x1b]0;owned\x07"#), "\(table)")
        }
        #expect(HostileEvents.observations.count >= ObservedEvents.observations.count)
    }

    @Test("the status line")
    func status() { expectHarmless(StatusLine.bytes(HostileEvents.tables, linesDropped: 3), "the status line") }

    @Test("events, with and without query strings")
    func events() {
        for keepsQuery in [false, true] {
            let formats: [any ObservationFormat] = [
                CompactFormat(keepsQuery: keepsQuery, showsNode: true), EventFormat(keepsQuery: keepsQuery),
                HubbleFormat(keepsQuery: keepsQuery),
            ]
            for var format in formats {
                for observation in HostileEvents.observations { expectHarmless(format.line(observation), "\(type(of: format))") }
                expectHarmless(format.lines(HostileEvents.loss), "losses as \(type(of: format))")
            }
        }
    }

    @Test("the screens, also as `w` saves them, and rows on the clipboard", arguments: [(60, 15), (200, 60)])
    func screens(width: Int, height: Int) {
        for screen in Screen.all {
            var model = ConsoleModel(size: Size(width, height), source: .replay, notice: "replay of \(HostileEvents.spell)")
            model.receive(HostileEvents.tables)
            func look(_ what: String) {
                expectHarmless(Array(model.draw().lines.joined(separator: "\n").utf8), "the screen \(screen.name) \(what)")
            }
            func press(_ keys: String) {
                for scalar in keys.unicodeScalars {
                    guard let key = Key(scalar: scalar) else { continue }
                    for case .copy(let text) in model.handle(key) {
                        expectHarmless(Array(text.utf8), "the clipboard", .tabs)
                    }
                }
            }
            press(":\(screen.name)\r")
            look("as it opens")
            press("c")
            press("\r")
            look("with its first row opened")
            press("/\(HostileEvents.spell)(")
            look("with a filter that is typed")
            press("\r")
            model.say("cannot write \(HostileEvents.spell)", isError: true)
            look("with a message")
            press("?")
            look("with the help")
        }
    }

    @Test("doctor's page")
    func doctor() {
        var report = DoctorReport(
            node: Node(name: HostileEvents.hostile("node"), kernel: HostileEvents.spell, processors: 2),
            place: Place(.debugPod, root: HostileEvents.hostile("/host")), rights: Rights(capabilities: [], isRoot: false))
        report.probes = [
            ProbeSample(
                name: "drops", hook: "tp_btf/kfree_skb", state: .refused, reason: HostileEvents.hostile("refused"), signal: "drops")
        ]
        report.sources = [
            SourceSample(
                name: "container runtime", place: HostileEvents.hostile("/run"), state: .works, gave: HostileEvents.hostile("1 pod"),
                reason: HostileEvents.hostile("slow"))
        ]
        for failure in [nil, Failure(HostileEvents.hostile("cannot load"))] {
            report.failure = failure
            for width in [40, 80, 200] {
                expectHarmless(
                    Array(DoctorScreen(report: report, width: width).lines.joined(separator: "\n").utf8), "doctor, \(width) cells")
            }
        }
    }

    /// Arguments end at a NUL.
    private static let argument = HostileEvents.spell.replacing("\u{0}", with: "")

    @Test(
        "what the user wrote comes back harmless in what is said about it",
        arguments: [
            ["ARG"], ["--ARG"], ["-o", "ARG"], ["--interval", "ARG"], ["help", "ARG"], ["completions", "ARG"], ["top", "ARG"],
            ["top", "flows", "ARG"], ["top", "flows", "rtt>ARG"], ["top", "flows", "peer~(ARG"], ["top", "flows", "--sort", "ARG"],
            ["top", "flows", "-o", "ARG"], ["top", "flows", "--count", "ARG"], ["observe", "-o", "ARG"], ["observe", "--since", "ARG"],
            ["observe", "--http-path", "(ARG"], ["observe", "--http-status", "ARG"], ["observe", "--ip", "ARG"], ["observe", "-t", "ARG"],
            ["observe", "--label", "ARG("], ["observe", "--input-file", "ARG"], ["replay", "ARG"], ["replay", "DIRECTORY/ARG"],
            ["demo", "--table", "ARG"], ["demo", "--table", "flows", "-o", "json", "ARG="], ["record", "-w", "DIRECTORY/ARG/x"],
            ["record", "-w", "DIRECTORY/ARG"], ["top", "flows", "--kube=ARG"], ["top", "flows", "--kubelet=ARG"],
            ["snapshot", "--duration", "ARG"],
        ])
    func arguments(template: [String]) async throws {
        let directory = TemporaryDirectory()
        // A foreign file of a hostile name: it exists, and it is no recording.
        if template.first == "replay" || template == ["record", "-w", "DIRECTORY/ARG"] {
            TemporaryDirectory.write([1, 2, 3], to: directory.file(Self.argument))
        }
        let arguments = template.map { $0.replacing("DIRECTORY", with: directory.path).replacing("ARG", with: Self.argument) }
        let finished = try await LabSupport.Podglass.run(arguments, environment: ["TERM": "xterm"], in: NSTemporaryDirectory())
        // `help` helps with whatever there is.
        #expect(finished.ending != .exited(0) || template.first == "help", "\(template)")
        expectHarmless(Array(finished.errors.utf8), "what is said of \(template)")
        expectHarmless(Array(finished.output.utf8), "what \(template) prints")
        // Something is said, and it names the place.
        #expect(finished.errors.hasPrefix("podglass: ") || template.first == "help", "\(template): \(finished.errors)")
    }

    @Test("arguments that are no UTF-8 come back harmless, too")
    func bytes() async throws {
        for script in [#"exec "$0" top "$(printf '\377\033]0;owned\007\233')""#, #"exec "$0" replay "$(printf '/\377\033\233')""#] {
            let finished = try await Program.run(["sh", "-c", script, LabSupport.Podglass.path], directory: NSTemporaryDirectory())
            #expect(finished.ending != .exited(0) && finished.output.isEmpty)
            expectHarmless(Array(finished.errors.utf8), script)
        }
    }

    @Test("help, version, completion scripts and the shipped recording are harmless as they are")
    func own() async throws {
        for arguments in [
            ["--help"], ["top", "--help"], ["--version"], ["completions", "bash"], ["completions", "zsh"], ["completions", "fish"],
        ] {
            let finished = try await LabSupport.Podglass.run(arguments, in: NSTemporaryDirectory())
            #expect(finished.ending == .exited(0) && !finished.output.isEmpty)
            expectHarmless(Array(finished.output.utf8), "\(arguments)")
            // What is written out was not written as it is meant.
            #expect(!finished.output.contains("\\x09"))
        }
    }
}
