// The thread that owns the senses and the engine: it folds events once an interval and publishes the tables, newest wins.
// It never waits for a reader, a terminal or a disk's reader; requests reach it as values.

import Aggregation
import CLinux
import Cluster
import Glibc
import Probes
import Synchronization

/// What the collector tells the main thread.
enum Delivery: Sendable {
    case tables(Tables)
    /// A recording came to its end.
    case ended(Tables)
    case failed(Failure)
}

/// Why the program ends: one sentence for stderr and the exit status.
struct Failure: Error, Sendable, Equatable {
    var sentence: String
    var status: Int32

    static let wrongUsage: Int32 = 64
    static let notPermitted: Int32 = 77

    init(_ sentence: String, status: Int32 = 1) {
        self.sentence = sentence
        self.status = status
    }

    init(_ error: ProbeError) {
        // To root, EACCES is the verifier's word, not the kernel's guard.
        let refused = error.errno == EPERM || error.errno == EACCES && geteuid() != 0
        self.init(error.sentence, status: refused ? Failure.notPermitted : 1)
    }
}

/// What the main thread asks of the collector.
struct Request: Sendable, Equatable {
    var listed = NodeProbes.Listed.none
    var isStopped = false
}

/// The request that stands, and a descriptor that wakes whoever should look at it.
final class Requests: Sendable {
    let descriptor: Int32
    private let standing: Mutex<Request>

    init(_ request: Request = Request()) {
        standing = Mutex(request)
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    }

    deinit { close(descriptor) }

    var current: Request { standing.withLock { $0 } }

    func change(_ body: (inout Request) -> Void) {
        let changed = standing.withLock { request in
            let before = request
            body(&request)
            return request != before
        }
        guard changed else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Waits until a request changes or the time has come; true where one changed.
    func wait(milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { return false }
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return true
    }
}

/// Collects from this node's kernel.
struct LiveCollector: Sendable {
    var hostRoot: String?
    /// Who is asked for names; it runs from the start on threads of its own, and only what it knows is taken.
    var names: NameSources
    /// Nanoseconds.
    var interval: UInt64
    /// False leaves nothing on the path of packets.
    var observesRequests = true
    /// Whether single events are told, too.
    var incidents = false
    /// What is flagged beside what is unusual.
    var rules: [Rule] = ShippedRules.rules
    /// How many series a workload may have.
    var classes: [CardinalityClass] = CardinalityClass.shipped
    /// Who is asked where the detectors are uncertain.
    var model: Configuration.Model?

    /// The ring is emptied so often, however long the interval.
    private static let ringPeriod: UInt64 = 250_000_000
    /// After so many intervals the start is over: the probes', and that of the sources of names, which may take a while.
    private static let settled: Set<Int> = [3, 10, 60]
    /// Memory that was freed is given back so often; nanoseconds. Copies of the tables come and go each interval, and the heap would keep
    /// the room of the largest for good.
    private static let releasePeriod: UInt64 = 60_000_000_000
    /// A new request is answered at once, but intervals are not made shorter than this.
    private static let shortestInterval: UInt64 = 200_000_000

    /// Runs until stopped. `observe` sees every event, and the engine that has folded it: for a recording, for the stream of events.
    func run(_ mailbox: Mailbox<Delivery>, _ requests: Requests, observe: (Event, Engine) throws(Failure) -> Void = { _, _ in }) {
        defer { names.stop() }
        do throws(Failure) {
            try names.startWithoutRights(hostRoot: hostRoot)
            let probes: NodeProbes
            do {
                probes = try NodeProbes(hostRoot: hostRoot, observesRequests: observesRequests, incidents: incidents)
            } catch {
                throw Failure(error)
            }
            // Before anything that others have written is read.
            probes.giveUpRights()
            // After the rights are gone, so that it never has any.
            let program = self.model?.command.first ?? ""
            let model = model.flatMap { ModelProcess($0) }
            defer { model?.stop() }
            var engine = Engine(rules: rules, classes: classes)
            try fold(.node(probes.node), &engine, observe)
            var due = Clock.monotonic()
            var intervals = 0
            var released = due
            while !requests.current.isStopped {
                if let model {
                    engine.consider(model.takeOpinions())
                    engine.note(model.health, of: program)
                }
                try collect(probes, &engine, requests.current.listed, observe)
                if let model { model.offer(engine.takeQuestions()) }
                mailbox.put(.tables(engine.tables))
                intervals += 1
                if LiveCollector.settled.contains(intervals) { podglass_release_text() }
                if Clock.monotonic() &- released >= LiveCollector.releasePeriod {
                    podglass_release_memory()
                    released = Clock.monotonic()
                }
                let collected = Clock.monotonic()
                due += interval
                // After a stop (SIGSTOP, a suspended machine) the rhythm starts anew; what happened is in the counters.
                if due < collected { due = collected + interval }
                var next = due
                while true {
                    let now = Clock.monotonic()
                    guard now < next else { break }
                    let wait = min(next - now, LiveCollector.ringPeriod)
                    if requests.wait(milliseconds: Int32(wait / 1_000_000) + 1) {
                        if requests.current.isStopped { return }
                        next = min(next, max(Clock.monotonic(), collected + LiveCollector.shortestInterval))
                    }
                    probes.consumeRing()
                }
            }
        } catch {
            mailbox.put(.failed(error))
        }
    }

    private func collect(
        _ probes: NodeProbes, _ engine: inout Engine, _ listed: NodeProbes.Listed, _ observe: (Event, Engine) throws(Failure) -> Void
    ) throws(Failure) {
        probes.listed = listed
        for event in names.book.takeEvents() { try fold(event, &engine, observe) }
        var failure: Failure?
        do {
            try probes.collect { event in
                engine.fold(event)
                do throws(Failure) { try observe(event, engine) } catch { failure = failure ?? error }
            }
        } catch {
            throw Failure(error)
        }
        if let failure { throw failure }
    }

    private func fold(_ event: Event, _ engine: inout Engine, _ observe: (Event, Engine) throws(Failure) -> Void) throws(Failure) {
        engine.fold(event)
        try observe(event, engine)
    }
}
