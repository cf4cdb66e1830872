// Reads lines of `-o jsonpb` as strictly as protobuf can: the messages are written by hand from Hubble's public API, protoc compiles
// them, and Debian's python3-protobuf parses each line and rejects what the messages do not have.
// docs/decisions/hubble-messages.md says why so.

import Foundation

package enum HubbleReader {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Hubble"
    /// The module is installed for the system's own interpreter, not for whichever stands first in PATH.
    private static let python = "/usr/bin/python3"

    /// What Hubble would misread; empty where it reads every line. `scratch` is a directory for the compiled messages.
    package static func complaints(about lines: String, scratch: String) async throws -> [String] {
        let descriptors = scratch + "/hubble.descriptors"
        let compiled = try await Program.run(
            ["protoc", "--proto_path=\(directory)", "--descriptor_set_out=\(descriptors)", "flow.proto", "observer.proto"],
            directory: scratch)
        guard compiled.ending == .exited(0) else { throw LabError("protoc: \(compiled.errors)") }
        let input = scratch + "/hubble.jsonl"
        try Data(lines.utf8).write(to: URL(fileURLWithPath: input))
        let finished = try await Program.run(
            ["sh", "-c", "exec \"$0\" \"$1\" \"$2\" < \"$3\"", python, "\(directory)/read-strictly.py", descriptors, input],
            directory: scratch, within: .seconds(60))
        guard finished.ending == .exited(0) else { throw LabError("read-strictly.py: \(finished.errors)") }
        return finished.output.split(separator: "\n").map(String.init)
    }
}
