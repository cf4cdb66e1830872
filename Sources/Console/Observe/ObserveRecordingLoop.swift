// Prints the events of a recording as fast as the reader takes them: nothing is dropped, the reader is waited for.

import Aggregation
import Glibc
import Probes

struct ObserveRecordingLoop {
    var replay: ReplayCollector
    var selection: ObservationSelection
    var format: any ObservationFormat

    func run() throws {
        // Ctrl-C is how one leaves; nothing waits to be written or restored.
        signal(SIGINT) { _ in _exit(0) }
        let output = Descriptor(dup(STDOUT_FILENO), name: "standard output")
        do {
            try lines { line throws(SystemError) in try output.write(line) }
        } catch let error as SystemError where error.code == EPIPE {
            return
        }
    }

    /// The lines in their order; a failure comes after those before it.
    func lines(_ write: ([UInt8]) throws(SystemError) -> Void) throws {
        var format = format
        let tellsAnomalies = selection.filter.asksForAnomalies
        var log = ObservationLog(tellsAnomalies: tellsAnomalies)
        var last = LastLines(limit: selection.last)
        var printed = 0
        var failure: Failure?
        var engine = Engine(rules: tellsAnomalies ? replay.rules : [])
        do {
            var reader = try replay.open()
            Rights.keep([])
            reading: while let event = try reader.next() {
                engine.fold(event)
                guard let interval = log.receive(event, in: engine) else { continue }
                if let loss = interval.loss, isWithin(loss.time) { for line in last.pass(format.lines(loss)) { try write(line) } }
                for observation in interval.observations where selection.matches(observation) {
                    for line in last.pass(format.line(observation)) { try write(line) }
                    printed += 1
                    if printed == selection.first { break reading }
                }
            }
        } catch let error as RecordingReadError {
            failure = Failure(error.sentence)
        }
        for line in last.rest { try write(line) }
        if let failure { throw failure }
    }

    private func isWithin(_ time: UInt64) -> Bool {
        (selection.since.map { time >= $0 } ?? true) && (selection.until.map { time <= $0 } ?? true)
    }
}

/// Holds back the last so many lines, or none. What was lost counts as a line, as in Hubble.
private struct LastLines {
    let limit: Int?
    private var kept: [[UInt8]] = []
    /// Where the oldest stands, once there are `limit`.
    private var head = 0

    init(limit: Int?) { self.limit = limit }

    /// What is written now.
    mutating func pass(_ line: [UInt8]) -> [[UInt8]] {
        guard let limit else { return [line] }
        if kept.count < limit {
            kept.append(line)
        } else {
            kept[head] = line
            head = (head + 1) % limit
        }
        return []
    }

    var rest: [[UInt8]] { Array(kept[head...] + kept[..<head]) }
}
