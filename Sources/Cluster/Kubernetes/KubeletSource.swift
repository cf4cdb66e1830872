// The kubelet of this node as a source of names, on request only: its /pods, asked every ten seconds. It has no watch. It
// knows the pods of this node, static ones too, and of their makers only the next.

import Aggregation
import AsyncHTTPClient
import NIOCore
import Synchronization

package struct KubeletSource: NameSource {
    static let name = "kubelet"
    static let pause = Duration.seconds(10)
    static let limit = Duration.seconds(2)

    let access: ServerAccess
    var pause = KubeletSource.pause
    var limit = KubeletSource.limit

    package var name: String { KubeletSource.name }
    package var place: String { access.url.description }

    package func run(_ book: NameBook) async {
        let client = APIClient(access, credentials: Credentials(access, environment: [:]))
        var gave = ""
        report(book, .degraded, gave, "it has not answered yet")
        while !Task.isCancelled {
            do throws(APIFailure) {
                let list = try await pods(client)
                book.replace([.pod], with: list.pods, from: .kubelet)
                gave = list.summary
                if list.refused > 0 {
                    report(book, .degraded, gave, "pods that are not readable or too long: \(list.refused)")
                } else {
                    report(book, .works, gave, nil)
                }
            } catch {
                if Task.isCancelled { break }
                report(book, gave.isEmpty ? .off : .degraded, gave, reason(error))
            }
            try? await Task.sleep(for: pause)
        }
        await client.stop()
    }

    private func report(_ book: NameBook, _ state: SourceSample.State, _ gave: String, _ reason: String?) {
        book.report(SourceSample(name: name, place: place, state: state, gave: gave, reason: reason))
    }

    private func reason(_ failure: APIFailure) -> String {
        switch (failure, access.identity) {
        case (.forbidden, _): "may not get pods of the kubelet: bind a ClusterRole with get on nodes/pods or nodes/proxy"
        case (.unauthorized, .optionalTokenFile(let path)):
            if (try? SmallFile.read(path)) == nil {
                "the kubelet wants a token, and there is none at \(path): run in a pod with a service account, or use --kube"
            } else {
                failure.sentence(KubeletSource.name)
            }
        default: failure.sentence(KubeletSource.name)
        }
    }

    private static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)" + (count == 1 ? "" : "s") }

    private struct PodList: Sendable {
        var pods: [ClusterObject] = []
        var refused = 0

        var summary: String {
            let containers = pods.reduce(0) { $0 + $1.containers.count }
            return KubeletSource.counted(pods.count, "pod") + ", " + KubeletSource.counted(containers, "container")
        }
    }

    private func pods(_ client: APIClient) async throws(APIFailure) -> PodList {
        try await client.get("/pods", within: limit) { body in
            var (list, cutter, texts) = (PodList(), ItemCutter(), Interner())
            for try await buffer in body {
                cutter.push(Array(buffer.readableBytesView)) { item in
                    if let pod = try? WirePod(json: item) {
                        if let mapped = pod.mapped(&texts) { list.pods.append(mapped.object) }
                    } else {
                        list.refused += 1
                    }
                }
            }
            guard cutter.isWhole else { throw APIFailure.garbled("a list that is no JSON") }
            list.refused += cutter.refused
            return list
        }
    }
}
