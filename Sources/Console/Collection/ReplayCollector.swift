// Plays a recording into the same engine that the live node feeds, at the speed it was recorded, or as fast as it can be
// read where every interval is wanted.

import Aggregation
import Glibc
import Probes

/// When the ticks of a recording are due: as far apart as they were recorded. A recording may say anything: one that goes back
/// or leaps further than the longest interval is not waited for.
struct Pace {
    private var last: UInt64?
    private var due: UInt64 = 0

    mutating func reach(_ recorded: UInt64, now: UInt64) {
        if let last, recorded >= last, recorded - last <= Interval.bounds.upperBound { due &+= recorded - last } else { due = now }
        last = recorded
    }

    /// Nanoseconds until then; nil where it is there.
    func wait(now: UInt64) -> UInt64? { now < due ? due - now : nil }
}

struct ReplayCollector: Sendable {
    enum Recording: Sendable {
        /// A file, or standard input for "-".
        case file(String)
        /// The one that the program carries.
        case demonstration
    }

    var recording: Recording
    /// Begins anew at its end, as the demonstration does.
    var repeats = false
    var rules: [Rule] = ShippedRules.rules
    var classes: [CardinalityClass] = CardinalityClass.shipped
    /// From when on anything is flagged; nil from the start.
    var onset: RecordedMoment?

    func open() throws(RecordingReadError) -> RecordingReader {
        switch recording {
        case .file(let path): return try RecordingReader(path: path)
        case .demonstration: return try RecordingReader(RecordingSource(embedded: Demonstration.bytes, name: "the demonstration"))
        }
    }

    private func engine() -> Engine { Engine(rules: rules, classes: classes, watchingFrom: onset) }

    /// Plays in time until the end or until stopped.
    func run(_ mailbox: Mailbox<Delivery>, _ requests: Requests) {
        repeat {
            var engine = self.engine()
            do {
                var reader = try open()
                Rights.keep([])
                var pace = Pace()
                while let event = try reader.next() {
                    engine.fold(event)
                    guard case .tick(let moment) = event else { continue }
                    pace.reach(moment.monotonic, now: Clock.monotonic())
                    while let wait = pace.wait(now: Clock.monotonic()) {
                        if requests.wait(milliseconds: Int32(min(wait, 1_000_000_000) / 1_000_000) + 1), requests.current.isStopped {
                            return
                        }
                    }
                    mailbox.put(.tables(engine.tables))
                }
            } catch {
                return mailbox.put(.failed(Failure(error.sentence)))
            }
            if !repeats { return mailbox.put(.ended(engine.tables)) }
        } while !requests.current.isStopped
    }

    /// Plays at once: `body` gets the tables at the end of each interval and says whether it wants more. What was played
    /// before damage has reached it when the damage is thrown.
    func play(_ body: (Tables) throws -> Bool) throws {
        var engine = self.engine()
        do {
            var reader = try open()
            Rights.keep([])
            while let event = try reader.next() {
                engine.fold(event)
                guard case .tick = event else { continue }
                guard try body(engine.tables) else { return }
            }
        } catch let error as RecordingReadError {
            throw Failure(error.sentence)
        }
    }
}
