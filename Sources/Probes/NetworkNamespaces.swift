// Runs a body inside each network namespace of the node, once each, on a thread of its own: setns(2) moves only the thread
// that calls it, and the thread ends with the visit.

import CLinux
import Glibc

enum NetworkNamespaces {
    /// Namespaces visited at most; a node runs some hundred.
    private static let limit = 4_096

    /// Calls `body` in each namespace; a namespace that is gone or refuses is passed over.
    static func visitAll(_ body: @escaping () throws(ProbeError) -> Void) throws(ProbeError) {
        let visit = Visit(body)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Visit>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, Unmanaged.passUnretained(visit).toOpaque())
        guard started == 0 else {
            throw ProbeError(operation: "start", subject: "a thread for the network namespaces", errno: started, advice: "")
        }
        pthread_join(thread, nil)
        withExtendedLifetime(visit) {}
        if let error = visit.error { throw error }
    }

    /// One path a namespace: of processes, and of those only mounted under /run/netns.
    private static func paths() -> [String] {
        var seen: Set<UInt64> = []
        var paths: [String] = []
        for name in SmallFile.names(in: "/proc") ?? [] where name.first?.isNumber == true {
            let path = "/proc/\(name)/ns/net"
            guard paths.count < limit, let inode = SmallFile.inode(path), seen.insert(inode).inserted else { continue }
            paths.append(path)
        }
        for directory in ["/run/netns", "/host/run/netns", "/proc/1/root/run/netns"] {
            for name in SmallFile.names(in: directory) ?? [] {
                let path = directory + "/" + name
                guard paths.count < limit, let inode = SmallFile.inode(path), seen.insert(inode).inserted else { continue }
                paths.append(path)
            }
        }
        return paths
    }

    private final class Visit {
        let body: () throws(ProbeError) -> Void
        var error: ProbeError?

        init(_ body: @escaping () throws(ProbeError) -> Void) { self.body = body }

        func run() {
            for path in NetworkNamespaces.paths() {
                guard let namespace = FileDescriptor(opening: path, O_RDONLY), podglass_enter_netns(namespace.raw) == 0 else { continue }
                do { try body() } catch { self.error = error }
            }
        }
    }
}
