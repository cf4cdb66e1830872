// What a reader of the book knows: its events, put together.

import Aggregation
import LabSupport

@testable import Cluster

struct Table {
    private(set) var objects: [String: ClusterObject] = [:]
    private(set) var sources: [String: SourceSample] = [:]

    mutating func read(_ book: NameBook) {
        for event in book.takeEvents() {
            switch event {
            case .object(let object): objects["\(object.kind.name) \(object.id)"] = object
            case .objectGone(let kind, let id): objects["\(kind.name) \(id)"] = nil
            case .source(let sample): sources[sample.name] = sample
            default: break
            }
        }
    }

    subscript(kind: ClusterObject.Kind, name: String) -> ClusterObject? {
        objects.values.first { $0.kind == kind && $0.name == name }
    }

    func count(_ kind: ClusterObject.Kind) -> Int { objects.values.count { $0.kind == kind } }
}

/// Runs `source` until `isDone` says so, or the time is over; what was known then.
func run(
    _ source: any NameSource, _ book: NameBook = NameBook(), within limit: Duration = .seconds(20),
    until isDone: (Table) async -> Bool
) async -> Table {
    let task = Task { await source.run(book) }
    var table = Table()
    let end = ContinuousClock.now + limit.patient
    while ContinuousClock.now < end {
        table.read(book)
        if await isDone(table) { break }
        try? await Task.sleep(for: .milliseconds(10))
    }
    task.cancel()
    await task.value
    return table
}
