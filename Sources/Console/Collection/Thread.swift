// Starts a thread that owns what its body makes.

import Glibc

struct Thread: ~Copyable {
    private let thread: pthread_t

    /// Starts `body`; nil where the system has no thread to give.
    init?(_ body: @escaping @Sendable () -> Void) {
        let start = Start(body)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        guard result == 0 else { return nil }
        self.thread = thread
    }

    /// Waits until the body has returned.
    consuming func join() { pthread_join(thread, nil) }

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
