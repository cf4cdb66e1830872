// What passes over the sockets say about closings that no program saw.

import Aggregation
import Testing

@testable import Probes

@Suite struct UnseenClosingsTests {
    private var unseen = UnseenClosings()
    private var pass: UInt32 = 0

    private static let key = FlowKey(cgroup: 7, netns: 1, direction: .inbound, peer: .unspecified, port: 80)

    /// The closings told after a pass that met `met` sockets.
    private mutating func closed(opened: UInt64, closed: UInt64, adopted: UInt64 = 0, met: UInt64?) -> UInt64 {
        var sample = FlowSample(key: UnseenClosingsTests.key, counters: Counters(), gauges: Gauges(), lastActive: 0)
        sample.counters[.opened] = opened
        sample.counters[.adopted] = adopted
        sample.counters[.closed] = closed
        pass += 1
        unseen.settle(&sample, met: met, pass: pass)
        unseen.endPass(pass)
        return sample.counters[.closed]
    }

    @Test("A connection that three passes in a row do not meet is closed, and counted as unseen, once")
    mutating func quietFlow() {
        #expect(closed(opened: 10, closed: 8, met: 1) == 8)
        for _ in 0..<2 { #expect(closed(opened: 10, closed: 8, met: 1) == 8) }
        for _ in 0..<5 { #expect(closed(opened: 10, closed: 8, met: 1) == 9) }
        #expect(unseen.count == 1)
        // The other one closes as it should.
        #expect(closed(opened: 10, closed: 9, met: 0) == 10)
        #expect(closed(opened: 12, closed: 10, met: 1) == 11)
        #expect(unseen.count == 1)
    }

    @Test("Connections found open at the start count as open")
    mutating func adopted() {
        for _ in 0..<4 { _ = closed(opened: 0, closed: 0, adopted: 3, met: 2) }
        #expect(closed(opened: 0, closed: 0, adopted: 3, met: 2) == 1)
    }

    @Test("Connections that come and go while a pass is under way prove nothing")
    mutating func churn() {
        // Of five that are open after each pass the pass met none: they opened behind it.
        for round in 1...20 as ClosedRange<UInt64> {
            #expect(closed(opened: round * 5, closed: (round - 1) * 5, met: 0) == (round - 1) * 5)
        }
        #expect(unseen.count == 0)
    }

    @Test("An unseen closing among others is found while they go on")
    mutating func unseenInChurn() {
        var told: UInt64 = 0
        // A hundred stay open, of which one is gone; one opens and one closes in every pass, met or not.
        for round in 1...20 as ClosedRange<UInt64> {
            told = closed(opened: 100 + round, closed: round, met: round % 2 == 0 ? 98 : 99)
        }
        #expect(told == 20 || told == 21)
        for _ in 0..<4 { told = closed(opened: 120, closed: 20, met: 99) }
        #expect(told == 21)
        #expect(unseen.count == 1)
    }

    @Test("Two passes that left a socket out are not believed")
    mutating func skipped() {
        for met in [3, 2, 2, 3, 2, 2, 3, 3] as [UInt64] { #expect(closed(opened: 3, closed: 0, met: met) == 0) }
        #expect(unseen.count == 0)
    }

    @Test("A pass that could not come by all sockets says nothing, and takes nothing back")
    mutating func partialPass() {
        for _ in 0..<6 { #expect(closed(opened: 3, closed: 0, met: nil) == 0) }
        for _ in 0..<4 { _ = closed(opened: 3, closed: 0, met: 1) }
        #expect(closed(opened: 3, closed: 0, met: nil) == 2)
    }

    @Test("What shows itself again is open again, and the closings told never become fewer")
    mutating func reappearing() {
        for _ in 0..<4 { _ = closed(opened: 3, closed: 0, met: 1) }
        #expect(closed(opened: 3, closed: 0, met: 3) == 2)
        // The counted closings catch up with what was told.
        #expect(closed(opened: 3, closed: 1, met: 2) == 2)
        #expect(closed(opened: 3, closed: 3, met: 0) == 3)
        #expect(closed(opened: 4, closed: 3, met: 1) == 3)
    }

    @Test("A flow that left the kernel's table begins anew")
    mutating func forgotten() {
        for _ in 0..<4 { _ = closed(opened: 3, closed: 0, met: 1) }
        unseen.forget(UnseenClosingsTests.key)
        #expect(closed(opened: 1, closed: 0, met: 1) == 0)
    }
}
