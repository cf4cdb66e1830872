// One place where a thread leaves a value for another; the newest wins, so a slow reader never makes anything grow.
// A reader waits on `descriptor` (an eventfd) beside its other descriptors.

import CLinux
import Glibc
import Synchronization

final class Mailbox<Value: Sendable>: Sendable {
    let descriptor: Int32
    private let content = Mutex<Value?>(nil)

    init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    }

    deinit { close(descriptor) }

    func put(_ value: Value) {
        content.withLock { $0 = value }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// The newest value, if there is one that was not taken yet.
    func take() -> Value? {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return content.withLock { content in
            defer { content = nil }
            return content
        }
    }
}
