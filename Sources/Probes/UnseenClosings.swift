// Closings that no program was run for, found by what the passes meet.
//
// The kernel leaves a program out that it finds running on the same CPU, and a connection that closes just then would stay
// open here for ever. Its socket is gone all the same: a pass comes by fewer sockets than are open by the events. What
// opens and closes while a pass is under way may be met or not, so the events before it and after it give a bound:
// of the connections that were open before, and did not close since, those not met are closed. A pass may leave out a socket
// when others go from its bucket; only what three passes in a row say is believed.

import Aggregation

struct UnseenClosings {
    /// Flows that are looked at closely, at most: those of which a pass met fewer sockets than are open. In a flow beyond
    /// them an unseen closing is found later.
    static let limit = 16_384

    /// What is known of a flow of which a pass met too few.
    private struct Watch {
        var pass: UInt32
        /// After the pass before: connections that had opened or been found open, and that had closed.
        var began: UInt64
        var ended: UInt64
        /// How many were missing for certain, in the last pass and in the one before.
        var missing: (last: UInt64, before: UInt64) = (0, 0)
        /// Closings that were added to those counted.
        var added: UInt64 = 0
        /// Closings as they were told: they never become fewer, although a connection taken for closed shows itself again.
        var told: UInt64 = 0
    }

    private var watches: [FlowKey: Watch] = [:]
    /// Flows among them whose closings are not the counted ones.
    private var corrected = 0
    /// Closings that no program saw, since the start. What these connections carried after the last pass that met them is missing.
    private(set) var count: UInt64 = 0

    /// Adds to a sample the closings that are known to be missing from it.
    /// - Parameters:
    ///   - met: established sockets of the flow that the pass came by; nil where it could not come by all.
    ///   - pass: its number; one higher each time.
    mutating func settle(_ sample: inout FlowSample, met: UInt64?, pass: UInt32) {
        let isShort = met.map { sample.counters.connections > $0 } ?? false
        guard isShort || corrected > 0 else { return }
        let began = sample.counters[.opened] &+ sample.counters[.adopted]
        let ended = sample.counters[.closed]
        guard var watch = watches[sample.key] else {
            if isShort, watches.count < UnseenClosings.limit {
                watches[sample.key] = Watch(pass: pass, began: began, ended: ended)
            }
            return
        }
        let wasCorrected = watch.told > 0
        if let met, watch.pass &+ 1 == pass {
            // Open before the pass and not closed after it: the pass had to come by them.
            let expected = watch.began > ended ? watch.began - ended : 0
            let missing = expected > met ? expected - met : 0
            let certain = min(missing, watch.missing.last, watch.missing.before)
            if certain > watch.added {
                count += certain - watch.added
                watch.added = certain
            }
            // More cannot be missing, even if none that opened meanwhile was met.
            let possible = began > watch.ended &+ met ? began - watch.ended - met : 0
            watch.added = min(watch.added, possible)
            watch.missing = (missing, watch.missing.last)
        } else if watch.pass != pass {
            watch.missing = (0, 0)
        }
        watch.pass = pass
        watch.began = began
        watch.ended = ended
        if watch.added > 0 || wasCorrected {
            watch.told = max(watch.told, ended &+ watch.added)
            sample.counters[.closed] = watch.told
            if !wasCorrected { corrected += 1 }
        }
        watches[sample.key] = watch
    }

    /// A flow left the kernel's table; should it come again, it begins anew.
    mutating func forget(_ key: FlowKey) {
        if let watch = watches.removeValue(forKey: key), watch.told > 0 { corrected -= 1 }
    }

    /// After every flow was settled: of the others nothing is missing.
    mutating func endPass(_ pass: UInt32) {
        guard !watches.isEmpty else { return }
        watches = watches.filter { $0.value.pass == pass || $0.value.told > 0 }
    }
}
