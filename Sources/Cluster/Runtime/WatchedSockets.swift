// The sockets that have a task already, so that no socket is watched twice, by whatever path it is found.

import Synchronization

final class WatchedSockets: Sendable {
    private let paths = Mutex<Set<String>>([])

    var isEmpty: Bool { paths.withLock(\.isEmpty) }

    /// False where this socket is watched, perhaps by another path. A runtime that starts again makes its socket anew, under
    /// the path that it had: so the other's file is looked at now.
    func add(_ socket: RuntimeSocket) -> Bool {
        paths.withLock { paths in
            guard !paths.contains(socket.path) else { return false }
            for path in paths {
                guard let other = RuntimeSockets.socket(path) else { continue }
                if other.device == socket.device, other.inode == socket.inode { return false }
            }
            paths.insert(socket.path)
            return true
        }
    }

    func remove(_ socket: RuntimeSocket) { paths.withLock { _ = $0.remove(socket.path) } }
}
