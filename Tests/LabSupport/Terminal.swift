// A terminal as a person has it: a tmux server of our own with one window, keys sent and the screen read back. The shell
// in it stays after the program, so that what the program left behind can be seen.

import Foundation
import Synchronization

package final class Terminal {
    private let socket: String
    private let directory: String
    private var isClosed = false
    private static let count = Mutex(0)

    package init(columns: Int, rows: Int, directory: String, environment: [String: String] = [:]) throws {
        let number = Terminal.count.withLock { count in
            count += 1
            return count
        }
        socket = "\(directory)/tmux-\(number)"
        self.directory = directory
        let settings = "\(directory)/tmux.conf"
        try """
        set -g default-terminal "tmux-256color"
        set -g escape-time 10
        set -g status off
        set -g remain-on-exit on
        """.write(toFile: settings, atomically: true, encoding: .utf8)
        var arguments = ["tmux", "-u", "-S", socket, "-f", settings, "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)"]
        for (name, value) in environment { arguments += ["-e", "\(name)=\(value)"] }
        try Program.must(arguments + ["PS1='$ ' bash --norc --noprofile"], directory: directory)
    }

    deinit { close() }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = try? tmux("kill-server")
    }

    @discardableResult
    private func tmux(_ arguments: String...) throws -> String {
        try Program.must(["tmux", "-u", "-S", socket] + arguments, directory: directory)
    }

    /// What is on the screen: one string a line, without trailing blanks.
    package func screen() throws -> [String] {
        var lines = try tmux("capture-pane", "-p").components(separatedBy: "\n")
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Types text as it is.
    package func type(_ text: String) throws { try tmux("send-keys", "-l", text) }
    /// Presses keys by tmux's names: Enter, Escape, Tab, Up, C-c.
    package func press(_ keys: String...) throws { for key in keys { try tmux("send-keys", key) } }

    /// Types a line to the shell.
    package func command(_ line: String) throws {
        try type(line)
        try press("Enter")
    }

    package func resize(columns: Int, rows: Int) throws { try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)") }

    package struct Modes: Sendable, Equatable {
        package let isAlternateScreen: Bool
        package let isCursorVisible: Bool
        package let isMouseOn: Bool
        package let isKeypadOn: Bool
        package let areCursorKeysApplication: Bool
    }

    package func modes() throws -> Modes {
        let flags = try tmux(
            "display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag} #{keypad_cursor_flag}"
        ).split(whereSeparator: \.isWhitespace).map { $0 == "1" }
        guard flags.count == 5 else { throw LabError("tmux gave no modes") }
        return Modes(
            isAlternateScreen: flags[0], isCursorVisible: flags[1], isMouseOn: flags[2], isKeypadOn: flags[3],
            areCursorKeysApplication: flags[4])
    }

    /// Waits until the screen satisfies `condition`, and returns it; else the error shows the screen.
    @discardableResult
    package func shows(
        _ what: String, within limit: Duration = .seconds(10), _ condition: ([String]) throws -> Bool
    ) async throws -> [String] {
        let deadline = ContinuousClock.now + limit.patient
        var lines: [String] = []
        repeat {
            lines = try screen()
            if try condition(lines) { return lines }
            try await Task.sleep(for: .milliseconds(30))
        } while ContinuousClock.now < deadline
        throw LabError("the screen never showed \(what):\n\(lines.joined(separator: "\n"))")
    }
}
