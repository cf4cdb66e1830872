// The console as a person uses it: in a tmux of our own, at three sizes, ended in every way a terminal knows.

import Foundation
import Glibc
import LabSupport
import Testing

extension Live {
    @Suite struct ConsoleScreenTests {
        struct Size: Sendable, CustomTestStringConvertible {
            let columns: Int
            let rows: Int
            var testDescription: String { "\(columns)×\(rows)" }
        }
        static let sizes = [Size(columns: 80, rows: 24), Size(columns: 60, rows: 15), Size(columns: 200, rows: 60)]

        /// Types the command that starts podglass and keeps its pid, and waits until its screen is there.
        private func start(
            _ terminal: Terminal, in laboratory: Laboratory, options: String = "", environment: String = ""
        ) async throws -> pid_t {
            let file = "\(laboratory.directory)/pid"
            try? FileManager.default.removeItem(atPath: file)
            let run = "exec env \(environment) '\(Podglass.path)' --host-root '\(laboratory.hostRoot)' \(options)"
            try terminal.command("sh -c 'echo $$ >\"$0\"; \(run.replacingOccurrences(of: "'", with: "'\\''"))' '\(file)'")
            try await terminal.shows("podglass") { lines in
                try terminal.modes().isAlternateScreen && lines.contains { $0.contains("podglass") }
            }
            let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            return try #require(pid_t(text))
        }

        /// What a shell relies on.
        private struct Sanity: Equatable {
            let settings: String
            let modes: Terminal.Modes
        }

        private func sanity(_ terminal: Terminal, in laboratory: Laboratory) async throws -> Sanity {
            let file = "\(laboratory.directory)/stty-\(UUID().uuidString)"
            let token = Int.random(in: 1000...9000)
            try terminal.command("stty -g >'\(file)'; echo sane-$((\(token)+1))")
            try await terminal.shows("a shell that answers") { $0.contains { $0.contains("sane-\(token + 1)") } }
            return Sanity(settings: try String(contentsOfFile: file, encoding: .utf8), modes: try terminal.modes())
        }

        private func isRunning(_ pid: pid_t) -> Bool {
            let state = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            return !state.isEmpty && !state.contains(") Z ")
        }

        @Test("it starts, its keys change the screen, it is resized, and q ends it", arguments: sizes)
        func keys(size: Size) async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web-7f9c", namespace: "shop")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let terminal = try Terminal(columns: size.columns, rows: size.rows, directory: laboratory.directory)
                defer { terminal.close() }
                let before = try await sanity(terminal, in: laboratory)
                let pid = try await start(terminal, in: laboratory)
                _ = try await client.ab(Pod.url(web.ipv4), requests: 200, concurrency: 10)
                try await terminal.shows("the pod by its name") { $0.contains { $0.contains("web-7f9c") } }

                // Pause, so that only keys change the screen.
                try terminal.press("p")
                var seen: Set<[String]> = []
                for key in ["1", "2", "3", "4", "?"] {
                    try terminal.press(key)
                    try await Task.sleep(for: .milliseconds(300))
                    seen.insert(try terminal.screen())
                    #expect(isRunning(pid), "after \(key)")
                }
                #expect(seen.count == 5, "each of 1 2 3 4 ? has a screen of its own")
                try terminal.press("Escape", "1")

                // A filter that matches nothing, and away with it.
                try terminal.type("/nothing-is-called-so")
                try terminal.press("Enter")
                try await terminal.shows("no row") { !$0.contains { $0.contains("web-7f9c") } }
                try terminal.press("Escape")
                try await terminal.shows("the rows again") { $0.contains { $0.contains("web-7f9c") } }

                // Every other key of the help, in any state: it must stay and answer.
                for key in [
                    "Down", "Up", "j", "k", "g", "G", "PageDown", "PageUp", "Tab", "s", "S", "<", ">", "Space", "Enter", "Escape", "h", "l",
                    "Left", "Right", "[", "]", "c", "C-l", ":", "Escape", "p",
                ] {
                    try terminal.press(key)
                    try await Task.sleep(for: .milliseconds(40))
                    #expect(isRunning(pid), "after \(key)")
                }

                for other in Self.sizes + [Size(columns: 10, rows: 5), size] {
                    try terminal.resize(columns: other.columns, rows: other.rows)
                    try await Task.sleep(for: .milliseconds(400))
                    #expect(isRunning(pid), "at \(other.testDescription)")
                    #expect(try terminal.screen().contains { !$0.isEmpty }, "at \(other.testDescription)")
                }
                try terminal.press("Escape", "Escape", "q")
                try await terminal.shows("the shell") { _ in try !terminal.modes().isAlternateScreen }
                #expect(try await sanity(terminal, in: laboratory) == before)
                #expect(!isRunning(pid))
            }
        }

        @Test("however it ends, the shell is usable", arguments: [SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGABRT])
        func signals(signal: Int32) async throws {
            try await withLaboratory { laboratory in
                let terminal = try Terminal(columns: 80, rows: 24, directory: laboratory.directory)
                defer { terminal.close() }
                let before = try await sanity(terminal, in: laboratory)
                let pid = try await start(terminal, in: laboratory)
                kill(pid, signal)
                try await terminal.shows("the shell", within: .seconds(20)) { _ in
                    try !isRunning(pid) && !terminal.modes().isAlternateScreen
                }
                #expect(try await sanity(terminal, in: laboratory) == before)
            }
        }

        @Test("Ctrl-C ends it, Ctrl-Z suspends it and fg brings it back") func suspends() async throws {
            try await withLaboratory { laboratory in
                let terminal = try Terminal(columns: 80, rows: 24, directory: laboratory.directory)
                defer { terminal.close() }
                let before = try await sanity(terminal, in: laboratory)
                let pid = try await start(terminal, in: laboratory)
                try terminal.press("C-z")
                try await terminal.shows("the shell") { _ in try !terminal.modes().isAlternateScreen }
                #expect(isRunning(pid))
                #expect(try await sanity(terminal, in: laboratory) == before)
                try terminal.command("fg")
                try await terminal.shows("podglass again") { lines in
                    try terminal.modes().isAlternateScreen && lines.contains { $0.contains("podglass") }
                }
                try terminal.press("C-c")
                try await terminal.shows("the shell") { _ in try !isRunning(pid) && !terminal.modes().isAlternateScreen }
                #expect(try await sanity(terminal, in: laboratory) == before)
            }
        }

        @Test("a terminal that vanishes ends it") func vanishes() async throws {
            try await withLaboratory { laboratory in
                let terminal = try Terminal(columns: 80, rows: 24, directory: laboratory.directory)
                let pid = try await start(terminal, in: laboratory)
                terminal.close()
                let deadline = ContinuousClock.now + .seconds(10)
                while isRunning(pid), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(50)) }
                #expect(!isRunning(pid))
            }
        }

        @Test(
            "a TERM that is unset, unknown or dumb is said in a sentence, and the shell stays",
            arguments: ["-u TERM", "TERM=nonsense", "TERM=dumb"])
        func terms(environment: String) async throws {
            try await withLaboratory { laboratory in
                let terminal = try Terminal(columns: 80, rows: 24, directory: laboratory.directory)
                defer { terminal.close() }
                let before = try await sanity(terminal, in: laboratory)
                try terminal.command("env \(environment) '\(Podglass.path)'; echo status-$?")
                try await terminal.shows("its end") { $0.contains { $0.contains("status-1") } }
                #expect(try terminal.screen().contains { $0.contains("TERM") })
                #expect(try await sanity(terminal, in: laboratory) == before)
            }
        }
    }
}
