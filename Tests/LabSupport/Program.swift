// A program that a test started: its pid, where its output goes, how it ended. Output goes to files and not to pipes, so
// that no program ever blocks on a test that does not read. Whoever starts one stops it; only pids started here are signalled.

import Foundation
import Synchronization

package enum Ending: Sendable, Equatable {
    case exited(Int32)
    case killed(by: Int32)
}

package struct LabError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

package final class Program: Sendable {
    package let pid: pid_t
    package let arguments: [String]
    package let outputPath: String
    package let errorPath: String
    private let ending = Mutex<Ending?>(nil)

    /// Starts `arguments`, found by PATH, without a terminal, with every signal at its default.
    package init(
        _ arguments: [String], environment: [String: String] = [:], directory: String, label: String? = nil
    ) throws {
        let serial = Program.serial.withLock { serial in
            serial += 1
            return serial
        }
        let stem = "\(directory)/\(serial)-\(label ?? (arguments[0] as NSString).lastPathComponent)"
        self.arguments = arguments
        outputPath = stem + ".out"
        errorPath = stem + ".err"
        pid = try Program.spawn(arguments, environment: environment, output: outputPath, error: errorPath)
    }

    deinit { stop() }

    private static let serial = Mutex(0)

    package var output: String { Program.text(outputPath) }
    package var errors: String { Program.text(errorPath) }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// How it ended; nil while it runs.
    package func poll() -> Ending? {
        ending.withLock { ending in
            if ending != nil { return ending }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7f
            ending = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(by: signal)
            return ending
        }
    }

    /// Waits for the end; a program that goes on is killed and the test is told what it had said.
    package func ended(within limit: Duration = .seconds(30)) async throws -> Ending {
        let deadline = ContinuousClock.now + limit.patient
        var isLate = false
        // Looks once more when time is up: on a busy machine it may be this test that was not let run.
        while true {
            if let ending = poll() { return ending }
            if isLate { break }
            try await Task.sleep(for: .milliseconds(10))
            isLate = ContinuousClock.now >= deadline
        }
        stop()
        let said = "\(output.suffix(500)) \(errors.suffix(500))"
        throw LabError("\(arguments.joined(separator: " ")) did not end within \(limit); it said: \(said)")
    }

    /// Waits until it has written `text`.
    package func says(_ text: String, within limit: Duration = .seconds(10)) async throws {
        let deadline = ContinuousClock.now + limit.patient
        while !output.contains(text) {
            guard poll() == nil, ContinuousClock.now < deadline else {
                throw LabError("\(arguments.joined(separator: " ").prefix(200)) never said \(text): \(errors)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    package func signal(_ signal: Int32) {
        if poll() == nil { kill(pid, signal) }
    }

    /// Ends it, politely first; returns when it is gone.
    package func stop() {
        for (signal, patience) in [(SIGTERM, 200), (SIGKILL, 500)] where poll() == nil {
            kill(pid, signal)
            for _ in 0..<patience * Patience.factor where poll() == nil { usleep(10_000) }
        }
    }
}

extension Program {
    package struct Finished: Sendable {
        package let ending: Ending
        package let output: String
        package let errors: String
    }

    /// Runs `arguments` to their end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], directory: String, within limit: Duration = .seconds(30)
    ) async throws -> Finished {
        let program = try Program(arguments, environment: environment, directory: directory)
        let ending = try await program.ended(within: limit)
        return Finished(ending: ending, output: program.output, errors: program.errors)
    }

    /// Runs a quick tool (ip, nft) to its end; anything but success is an error with the tool's own words.
    @discardableResult
    package static func must(_ arguments: [String], directory: String) throws -> String {
        let program = try Program(arguments, directory: directory)
        for _ in 0..<5000 * Patience.factor where program.poll() == nil { usleep(2000) }
        guard program.poll() == .exited(0) else {
            throw LabError("\(arguments.joined(separator: " ")): \(program.errors)\(program.output)")
        }
        return program.output
    }
}

extension Program {
    private static func spawn(
        _ arguments: [String], environment: [String: String], output: String, error: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_APPEND, 0o644)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var variables = ProcessInfo.processInfo.environment
        variables["PATH"] = (variables["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        variables["LC_ALL"] = "C.UTF-8"
        variables["NO_COLOR"] = nil
        variables.merge(environment) { $1 }

        var argv = arguments.map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        guard failure == 0 else { throw LabError("cannot start \(arguments[0]): \(String(cString: strerror(failure)))") }
        return pid
    }
}
