// The container runtime as a source of names: whatever CRI socket this node has, asked without being told to. Without one it
// costs a few stats every ten seconds, and no thread.

import Aggregation
import FoundationEssentials

package struct RuntimeSource: NameSource {
    package let name = "container runtime"
    private let looking: SocketLooking
    private let pace: RuntimePace
    private let host: String?

    /// `hostRoot`: where the node's file system is, if not where it is usually found.
    package init(hostRoot: String?) {
        self.init(roots: RuntimeSockets.roots(hostRoot), pace: RuntimePace(), host: RuntimeSource.hostName())
    }

    init(roots: [String], pace: RuntimePace, host: String?) {
        looking = SocketLooking(
            table: RuntimeSockets.runtimes, roots: roots,
            absence: "no socket here; a debug pod needs root at /host")
        self.pace = pace
        self.host = host
    }

    package func run(_ book: NameBook) async {
        let joined = JoinedRuntimes(name: name, kind: .pod, book: book)
        await looking.run(joined, every: pace.look) { [pace, host] socket in
            await RuntimeWatch(socket: socket, joined: joined, pace: pace, host: host).run()
        }
    }

    /// What the kubelet calls this node unless told otherwise; a static pod carries it behind its own name.
    private static func hostName() -> String? {
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8) else { return nil }
        let name = text.prefix { !$0.isWhitespace }.lowercased()
        return name.isEmpty ? nil : name
    }
}

/// Finds sockets, now and later, and has each watched by a task of its own.
struct SocketLooking: Sendable {
    let table: [(who: String, path: String)]
    let roots: [String]
    let absence: String

    /// Until its task is cancelled. `watch` returns when its socket is gone for good.
    func run(_ joined: JoinedRuntimes, every pause: Duration, watch: @escaping @Sendable (String) async -> Void) async {
        let watched = WatchedSockets()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for socket in RuntimeSockets.find(table, under: roots) where watched.add(socket) {
                    group.addTask {
                        await watch(socket.path)
                        guard !Task.isCancelled else { return }
                        joined.remove(socket.path)
                        watched.remove(socket)
                    }
                }
                if watched.isEmpty { joined.report(absence: absence) }
                try? await Task.sleep(for: pause)
            }
            group.cancelAll()
        }
    }
}
