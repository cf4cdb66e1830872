// Prints what happens on this node as it happens. The collector's thread makes observations and filters them; this thread writes,
// and drops whole lines, counted, where the reader is slow.

import Aggregation
import Glibc
import Probes

struct ObserveLoop {
    var collector: LiveCollector
    var selection: ObservationSelection
    var format: any ObservationFormat
    /// Ends so long after the first interval; nil for no such end. Nanoseconds.
    var patience: UInt64?

    /// How long a reader has for what is left when the program ends, nanoseconds.
    private static let grace: UInt64 = 5_000_000_000

    func run() throws {
        let signals = Signals()
        let queue = ObservationQueue()
        let mailbox = Mailbox<Delivery>()
        let requests = Requests()
        let feed = ObservationFeed(selection, queue)
        let collector = collector
        var thread = Thread { collector.run(mailbox, requests) { event, engine in feed.receive(event, engine) } }
        guard thread != nil else { throw Failure("cannot start a thread; raise the limit of processes (ulimit -u)") }
        func stop() {
            requests.change { $0.isStopped = true }
            thread.take()?.join()
        }
        defer { stop() }
        var output = BoundedWriter()
        Rights.keep([])
        var format = format
        var printed = 0
        var deadline: UInt64?
        var linesReported: UInt64 = 0
        while true {
            // The tables are for others; a failure is for all.
            if let delivery = mailbox.take(), case .failed(let failure) = delivery { throw failure }
            if let content = queue.take() {
                if let loss = content.loss { output.offer(format.lines(loss)) }
                for observation in content.observations.prefix(selection.first.map { $0 - printed } ?? .max) {
                    output.offer(format.line(observation))
                    printed += 1
                }
                if let moment = content.moment {
                    deadline = deadline ?? patience.map { moment.monotonic + $0 }
                    let isOver = deadline.map { moment.monotonic >= $0 } ?? false
                    if printed == selection.first || isOver || selection.until.map({ moment.wall > $0 }) ?? false {
                        _ = try output.finish(deadline: Clock.monotonic() + ObserveLoop.grace)
                        return
                    }
                }
                // What the reader was too slow for is said as soon as there is room to say it.
                let dropped = output.linesDropped
                if dropped > linesReported, !output.isPending {
                    let causes = [EventLoss.Cause(name: EventLoss.stream, count: dropped - linesReported)]
                    output.offer(format.lines(EventLoss(time: Clock.now().wall, node: content.node, causes: causes)))
                    if output.linesDropped == dropped { linesReported = dropped }
                }
            }
            if try output.flush() == .readerGone { return }
            var waiting = [
                pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: queue.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                // Without events asked for, poll still tells of a reader that left.
                pollfd(fd: output.descriptor, events: output.isPending ? Int16(POLLOUT) : 0, revents: 0),
            ]
            poll(&waiting, nfds_t(waiting.count), -1)
            if waiting[3].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0, !output.isPending { return }
            while let signal = signals.next() {
                guard [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal) else { continue }
                _ = try output.flush()
                stop()
                exit(Signals.exitStatus(signal))
            }
        }
    }
}

/// What the collector's thread keeps; used by it alone.
private final class ObservationFeed: @unchecked Sendable {
    private let selection: ObservationSelection
    private let queue: ObservationQueue
    private var log: ObservationLog

    init(_ selection: ObservationSelection, _ queue: ObservationQueue) {
        self.selection = selection
        self.queue = queue
        log = ObservationLog(tellsAnomalies: selection.filter.asksForAnomalies)
    }

    func receive(_ event: Event, _ engine: Engine) {
        guard var interval = log.receive(event, in: engine) else { return }
        interval.observations.removeAll { !selection.matches($0) }
        queue.put(interval, node: engine.tables.node.name)
    }
}
