// Runs a body inside each network namespace of the node, once each, on a thread of its own: setns(2) moves only the thread
// that calls it, and the thread ends with the visit.

import CLinux
import Glibc

enum NetworkNamespaces {
    /// Namespaces visited at most; a node runs some hundred.
    private static let limit = 4_096

    /// Calls `body` in each namespace and returns how many were passed over: beyond the limit, or because they refused.
    static func visitAll(_ body: @escaping () throws(ProbeError) -> Void) throws(ProbeError) -> UInt64 {
        let visit = Visit(body)
        try onThreadOfItsOwn { visit.run() }
        if let error = visit.error { throw error }
        return visit.passedOver
    }

    /// What `body` makes inside the network namespace of the file `path`, or with nil in this process's own.
    static func inside<Made>(_ path: String?, _ body: @escaping () throws(ProbeError) -> Made) throws(ProbeError) -> Made {
        guard let path else { return try body() }
        var made: Result<Made, ProbeError>?
        try onThreadOfItsOwn {
            guard let namespace = FileDescriptor(opening: path, O_RDONLY), podglass_enter_netns(namespace.raw) == 0 else {
                made = .failure(
                    ProbeError(operation: "enter", subject: "the network namespace \(path)", errno: errno, advice: "it takes CAP_SYS_ADMIN")
                )
                return
            }
            made = Result { () throws(ProbeError) in try body() }
        }
        guard let made else { throw ProbeError(operation: "enter", subject: "the network namespace \(path)", errno: 0, advice: "") }
        return try made.get()
    }

    /// Runs `body` to its end on a thread that moves into no other's namespace.
    static func onThreadOfItsOwn(_ body: @escaping () -> Void) throws(ProbeError) {
        let work = Work(body)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().body()
                return nil
            }, Unmanaged.passUnretained(work).toOpaque())
        guard started == 0 else {
            throw ProbeError(operation: "start", subject: "a thread for the network namespaces", errno: started, advice: "")
        }
        pthread_join(thread, nil)
        withExtendedLifetime(work) {}
    }

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// One path a namespace: of processes, and of those only mounted under /run/netns.
    private static func paths() -> (paths: [String], beyondLimit: UInt64) {
        var beyondLimit: UInt64 = 0
        var seen: Set<UInt64> = []
        var paths: [String] = []
        for name in SmallFile.names(in: "/proc") ?? [] where name.first?.isNumber == true {
            let path = "/proc/\(name)/ns/net"
            guard let inode = SmallFile.inode(path), seen.insert(inode).inserted else { continue }
            if paths.count < limit { paths.append(path) } else { beyondLimit += 1 }
        }
        for directory in ["/run/netns", "/host/run/netns", "/proc/1/root/run/netns"] {
            for name in SmallFile.names(in: directory) ?? [] {
                let path = directory + "/" + name
                guard let inode = SmallFile.inode(path), seen.insert(inode).inserted else { continue }
                if paths.count < limit { paths.append(path) } else { beyondLimit += 1 }
            }
        }
        return (paths, beyondLimit)
    }

    private final class Visit {
        let body: () throws(ProbeError) -> Void
        var error: ProbeError?
        var passedOver: UInt64 = 0

        init(_ body: @escaping () throws(ProbeError) -> Void) { self.body = body }

        func run() {
            let (paths, beyondLimit) = NetworkNamespaces.paths()
            passedOver = beyondLimit
            for path in paths {
                guard let namespace = FileDescriptor(opening: path, O_RDONLY), podglass_enter_netns(namespace.raw) == 0 else {
                    passedOver += 1
                    continue
                }
                do { try body() } catch { self.error = error }
            }
        }
    }
}
