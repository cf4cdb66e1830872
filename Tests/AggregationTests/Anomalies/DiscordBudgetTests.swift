import Testing

@testable import Aggregation

/// Layer 3 costs no more in a second in which everything is uncertain than in any other.
@Suite struct DiscordBudgetTests {
    @Test func `doubts and questions by the clock do not starve each other, and doubts beyond it are counted`() {
        var budget = DiscordBudget(limit: 3)
        var doubts: [Int] = []
        var clocks: [Int] = []
        for place in 0..<10_000 {
            if budget.allows(.doubt, at: place) { doubts.append(place) }
            if budget.allows(.clock, at: place) { clocks.append(place) }
        }
        #expect(doubts == [0, 1, 2])
        #expect(clocks == [0, 1, 2])
        #expect(budget.refused == 9_997)
        #expect(budget.firstLeftOut == 3)
        budget.begin()
        #expect(budget.firstLeftOut == nil)
        let isAllowed = budget.allows(.doubt, at: 3)
        #expect(isAllowed)
        #expect(budget.refused == 9_997)
    }

    @Test func `without a budget layer 2 still flags, and what was left out is told`() throws {
        var capacities = Capacities()
        capacities.discordQuestions = 0
        var village = Village(
            [.init(name: "front", calls: ["cart"], latency: 2e6), .init(name: "cart", latency: 3e6)], seed: 2, capacities: capacities)
        village.run(seconds: 300)
        for latency in [3.3e6, 3.6e6, 4e6] {
            village.change("cart") { $0.latency = latency }
            village.run(seconds: 30)
        }
        village.change("cart") { $0.latency = 400e6 }
        village.run(seconds: 30)
        #expect(!WatchTests.grave(village).isEmpty)
        #expect(village.last.values.allSatisfy { !$0.layers.contains(.model) })
        let refused = try #require(StatusLine.refused(village.engine.tables).first { $0.table == "discords" })
        #expect(refused.count > 0)
    }
}
