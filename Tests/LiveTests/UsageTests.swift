// What the program answers to wrong use. Needs only the program: no root, no kernel, no laboratory.

import Foundation
import LabSupport
import Testing

@Suite struct UsageTests {
    /// A directory of this test's own, gone with it.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "\(FileManager.default.temporaryDirectory.path)/podglass-usage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    @Test(
        "wrong usage ends with 64, says so in a sentence on stderr, and leaves stdout empty",
        arguments: [
            ["top", "flows", "pod=="], ["top", "nonsense"], ["--nonsense"], ["top", "flows", "--nonsense"], ["nonsense"],
            ["top", "flows", "-o", "nonsense"], ["top", "flows", "nonsense=1"], ["top", "flows", "--interval", "soon"],
            ["top", "flows", "--count", "-1"], ["top", "flows", "--sort", "nonsense"], ["top", "flows", "rtt>1parsec"],
            ["observe", "--nonsense"], ["observe", "--not"], ["observe", "--identity", "1"], ["observe", "--port", "http"],
            ["observe", "-o", "dict"], ["observe", "--http-path", "("], ["observe", "--since", "soon"],
            ["top", "flows", "(pod=web"], ["replay"], ["record"],
        ])
    func wrongUsage(arguments: [String]) async throws {
        try await withDirectory { directory in
            let finished = try await Podglass.run(arguments, in: directory, within: .seconds(10))
            #expect(finished.ending == .exited(64))
            #expect(finished.output.isEmpty)
            #expect(!finished.errors.isEmpty)
        }
    }

    @Test("a malformed query is answered by a caret under the place") func caret() async throws {
        try await withDirectory { directory in
            let finished = try await Podglass.run(["top", "flows", "pod=="], in: directory, within: .seconds(10))
            let lines = finished.errors.split(separator: "\n")
            let query = try #require(lines.firstIndex { $0.contains("pod==") })
            #expect(lines[(query + 1)...].contains { $0.trimmingCharacters(in: .whitespaces).hasPrefix("^") })
        }
    }

    @Test(
        "help and version go to stdout and end with 0",
        arguments: [["--help"], ["top", "--help"], ["observe", "--help"], ["-h"], ["--version"]])
    func help(arguments: [String]) async throws {
        try await withDirectory { directory in
            let finished = try await Podglass.run(arguments, in: directory, within: .seconds(10))
            #expect(finished.ending == .exited(0))
            #expect(!finished.output.isEmpty && finished.errors.isEmpty)
        }
    }

    @Test("a file that is no recording, an empty one and one that is not there end with 1, stdout empty") func foreign() async throws {
        try await withDirectory { directory in
            try Data("#!/bin/sh\necho no recording\n".utf8).write(to: URL(fileURLWithPath: directory + "/foreign"))
            try Data().write(to: URL(fileURLWithPath: directory + "/empty"))
            for file in ["foreign", "empty", "absent"] {
                let arguments = ["replay", "\(directory)/\(file)", "-o", "json"]
                let finished = try await Podglass.run(arguments, in: directory, within: .seconds(10))
                #expect(finished.ending == .exited(1), "\(file)")
                #expect(finished.output.isEmpty, "\(file)")
                #expect(finished.errors.contains(file), "\(file): \(finished.errors)")
            }
        }
    }

    @Test("the demonstration plays as JSON without any right") func demo() async throws {
        try await withDirectory { directory in
            let finished = try await Podglass.run(["demo", "-o", "json", "--count", "2"], in: directory, within: .seconds(20))
            #expect(finished.ending == .exited(0))
            let lines = try finished.output.split(separator: "\n").map { try JSON($0) }
            #expect(lines.filter { $0["type"] == .string("status") }.count == 2)
            #expect(lines.allSatisfy { $0["schema"] == .string("podglass/1") })
        }
    }
}
