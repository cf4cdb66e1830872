// podglass as a user runs it: the program that `swift build` made, its JSON lines read while it runs.

import Foundation
import Synchronization

package enum Podglass {
    /// Beside the test bundle; PODGLASS_BINARY names another, the release for instance.
    package static let path: String = {
        if let path = ProcessInfo.processInfo.environment["PODGLASS_BINARY"] { return path }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = (own as NSString).deletingLastPathComponent + "/podglass"
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/.build/debug/podglass"
    }()

    /// Runs it to its end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], in directory: String, within limit: Duration = .seconds(30)
    ) async throws -> Program.Finished {
        try await Program.run([path] + arguments, environment: environment, directory: directory, within: limit)
    }

    /// Starts a stream of JSON lines, one interval a second if nothing else is asked for, and waits until the first interval is
    /// over: from then on everything is seen.
    package static func observe(
        _ arguments: [String], environment: [String: String] = [:], interval: String = "1s", in laboratory: Laboratory
    ) async throws -> Observation {
        // A slow machine needs longer to read an interval's lines than half a second.
        let pace = Patience.factor == 1 ? interval : "2s"
        let options = ["-o", "json", "--interval", pace, "--host-root", laboratory.hostRoot]
        // Swift's backtracer reads a debug build's symbols for a minute; a crash is over when the process is.
        let program = try Program(
            [path] + arguments + options, environment: environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 },
            directory: laboratory.directory,
            label: "podglass")
        let observation = Observation(program)
        _ = try await observation.next()
        return observation
    }
}

/// One interval of the stream: its rows, and the status line that ended it.
package struct Interval: Sendable {
    package let rows: [JSON]
    package let status: JSON

    /// What was lost, but for events that the kernel runs no program for: whether there are such is the machine's.
    package var lost: Int {
        guard case .object(let causes) = status["lost"] else { return 0 }
        let unseen = ["drops_unseen", "retransmits_unseen", "synack_retransmits_unseen", "resets_unseen"]
        return causes.reduce(0) { $0 + (unseen.contains($1.key) ? 0 : $1.value.int ?? 0) }
    }

    /// Rows that have all of these values.
    package func rows(_ wanted: [String: JSON]) -> [JSON] {
        rows.filter { row in wanted.allSatisfy { row[$0.key] == $0.value } }
    }

    /// The one row of a workload and direction on a port; nil where there is none.
    package func flow(of workload: String, _ direction: String, port: Int = 80) -> JSON? {
        rows(["workload": .string(workload), "direction": .string(direction), "peer_port": .int(port)]).first
    }

    /// A counter summed over the rows of a workload.
    package func sum(_ key: String, of workload: String) -> Int {
        rows(["workload": .string(workload)]).reduce(0) { $0 + ($1[key].int ?? 0) }
    }
}

/// A running podglass whose standard output grows in a file. Reads each line once.
package final class Observation: Sendable {
    package let program: Program

    private struct Reading {
        var offset: UInt64 = 0
        var rest = Data()
        var open: [JSON] = []
        var intervals: [Interval] = []
    }
    private let reading = Mutex(Reading())

    package init(_ program: Program) { self.program = program }

    /// All intervals that have ended so far. A line that is no JSON is an error.
    package func intervals() throws -> [Interval] {
        try reading.withLock { reading in
            guard let file = FileHandle(forReadingAtPath: program.outputPath) else { return reading.intervals }
            defer { try? file.close() }
            try file.seek(toOffset: reading.offset)
            let data = try file.readToEnd() ?? Data()
            reading.offset += UInt64(data.count)
            reading.rest += data
            guard let end = reading.rest.lastIndex(of: UInt8(ascii: "\n")) else { return reading.intervals }
            let lines = String(decoding: reading.rest[...end], as: UTF8.self)
            reading.rest = Data(reading.rest[(end + 1)...])
            for line in lines.split(separator: "\n") {
                let value = try JSON(line)
                if value["type"] == .string("status") {
                    reading.intervals.append(Interval(rows: reading.open, status: value))
                    reading.open = []
                } else {
                    reading.open.append(value)
                }
            }
            return reading.intervals
        }
    }

    /// The interval after those that have ended by now.
    package func next(_ count: Int = 1, within limit: Duration = .seconds(20)) async throws -> Interval {
        let wanted = try intervals().count + count
        let deadline = ContinuousClock.now + limit.patient
        var isLate = false
        while true {
            // Asked before its output is read, so that what it wrote last counts.
            let ending = program.poll()
            let intervals = try intervals()
            if intervals.count >= wanted, let last = intervals.last { return last }
            if let ending { throw LabError("podglass ended (\(ending)): \(program.errors)") }
            if isLate { break }
            try await Task.sleep(for: .milliseconds(30))
            isLate = ContinuousClock.now >= deadline
        }
        throw LabError("podglass wrote no status line within \(limit): \(program.errors)")
    }

    /// The first interval that satisfies `condition`, looked at again two intervals later, so that what must be exact is
    /// seen not to grow beyond; after `limit` whatever stands then, for the test to say what is wrong with it.
    package func settled(within limit: Duration = .seconds(15), _ condition: (Interval) -> Bool) async throws -> Interval {
        let deadline = ContinuousClock.now + limit.patient
        var interval = try await next()
        while !condition(interval), ContinuousClock.now < deadline { interval = try await next() }
        return try await next(2)
    }

    /// Ends it as Ctrl-C does; it must end with 0.
    package func finish() async throws {
        program.signal(SIGINT)
        let ending = try await program.ended(within: .seconds(10))
        guard ending == .exited(0) else { throw LabError("podglass ended with \(ending) on SIGINT: \(program.errors)") }
    }
}
