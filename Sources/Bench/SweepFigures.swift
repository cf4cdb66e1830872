// One pass over all sockets of this node, alone: the iterator runs inside our read, so its CPU is this thread's. Then a whole
// interval, whose rest is user space's part: it reads flows, not sockets.

import Aggregation
import Glibc
import Probes

struct SweepFigures {
    private static let passes = 11

    func measure() throws(ProbeError) {
        let started = Stopwatch.now()
        let probes = try NodeProbes(hostRoot: nil)
        let loaded = Double(Stopwatch.now() - started)
        var engine = Engine()
        var sweeps: [Double] = []
        var intervals: [Double] = []
        for pass in 0...SweepFigures.passes {
            var failure: ProbeError?
            let sweep = Stopwatch.nanoseconds {
                do throws(ProbeError) { try probes.sweep() } catch { failure = error }
            }
            let interval = Stopwatch.nanoseconds {
                do throws(ProbeError) { try probes.collect { engine.fold($0) } } catch { failure = error }
            }
            if let failure { throw failure }
            // The first pass meets everything for the first time.
            if pass > 0 {
                sweeps.append(sweep)
                intervals.append(interval - sweep)
            }
        }
        Figure(name: "sockets", value: Double(probes.meterCount), unit: "").print()
        Figure(name: "flows", value: Double(probes.flowCount), unit: "").print()
        Figure(name: "sweep", value: sweeps.median / 1e6, unit: "ms").print()
        Figure(name: "user", value: intervals.median / 1e6, unit: "ms").print()
        Figure(name: "start", value: loaded / 1e6, unit: "ms").print()
    }
}
