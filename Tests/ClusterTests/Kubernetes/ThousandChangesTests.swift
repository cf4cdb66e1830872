// The line of the issue: after a thousand changes the table of pods and Services is right, whatever the server did meanwhile.

import Aggregation
import Synchronization
import Testing

@testable import Cluster

struct ThousandChangesTests {
    /// Quick, so that a test sees many ends, and many beginnings.
    static let pace = WatchPace(
        shortest: .milliseconds(10), longest: .milliseconds(200), steady: .milliseconds(300), listLimit: .milliseconds(1_500),
        watchSeconds: 1...2, margin: .milliseconds(500), page: 7)

    @Test("a thousand changes, through flaps, lists anew, halves and lies: the table is the server's", arguments: [1, 2, 3] as [UInt64])
    func thousandChanges(seed: UInt64) async throws {
        let cluster = FakeCluster()
        var world = FakeWorld(cluster, seed: seed)
        for _ in 0..<30 { await world.change() }
        let dice = Mutex(FakeWorld.Seeded(state: seed &* 77))
        let isOver = Mutex(false)
        let seen = Mutex<Set<FakeCluster.Mischief>>([])
        let server = try await FakeServer.start { request, answer in
            let mischief: FakeCluster.Mischief = dice.withLock { dice in
                let isWell = isOver.withLock { $0 } || Int.random(in: 0..<3, using: &dice) == 0
                return isWell ? .none : FakeCluster.Mischief.allCases.randomElement(using: &dice) ?? .none
            }
            seen.withLock { _ = $0.insert(mischief) }
            await cluster.serve(request, answer, mischief)
        }
        let access = ServerAccess(url: ServerURL(isEncrypted: false, host: "127.0.0.1", port: server.port))
        let source = APIServerSource(access: access, environment: [:], pace: Self.pace)
        let changes = Task { [world] in
            var world = world
            for number in 0..<1_000 {
                await world.change()
                if number % 100 == 99 { await cluster.compact() }
                try? await Task.sleep(for: .milliseconds(4))
            }
            isOver.withLock { $0 = true }
            return world
        }
        let table = await run(source, within: .seconds(60)) { table in
            guard isOver.withLock({ $0 }) else { return false }
            return FakeWorld.known(table) == (await changes.value).expected
        }
        world = await changes.value
        let (known, expected) = (FakeWorld.known(table), world.expected)
        for (key, line) in expected { #expect(known[key] == line, "\(key)") }
        for (key, line) in known where expected[key] == nil { Issue.record("\(key) is gone, but known as \(line)") }
        #expect(expected.count > 100)
        // Which of them come is chance; that most do is not.
        #expect(seen.withLock { $0.count } >= 8)
        #expect(server.requests.count > 100)
        await server.stop()
    }
}
