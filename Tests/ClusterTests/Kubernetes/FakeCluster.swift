// An API server in memory: objects with versions, lists in pages, watches with bookmarks, a history that is forgotten. Told
// to, it misbehaves in every way that a test can think of.

import Foundation
import Synchronization

actor FakeCluster {
    struct Change: Sendable {
        var version: Int
        var path: String
        var type: String
        var json: String
    }

    private(set) var version = 1_000
    private var objects: [String: [String: String]] = [:]
    private var log: [Change] = []
    private var oldest = 0
    private var snapshots: [String: (version: Int, items: [String])] = [:]

    /// `json` is given the version.
    func put(_ path: String, _ uid: String, _ json: (Int) -> String) {
        version += 1
        let type = objects[path]?[uid] == nil ? "ADDED" : "MODIFIED"
        let text = json(version)
        objects[path, default: [:]][uid] = text
        log.append(Change(version: version, path: path, type: type, json: text))
    }

    func remove(_ path: String, _ uid: String, _ json: (Int) -> String) {
        version += 1
        objects[path]?[uid] = nil
        log.append(Change(version: version, path: path, type: "DELETED", json: json(version)))
    }

    /// Forgets the past: versions before now are gone, continue tokens too.
    func compact() {
        oldest = version
        log = []
        snapshots = [:]
    }

    /// Nil where the past that is asked for is gone.
    func changes(_ path: String, since: Int) -> [Change]? {
        guard since >= oldest else { return nil }
        // Versions grow, so what is new is at the end.
        var first = log.count
        while first > 0, log[first - 1].version > since { first -= 1 }
        return log[first...].filter { $0.path == path }
    }

    func list(_ path: String, limit: Int?, continuation: String?) -> (status: Int, body: String) {
        var (items, at, from) = ((objects[path] ?? [:]).sorted { $0.key < $1.key }.map(\.value), version, 0)
        if let continuation {
            let parts = continuation.split(separator: "/")
            guard let snapshot = snapshots[String(parts[0])], let start = Int(parts[1]) else {
                return (410, Self.status(410, more: #""continue":"anew/0""#))
            }
            (at, items, from) = (snapshot.version, snapshot.items, start)
        }
        let end = min(items.count, from + (limit ?? items.count))
        var next = ""
        if end < items.count {
            let name = continuation.map { String($0.split(separator: "/")[0]) } ?? UUID().uuidString
            snapshots[name] = (at, items)
            next = #","continue":"\#(name)/\#(end)""#
        }
        return (
            200, #"{"kind":"List","metadata":{"resourceVersion":"\#(at)"\#(next)},"items":[\#(items[from..<end].joined(separator: ","))]}"#
        )
    }

    static func status(_ code: Int, more: String = "") -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{\#(more)},"status":"Failure","message":"no","reason":"Expired","code":\#(code)}"#
    }

    // MARK: Serving

    /// What goes wrong with one request.
    enum Mischief: Sendable, CaseIterable {
        case none, cut, half, end, gone, busy, ill, slow, mute, silence, twice, past
    }

    nonisolated func serve(_ request: FakeServer.Request, _ answer: FakeServer.Answer, _ mischief: Mischief = .none) async {
        switch mischief {
        case .busy: return await answer.reply(429, "too many", [("Content-Type", "text/plain"), ("Retry-After", "0")])
        case .ill: return await answer.reply(503, "ill", [("Content-Type", "text/plain")])
        case .mute: return await answer.hang()
        default: break
        }
        if request.isWatch { return await watch(request, answer, mischief) }
        if mischief == .slow { try? await Task.sleep(for: .milliseconds(50)) }
        let (status, body) = await list(
            request.path, limit: request.query["limit"].flatMap { Int($0) }, continuation: request.query["continue"])
        switch mischief {
        case .cut, .half:
            await answer.head(status)
            await answer.write(String(body.prefix(body.count / 2)))
            await answer.cut()
        case .slow:
            await answer.head(status)
            for start in stride(from: 0, to: body.utf8.count, by: 4_000) {
                await answer.write(String(decoding: Array(body.utf8)[start..<min(body.utf8.count, start + 4_000)], as: UTF8.self))
                try? await Task.sleep(for: .milliseconds(1))
            }
            await answer.end()
        default: await answer.reply(status, body)
        }
    }

    private nonisolated func watch(_ request: FakeServer.Request, _ answer: FakeServer.Answer, _ mischief: Mischief) async {
        var at = request.query["resourceVersion"].flatMap { Int($0) } ?? 0
        let end = ContinuousClock.now + .seconds(Int(request.query["timeoutSeconds"] ?? "") ?? 60)
        await answer.head(200)
        var told = 0
        var last = ""
        while answer.isOpen, ContinuousClock.now < end {
            guard mischief != .gone || told == 0, let changes = await changes(request.path, since: at) else {
                await answer.write(#"{"type":"ERROR","object":\#(Self.status(410))}"# + "\n")
                return await answer.end()
            }
            for change in changes {
                let line = #"{"type":"\#(change.type)","object":\#(change.json)}"# + "\n"
                if told >= 3, mischief == .cut { return await answer.cut() }
                if told >= 3, mischief == .half {
                    await answer.write(String(line.prefix(line.count / 2)))
                    return await answer.cut()
                }
                if told >= 3, mischief == .end { return await answer.end() }
                if mischief == .slow { try? await Task.sleep(for: .milliseconds(3)) }
                await answer.write(line)
                if mischief == .twice { await answer.write(line) }
                // What was told before, told again after it: the past.
                if mischief == .past, !last.isEmpty, change.type != "DELETED" { await answer.write(last) }
                last = change.type == "MODIFIED" ? line : last
                at = change.version
                told += 1
            }
            if mischief == .silence, told > 2 { return await answer.hang() }
            if told % 7 == 6 {
                at = max(at, await versionNow(request.path, at))
                await answer.write(
                    #"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"\#(at)"},"spec":{"containers":null},"status":{}}}"#
                        + "\n")
                told += 1
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
        await answer.end()
    }

    /// Where a bookmark may move to: now, unless something of the path happened after `at`.
    private func versionNow(_ path: String, _ at: Int) -> Int { (changes(path, since: at) ?? []).isEmpty ? version : at }
}
