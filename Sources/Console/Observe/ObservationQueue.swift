// Where the collector's thread leaves what it observed for the main thread. Unlike the mailbox of tables nothing replaces anything:
// events wait in order, up to a limit, beyond which the newest are dropped and counted.

import Aggregation
import CLinux
import Glibc
import Synchronization

final class ObservationQueue: Sendable {
    /// Events that may wait: some seconds of all that the kernel's budgets let through.
    static let limit = 65_536

    struct Content: Sendable {
        var observations: [Observation] = []
        /// Losses of the intervals since, and what this queue had no room for.
        var causes: [String: UInt64] = [:]
        /// The end of the newest interval; nil before the first.
        var moment: Moment?
        var node = ""
    }

    let descriptor: Int32
    private let limit: Int
    private let content = Mutex(Content())

    init(limit: Int = ObservationQueue.limit) {
        self.limit = limit
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    }

    deinit { close(descriptor) }

    func put(_ interval: ObservationLog.Interval, node: String) {
        content.withLock { content in
            let room = max(0, limit - content.observations.count)
            content.observations += interval.observations.prefix(room)
            let refused = interval.observations.count - min(room, interval.observations.count)
            if refused > 0 { content.causes[EventLoss.stream, default: 0] += UInt64(refused) }
            for cause in interval.loss?.causes ?? [] { content.causes[cause.name, default: 0] &+= cause.count }
            content.moment = interval.moment
            content.node = node
        }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Everything since the last call; nil where no interval has ended since.
    func take() -> Content? {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return content.withLock { content in
            guard content.moment != nil else { return nil }
            defer { content = Content() }
            return content
        }
    }
}

extension ObservationQueue.Content {
    var loss: EventLoss? {
        guard let moment, !causes.isEmpty else { return nil }
        return EventLoss(
            time: moment.wall, node: node,
            causes: causes.sorted { $0.key < $1.key }.map { EventLoss.Cause(name: $0.key, count: $0.value) })
    }
}
