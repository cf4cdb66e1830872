// What all sockets of one source gave, as one: two runtimes may serve a node at once, and a pod that moved from one to the
// other is one pod. Written by each socket's task, told to the book as a whole.

import Aggregation
import Synchronization

final class JoinedRuntimes: Sendable {
    struct Answer: Sendable, Equatable {
        var objects: [ClusterObject] = []
        /// Left out at a limit.
        var leftOut = 0
        /// Why it does not answer now; its names of before stay.
        var failure: String?
        /// It answered once.
        var isKnown = false
    }

    private let name: String
    private let kind: ClusterObject.Kind
    private let book: NameBook
    private let answers = Mutex<[String: Answer]>([:])

    init(name: String, kind: ClusterObject.Kind, book: NameBook) {
        self.name = name
        self.kind = kind
        self.book = book
    }

    func put(_ objects: [ClusterObject], leftOut: Int, from socket: String) {
        change { $0[socket] = Answer(objects: objects, leftOut: leftOut, isKnown: true) }
    }

    func fail(_ sentence: String, at socket: String) {
        change { $0[socket, default: Answer()].failure = sentence }
    }

    func remove(_ socket: String) {
        change { $0[socket] = nil }
    }

    var sockets: Set<String> { answers.withLock { Set($0.keys) } }

    /// Nothing was found: it is in no place.
    func report(absence: String) {
        book.report(SourceSample(name: name, place: "", state: .off, reason: absence))
    }

    /// Under the lock, so that what the book has last is what was changed last.
    private func change(_ body: (inout [String: Answer]) -> Void) {
        answers.withLock { answers in
            body(&answers)
            guard !answers.isEmpty else { return book.replace([kind], with: [], from: .runtime) }
            let sorted = answers.sorted { $0.key < $1.key }
            let objects = JoinedRuntimes.union(sorted.map(\.value.objects))
            book.replace([kind], with: objects, from: .runtime)
            book.report(sample(sorted, objects))
        }
    }

    /// The same pod twice: the one that runs.
    static func union(_ lists: [[ClusterObject]]) -> [ClusterObject] {
        guard lists.count > 1 else { return lists.first ?? [] }
        var indices: [String: Int] = [:]
        var union: [ClusterObject] = []
        for object in lists.joined() {
            guard let index = indices[object.id] else {
                indices[object.id] = union.count
                union.append(object)
                continue
            }
            if union[index].hasEnded, !object.hasEnded { union[index] = object }
        }
        return union
    }

    private func sample(_ answers: [(key: String, value: Answer)], _ objects: [ClusterObject]) -> SourceSample {
        let leftOut = answers.reduce(0) { $0 + $1.value.leftOut }
        let failures = answers.compactMap(\.value.failure)
        var reasons = failures
        if leftOut > 0 { reasons.append("\(leftOut) more than \(RuntimeLimits.objects) are left out, the oldest") }
        let isKnown = answers.contains { $0.value.isKnown }
        return SourceSample(
            name: name, place: answers.map(\.key).joined(separator: ", "),
            state: reasons.isEmpty ? .works : isKnown ? .degraded : .off, gave: isKnown ? gave(objects) : "",
            reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
    }

    /// "3 pods, 5 containers": what runs now.
    private func gave(_ objects: [ClusterObject]) -> String {
        let live = objects.filter { !$0.hasEnded }
        let containers = live.reduce(0) { $0 + $1.containers.count { $0.reason == nil } }
        let parts = kind == .pod ? [count(live.count, "pod"), count(containers, "container")] : [count(live.count, "container")]
        return parts.joined(separator: ", ")
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
