import Testing

@testable import Aggregation

/// Whole incidents on a made-up node: what is flagged, how soon, and where it is said to have begun.
@Suite struct WatchTests {
    static func shop(seed: UInt64) -> Village {
        Village(
            [
                .init(name: "front", calls: ["cart"], latency: 2e6), .init(name: "cart", calls: ["payments-db"], latency: 3e6),
                .init(name: "payments-db", latency: 5e6),
            ], seed: seed)
    }

    /// Runs five minutes of health, then the fault.
    static func incident(seed: UInt64, _ fault: (inout Village) -> Void) -> (village: Village, onset: UInt64) {
        var village = shop(seed: seed)
        village.run(seconds: 300)
        let onset = village.now
        fault(&village)
        village.run(seconds: 60)
        return (village, onset)
    }

    static func grave(_ village: Village, since onset: UInt64 = 0) -> [AnomalyRow] {
        village.last.values.filter { $0.severity > .notice && village.told[$0.serial] ?? 0 > onset }.sorted { $0.serial < $1.serial }
    }

    static func name(_ row: AnomalyRow, _ village: Village) -> String { village.engine.tables.subjectName(of: row) }

    @Test(arguments: 1...5 as ClosedRange<UInt64>) func `twenty minutes of health flag nothing`(seed: UInt64) {
        var village = WatchTests.shop(seed: seed)
        village.run(seconds: 1_200)
        let flags = WatchTests.grave(village).map { village.sentences[$0.serial] ?? "" }
        #expect(flags == [])
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func `a slow database is flagged within ten seconds, as the origin`(seed: UInt64) throws
    {
        let (village, onset) = WatchTests.incident(seed: seed) { $0.change("payments-db") { $0.latency = 400e6 } }
        let flags = WatchTests.grave(village, since: onset)
        let first = try #require(flags.map { village.told[$0.serial] ?? 0 }.min())
        #expect(first - onset <= 10)
        let origins = flags.filter(\.isOrigin)
        #expect(Set(origins.map(\.group)).count == 1)
        #expect(Set(flags.map(\.group)).count == 1)
        let origin = try #require(origins.first)
        #expect(WatchTests.name(origin, village).hasPrefix("shop/payments-db"))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func `errors are flagged within ten seconds, at who makes them`(seed: UInt64) throws {
        let (village, onset) = WatchTests.incident(seed: seed) { $0.change("cart") { $0.errors = 0.3 } }
        let flags = WatchTests.grave(village, since: onset)
        let first = try #require(flags.map { village.told[$0.serial] ?? 0 }.min())
        #expect(first - onset <= 10)
        let origin = try #require(flags.filter(\.isOrigin).first)
        #expect(WatchTests.name(origin, village).hasPrefix("shop/cart"))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func `a dead backend is flagged within ten seconds`(seed: UInt64) throws {
        let (village, onset) = WatchTests.incident(seed: seed) { $0.change("payments-db") { $0.isDead = true } }
        let flags = WatchTests.grave(village, since: onset)
        let first = try #require(flags.map { village.told[$0.serial] ?? 0 }.min())
        #expect(first - onset <= 10)
        let origin = try #require(flags.filter(\.isOrigin).first)
        #expect(WatchTests.name(origin, village).contains("payments-db"))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func `load that grows without latency is a notice and nothing else`(seed: UInt64) {
        let (village, onset) = WatchTests.incident(seed: seed) { $0.load = 200 }
        #expect(WatchTests.grave(village, since: onset).map { village.sentences[$0.serial] ?? "" } == [])
        #expect(village.last.values.contains { $0.what == .measure(.requestRate) && $0.value > $0.expected })
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func `a lossy link is flagged within fifteen seconds`(seed: UInt64) throws {
        let (village, onset) = WatchTests.incident(seed: seed) { $0.loss["cart"] = 0.1 }
        let flags = WatchTests.grave(village, since: onset)
        let first = try #require(flags.map { village.told[$0.serial] ?? 0 }.min())
        #expect(first - onset <= 15)
        // What is slow follows from what is lost.
        #expect(flags.contains { $0.what == .measure(.latencyTail) })
        #expect(flags.filter(\.isOrigin).allSatisfy { $0.what == .measure(.retransmits) })
    }

    @Test func `what was flagged five times is flagged a sixth time`() {
        var village = WatchTests.shop(seed: 9)
        village.run(seconds: 200)
        var told: [Int] = []
        for latency in [400e6, 200e6, 400e6, 100e6, 300e6, 40e6] {
            let before = village.now
            village.change("payments-db") { $0.latency = latency }
            village.run(seconds: 35)
            village.change("payments-db") { $0.latency = 5e6 }
            village.run(seconds: 75)
            told.append(WatchTests.grave(village, since: before).count)
        }
        #expect(!told.contains(0), "\(told)")
    }

    @Test func `an anomaly is over when its values are usual again`() {
        var (village, onset) = WatchTests.incident(seed: 7) { $0.change("payments-db") { $0.latency = 400e6 } }
        village.change("payments-db") { $0.latency = 5e6 }
        village.run(seconds: 40)
        let flags = WatchTests.grave(village, since: onset)
        #expect(!flags.isEmpty)
        #expect(flags.allSatisfy { !$0.isOpen })
        #expect(village.engine.tables.flags.isEmpty)
    }

    @Test func `a new level that stays is the usual one after ten minutes`() {
        var (village, onset) = WatchTests.incident(seed: 8) { $0.change("payments-db") { $0.latency = 30e6 } }
        village.run(seconds: 600)
        let flags = WatchTests.grave(village, since: onset)
        #expect(!flags.isEmpty)
        #expect(flags.allSatisfy { !$0.isOpen })
    }
}
