// What an interval costs in the engine, a flow: folding a sample, ending the interval, publishing the tables, and writing an
// event of a recording. Beside the fold stands what one would write without thinking: a Dictionary rebuilt each interval.

import Aggregation

struct EngineFigures {
    private static let rounds = 9

    let flows: Int

    func measure() {
        let crowd = Crowd(flows: flows)
        var engine = crowd.engine()
        var folds: [Double] = []
        var ticks: [Double] = []
        var begins: [Double] = []
        var copies: [Double] = []
        var published: [Tables] = []
        for round in 4..<4 + EngineFigures.rounds {
            let events = crowd.samples(round: round).map { Event.flow($0) }
            // The first event after a tick begins the interval, and pays for the copy where tables were published.
            begins.append(Stopwatch.nanoseconds { engine.fold(events[0]) })
            folds.append(Stopwatch.nanoseconds { for event in events { engine.fold(event) } } / Double(flows))
            ticks.append(Stopwatch.nanoseconds { engine.fold(.tick(Crowd.moment(round))) })
            published = [engine.tables]
            copies.append(Stopwatch.nanoseconds { engine.fold(events[0]) })
            engine.fold(.tick(Crowd.moment(round)))
            published = []
        }
        keep(published)
        figure("fold a flow sample", folds.median, "ns")
        figure("the same, a Dictionary rebuilt each interval", rebuilt(crowd), "ns")
        figure("begin an interval, tables not published", begins.median / 1e6, "ms")
        figure("begin an interval after publishing (the copy)", copies.median / 1e6, "ms")
        figure("end an interval", ticks.median / 1e6, "ms")
        figure("encode an event for a recording", encoded(crowd), "ns")
    }

    private func figure(_ name: String, _ value: Double, _ unit: String) {
        Figure(name: "engine, \(flows) flows: \(name)", value: value, unit: unit).print()
    }

    private func rebuilt(_ crowd: Crowd) -> Double {
        var last: [FlowKey: FlowSample] = [:]
        var times: [Double] = []
        for round in 1...EngineFigures.rounds {
            let samples = crowd.samples(round: round)
            times.append(
                Stopwatch.nanoseconds {
                    var next: [FlowKey: FlowSample] = [:]
                    var moved: UInt64 = 0
                    for sample in samples {
                        if let before = last[sample.key] { moved &+= (sample.counters &- before.counters)[.sentBytes] }
                        next[sample.key] = sample
                    }
                    keep(moved)
                    last = next
                } / Double(flows))
        }
        return times.median
    }

    private func encoded(_ crowd: Crowd) -> Double {
        var encoder = EventEncoder()
        var times: [Double] = []
        for round in 1...EngineFigures.rounds {
            let events = crowd.samples(round: round).map { Event.flow($0) }
            times.append(
                Stopwatch.nanoseconds {
                    for event in events { encoder.encode(event) }
                    encoder.encode(.tick(Crowd.moment(round)))
                    keep(encoder.takePayload())
                } / Double(flows))
        }
        return times.median
    }
}
