// The API server as a source of names, on request only: pods of all nodes, Services, what stands behind them, nodes, and who
// made the pods. One task a resource; what one of them suffers, the others do not.

import Aggregation

package struct APIServerSource: NameSource {
    static let name = "API server"

    let access: ServerAccess
    let environment: [String: String]
    var pace = WatchPace()

    package var name: String { APIServerSource.name }
    /// Without credentials: ServerURL has none.
    package var place: String { access.url.description }

    package func run(_ book: NameBook) async {
        let client = APIClient(access, credentials: Credentials(access, environment: environment))
        let owners = Owners(book)
        let writers = Resource.allCases.map { ResourceWriter($0, book: book, owners: owners) }
        let health = SourceHealth(place: place, writers: writers, owners: owners)
        await withTaskGroup { group in
            for writer in writers {
                let watch = ResourceWatch(resource: writer.resource, client: client, writer: writer, health: health, pace: pace)
                group.addTask { await watch.run() }
            }
            group.addTask {
                while !Task.isCancelled {
                    book.report(health.sample)
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
        await client.stop()
    }
}
