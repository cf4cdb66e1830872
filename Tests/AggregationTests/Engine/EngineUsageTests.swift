// What workloads consume: from readings of cgroups to the fields of the pods table.

import Testing

@testable import Aggregation

@Suite("Usage in the engine") struct EngineUsageTests {
    private static let second = EngineEvents.second

    private func sample(
        at second: UInt64, cgroup: UInt64 = 2, cpu: UInt64? = nil, periods: UInt64? = nil, throttled: UInt64? = nil, memory: UInt64? = nil,
        limit: UInt64? = nil, stall: UInt64? = nil, kills: UInt64? = nil
    ) -> Event {
        var sample = UsageSample(cgroup: cgroup, read: second * Self.second)
        (sample.cpu, sample.periods, sample.throttledPeriods, sample.memory) = (cpu, periods, throttled, memory)
        (sample.memoryLimit, sample.memoryStall, sample.memoryKills) = (limit, stall, kills)
        return .usage(sample)
    }

    private func engine(_ events: [Event]) -> Engine {
        var engine = Engine()
        engine.fold([.owner(cgroup: 2, EngineEvents.pod("web")), EngineEvents.tick(1)])
        engine.fold(events)
        return engine
    }

    private func value(_ engine: Engine, _ word: String, row: Int = 0) -> Value? {
        Schema.pods.field(word)?.value(engine.tables, row)
    }

    private static let words = ["cpu", "throttled", "memory", "memorylimit", "pressure", "oomkills"]

    @Test("two readings give rates; gauges and counts are the newest") func readings() {
        let engine = engine([
            sample(at: 1, cpu: 10, periods: 100, throttled: 10, memory: 500, stall: 7, kills: 1), EngineEvents.tick(2),
            sample(at: 3, cpu: 10 + 3 * Self.second, periods: 120, throttled: 15, memory: 900, limit: 1000, stall: 7 + 500_000, kills: 2),
            EngineEvents.tick(4),
        ])
        #expect(value(engine, "cpu") == .number(1.5))
        #expect(value(engine, "cpu_throttled_ratio") == .number(0.25))
        #expect(value(engine, "memory_bytes") == .integer(900))
        #expect(value(engine, "memory_limit_bytes") == .integer(1000))
        #expect(value(engine, "memory_pressure") == .number(0.25))
        #expect(value(engine, "oom_kills_total") == .integer(2))
        #expect(engine.tables.cpuHistory(ofWorkload: 0, last: 1).first.map { abs($0 - 1.5) < 0.01 } == true)
        #expect(engine.tables.memoryHistory(ofWorkload: 0, last: 2).allSatisfy { abs($0 - 900) < 1 || abs($0 - 500) < 1 })
    }

    @Test("what is not known says why, and is never 0") func reasons() {
        #expect(value(engine([]), "cpu") == .missing(Reason.notRead))
        let first = engine([sample(at: 1, cpu: 10, periods: 0, throttled: 0, memory: 500, stall: 7), EngineEvents.tick(2)])
        #expect(value(first, "cpu") == .missing(Reason.firstReading))
        #expect(value(first, "throttled") == .missing(Reason.noLimit))
        #expect(value(first, "memory") == .integer(500))
        #expect(value(first, "memorylimit") == .missing(Reason.noLimit))
        #expect(value(first, "pressure") == .missing(Reason.firstReading))
        #expect(value(first, "oomkills") == .missing(Reason.notTold))
        let bare = engine([sample(at: 1, cpu: 1), sample(at: 2, cpu: 1), EngineEvents.tick(2)])
        #expect(value(bare, "cpu") == .number(0))
        #expect(value(bare, "throttled") == .missing(Reason.notTold))
        #expect(value(bare, "memorylimit") == .missing(Reason.notTold))
        #expect(value(bare, "pressure") == .missing(Reason.noPressure))
        var process = Engine()
        process.fold([EngineEvents.flow(EngineEvents.key(1), [.sentBytes: 1]), EngineEvents.tick(1)])
        #expect(Self.words.allSatisfy { value(process, $0) == .missing(Reason.noCgroup) })
    }

    @Test("what has ended, or was not read for long, has no values") func ended() {
        var ended = engine([sample(at: 1, cpu: 1, memory: 5), sample(at: 2), EngineEvents.tick(2)])
        #expect(Self.words.allSatisfy { value(ended, $0) == .missing(Reason.cgroupEnded) })
        ended.fold([sample(at: 3, cpu: 2, memory: 6), EngineEvents.tick(3)])
        #expect(value(ended, "memory") == .integer(6))
        ended.fold([EngineEvents.tick(32)])
        #expect(value(ended, "memory") == .integer(6))
        ended.fold([EngineEvents.tick(33), EngineEvents.tick(34)])
        #expect(value(ended, "memory") == .missing(Reason.cgroupEnded))
    }

    @Test("a counter that went back, another cgroup, or a clock that stood still begins anew")
    func reset() {
        let first = sample(at: 2, cpu: 100, periods: 10, throttled: 1, stall: 5, kills: 1)
        let others = [
            sample(at: 3, cpu: 99, periods: 11, throttled: 2, stall: 6, kills: 1), sample(at: 3, cpu: 101, periods: 9, throttled: 0),
            sample(at: 3, cpu: 101, stall: 4), sample(at: 3, cpu: 101, kills: 0), sample(at: 2, cpu: 101), sample(at: 1, cpu: 101),
        ]
        for other in others {
            var engine = engine([first, other, EngineEvents.tick(3)])
            #expect(value(engine, "cpu") == .missing(Reason.firstReading))
            // From then on it counts again.
            guard case .usage(var next) = other else { return }
            next.read += Self.second
            next.cpu = next.cpu.map { $0 + Self.second / 2 }
            engine.fold([.usage(next), EngineEvents.tick(4)])
            #expect(value(engine, "cpu") == .number(0.5))
        }
        var recreated = engine([first, EngineEvents.tick(2), .owner(cgroup: 9, EngineEvents.pod("web"))])
        recreated.fold([sample(at: 3, cgroup: 9, cpu: 500), EngineEvents.tick(3)])
        #expect(value(recreated, "cpu") == .missing(Reason.firstReading))
    }

    @Test("shares never pass 1, whatever a file said between two lines of it") func shares() {
        let engine = engine([
            sample(at: 1, cpu: 0, periods: 10, throttled: 0, stall: 0),
            sample(at: 2, cpu: .max, periods: 11, throttled: 5, stall: 9_000_000), EngineEvents.tick(2),
        ])
        #expect(value(engine, "throttled") == .number(1))
        #expect(value(engine, "pressure") == .number(1))
    }

    @Test("a cgroup that nobody introduced is nobody's, and what many share is no one's") func strangers() {
        var engine = engine([sample(at: 1, cgroup: 77, cpu: 5), EngineEvents.tick(2)])
        #expect(engine.tables.workloads.rows.allSatisfy { $0.usage == nil })
        engine.fold([.owner(cgroup: 3, .other), sample(at: 2, cgroup: 3, cpu: 5), EngineEvents.tick(3)])
        #expect(engine.tables.workloads.rows.allSatisfy { $0.usage == nil })
    }

    @Test("a table sorted by processors or memory shows how they went") func trends() {
        #expect(Schema.pods.trend(sortedBy: "cpu")?.unit == "processors")
        #expect(Schema.pods.trend(sortedBy: "memory")?.unit == "bytes")
        #expect(Schema.pods.trend(sortedBy: "rate")?.unit == "bytes/s")
    }
}
