// What is said of events that no program was run for: a lower bound that becomes exact, and never more than there were.

import CProbes
import Testing

@testable import Probes

@Suite struct UnseenEventsTests {
    private var unseen = UnseenEvents()

    /// Begins as at a quiet start: the programs were attached first and ran `before` times by themselves.
    private mutating func begin(before: UInt64 = 0) {
        for _ in 0..<UnseenEvents.readings { unseen.begin(counted: 0, seen: before) }
    }

    @Test("Before it is known where the two begin nothing is said") mutating func beginning() {
        unseen.begin(counted: 0, seen: 0)
        for _ in 0..<5 { unseen.read(counted: 100, seen: 0) }
        #expect(!unseen.isStarted)
        #expect(unseen.count == 0)
    }

    @Test("Events from before the kernel's count began are not missing") mutating func head() {
        begin(before: 40)
        for _ in 0..<5 { unseen.read(counted: 10, seen: 50) }
        #expect(unseen.isStarted)
        #expect(unseen.count == 0)
    }

    @Test("An event that was seen and not yet counted at the start is not missing later") mutating func atTheStart() {
        unseen.begin(counted: 0, seen: 1)
        unseen.begin(counted: 1, seen: 1)
        unseen.begin(counted: 1, seen: 1)
        for _ in 0..<5 { unseen.read(counted: 1, seen: 1) }
        #expect(unseen.count == 0)
    }

    @Test("A constant deficit is told after three readings, once") mutating func deficit() {
        begin()
        unseen.read(counted: 103, seen: 100)
        unseen.read(counted: 203, seen: 200)
        #expect(unseen.count == 0)
        for turn in UInt64(3)...9 { unseen.read(counted: turn * 100 + 3, seen: turn * 100) }
        #expect(unseen.count == 3)
    }

    @Test("A difference that does not last is none") mutating func moment() {
        begin()
        for turn in UInt64(1)...30 { unseen.read(counted: turn * 100, seen: turn * 100 - (turn % 3 == 0 ? 0 : 1)) }
        #expect(unseen.count == 0)
    }

    @Test("Read late under load the programs are ahead: less is told, and all of it when it is quiet") mutating func load() {
        begin()
        for turn in UInt64(1)...20 { unseen.read(counted: turn * 1000 + 5, seen: turn * 1000 + 4) }
        #expect(unseen.count == 1)
        for turn in UInt64(21)...40 { unseen.read(counted: turn * 1000 + 5, seen: turn * 1000 + 400) }
        #expect(unseen.count == 1)
        for _ in 0..<UnseenEvents.readings { unseen.read(counted: 40_005, seen: 40_000) }
        #expect(unseen.count == 5)
    }

    @Test("What was told is not taken back when a run is told as missed otherwise") mutating func steady() {
        begin()
        for _ in 0..<3 { unseen.read(counted: 12, seen: 10) }
        for _ in 0..<3 { unseen.read(counted: 12, seen: 11) }
        #expect(unseen.count == 2)
    }

    @Test("However readings fall, no more is told than happened") mutating func never() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            unseen = UnseenEvents()
            begin(before: UInt64.random(in: 0...50, using: &random))
            var (counted, seen, missing) = (UInt64(0), UInt64(0), UInt64(0))
            let before = UInt64.random(in: 0...50, using: &random)
            unseen = UnseenEvents()
            begin(before: before)
            for _ in 0..<100 {
                let events = UInt64.random(in: 0...20, using: &random)
                let lost = UInt64.random(in: 0...min(events, 2), using: &random)
                counted += events
                seen += events - lost
                missing += lost
                // Between the two readings others come.
                unseen.read(counted: counted, seen: before + seen + UInt64.random(in: 0...10, using: &random))
                #expect(unseen.count <= missing)
            }
            for _ in 0..<UnseenEvents.readings { unseen.read(counted: counted, seen: before + seen) }
            #expect(unseen.count == missing)
        }
    }

    @Test("tracefs is found where it is mounted, and nowhere else") func tracefs() {
        let mounts = """
            23 28 0:21 / /sys rw,nosuid - sysfs sysfs rw
            30 23 0:12 / /sys/kernel/tracing rw,relatime shared:9 - tracefs tracefs rw
            31 23 0:7 / /sys/kernel/debug rw - debugfs debugfs rw
            32 40 0:12 /events /mnt rw - tracefs tracefs rw
            41 40 0:12 / /host/sys/kernel/tracing rw - tracefs tracefs rw
            """
        #expect(EventCounts.mountPoints(mounts) == ["/sys/kernel/tracing", "/host/sys/kernel/tracing"])
        #expect(EventCounts.mountPoints("").isEmpty)
    }

    @Test("The kernel counts the drops that the program counts its runs for") func filter() {
        var settings = CProbes.settings()
        settings.first_drop_reason = 2
        #expect(NodeProbes.dropFilter(settings) == "reason >= 2 && (protocol == 0x800 || protocol == 0x86dd)")
        settings.purge_reason = 104
        #expect(NodeProbes.dropFilter(settings) == "reason >= 2 && reason != 104 && (protocol == 0x800 || protocol == 0x86dd)")
    }

    @Test("Each program that is compared has its tally of runs, and hangs on a tracepoint") func catalogue() {
        let counted = ProbeDefinition.all.compactMap { definition in definition.count.map { (definition, $0.runs.rawValue) } }
        #expect(Set(counted.map(\.1)) == Set(TALLY_RUNS.rawValue..<TALLIES.rawValue))
        for (definition, _) in counted {
            guard case .tracepoint = definition.hook else {
                Issue.record("\(definition.program)")
                continue
            }
        }
        #expect(
            Set(ProbeDefinition.all.compactMap { $0.count?.loss }) == Set(ProbeDefinition.unseen.map(\.key)), "each loss has its sentence")
        #expect(EventCounts.processorLimit * counted.count <= 320, "OpenFiles spares them")
    }
}
