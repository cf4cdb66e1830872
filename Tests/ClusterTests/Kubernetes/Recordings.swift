// What a real API server and kubelet said, recorded: a folder beside the project, or the one that PODGLASS_SHARED names. Tests
// that want it are skipped, with a reason, where it is not.

import Foundation

enum Recordings {
    static let directory: String? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["PODGLASS_SHARED"]
        let places = [named, root.deletingLastPathComponent().appendingPathComponent("shared").path].compactMap(\.self)
        return places.map { $0 + "/kube" }.first { FileManager.default.fileExists(atPath: $0) }
    }()

    static var areThere: Bool {
        if directory == nil { print("skipped: no recordings; PODGLASS_SHARED names the folder that has kube/") }
        return directory != nil
    }

    struct Recording {
        var status: Int
        var headers: [(String, String)]
        var body: String
    }

    static func read(_ name: String) throws -> Recording {
        let text = try String(decoding: Data(contentsOf: URL(fileURLWithPath: "\(directory ?? "")/\(name).http")), as: UTF8.self)
        let bytes = Array(text.utf8)
        let gap = Array("\r\n\r\n".utf8)
        let end = (0..<max(0, bytes.count - 3)).first { Array(bytes[$0..<$0 + 4]) == gap } ?? bytes.count
        let head = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let status = head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let headers = head.dropFirst().compactMap { line -> (String, String)? in
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, !["Transfer-Encoding", "Content-Length", "Connection"].contains(String(sides[0])) else { return nil }
            return (String(sides[0]), sides[1].trimmingCharacters(in: .whitespaces))
        }
        return Recording(status: status, headers: headers, body: String(decoding: bytes.dropFirst(end + 4), as: UTF8.self))
    }

    static func path(_ name: String) -> String { "\(directory ?? "")/\(name)" }
}

extension FakeServer.Answer {
    func replay(_ name: String) async {
        guard let recording = try? Recordings.read(name) else { return await reply(500, "no recording \(name)") }
        await reply(recording.status, recording.body, recording.headers)
    }
}
