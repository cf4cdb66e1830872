// What a book has told so far, as the engine would know it; and waiting for something to become true.

import Aggregation
import Foundation
import Synchronization
import Testing

@testable import Cluster

final class Seen: Sendable {
    private let state = Mutex<(objects: [String: ClusterObject], sources: [String: SourceSample])>(([:], [:]))
    private let book: NameBook

    init(_ book: NameBook) { self.book = book }

    private func update() {
        let events = book.takeEvents()
        state.withLock { state in
            for event in events {
                switch event {
                case .object(let object): state.objects[object.id] = object
                case .objectGone(_, let id): state.objects[id] = nil
                case .source(let sample): state.sources[sample.name] = sample
                default: Issue.record("a book does not tell of \(event)")
                }
            }
        }
    }

    var objects: [String: ClusterObject] {
        update()
        return state.withLock { $0.objects }
    }

    var source: SourceSample? {
        update()
        return state.withLock { $0.sources.values.first }
    }
}

/// Asks until it is true, at most `seconds`; a debug build on a busy machine is slow.
func eventually(
    _ what: Comment, within seconds: Double = 20, sourceLocation: SourceLocation = #_sourceLocation, _ isTrue: () -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if isTrue() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// A directory of its own, with room for a socket's path (108 bytes).
func withTemporaryRoot<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let root = "/tmp/podglass-\(UInt32.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    return try await body(root)
}

extension RuntimePace {
    /// Quick enough for tests.
    static let test: RuntimePace = {
        var pace = RuntimePace()
        pace.look = .milliseconds(50)
        pace.poll = .milliseconds(20)
        pace.slowestPoll = .milliseconds(200)
        pace.gather = .milliseconds(10)
        pace.relist = .seconds(60)
        pace.firstRetry = .milliseconds(20)
        pace.slowestRetry = .milliseconds(200)
        pace.missing = .milliseconds(500)
        pace.deadline = .seconds(2)
        return pace
    }()
}
