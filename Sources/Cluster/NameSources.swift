// The sources that this run uses, and the book they write. Nothing runs before `start`; a source that hangs holds up
// nobody: the collector only ever takes what the book has.

import Aggregation
import Synchronization

package final class NameSources: Sendable {
    package let book: NameBook
    private let sources: [any NameSource]
    private let task = Mutex<Task<Void, Never>?>(nil)

    package init(_ sources: [any NameSource], book: NameBook = NameBook()) {
        self.sources = sources
        self.book = book
    }

    deinit { stop() }

    /// The sources as `doctor` calls them.
    package var names: [String] { sources.map(\.name) }

    package func start() {
        guard !sources.isEmpty else { return }
        let (sources, book) = (sources, book)
        task.withLock { task in
            guard task == nil else { return }
            task = Task.detached {
                await withTaskGroup { group in
                    for source in sources { group.addTask { await source.run(book) } }
                }
            }
        }
    }

    package func stop() {
        task.withLock { task in
            task?.cancel()
            task = nil
        }
    }
}
