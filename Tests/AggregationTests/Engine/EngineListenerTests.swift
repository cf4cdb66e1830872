import Testing

@testable import Aggregation

@Suite("Listeners and connections in the engine") struct EngineListenerTests {
    private func engine(_ capacities: Capacities = Capacities()) -> Engine {
        var engine = Engine(capacities)
        engine.fold([.owner(cgroup: 2, EngineEvents.pod("web")), .owner(cgroup: 3, EngineEvents.pod("db")), EngineEvents.tick(1)])
        return engine
    }

    private func server(_ engine: Engine, port: UInt16 = 80) -> String? {
        engine.tables.localServers[LocalServer(netns: 7, port: port)].map { engine.tables.workloads[Int($0)].owner.workload }
    }

    @Test("a listener's queue and refusals are its workload's, which has not been active by listening alone")
    func listener() {
        var engine = engine()
        engine.fold([EngineEvents.listener(2, queue: 3, drops: 5), EngineEvents.listener(2, port: 81, queue: 4), EngineEvents.tick(2)])
        let row = engine.tables.workload(named: "web")
        #expect(row?.listenQueue == 7 && row?.listeners == 2 && row?.listenDrops == 5 && row?.isShown == true)
        #expect(engine.tables.total(.listenDrop) == 5)
        #expect(Schema.pods.field("active")?.value(engine.tables, 0) == .missing(Reason.noTraffic))
        engine.fold([EngineEvents.listener(2, queue: 3, drops: 6), EngineEvents.tick(3)])
        #expect(engine.tables.total(.listenDrop) == 6)
        #expect(engine.tables.listeners.rows.map(\.dropsDelta) == [1, 0])
    }

    @Test("a listener that closed and opens again begins at zero, with another serial number")
    func reopened() {
        var engine = engine()
        engine.fold([EngineEvents.listener(2, drops: 5), EngineEvents.listener(3, port: 81), EngineEvents.tick(2)])
        let serial = engine.tables.listeners[0].serial
        engine.fold([.listenerClosed(netns: 7, Address(ipv4: 0), port: 80), EngineEvents.tick(3)])
        #expect(engine.tables.listeners.rows.map(\.sample.port) == [81])
        #expect(server(engine) == nil)
        engine.fold([EngineEvents.listener(2, drops: 2), EngineEvents.listener(3, port: 81, queue: 9), EngineEvents.tick(4)])
        #expect(engine.tables.listeners.rows.map(\.sample.queue) == [9, 0])
        #expect(engine.tables.listeners.rows.allSatisfy { $0.serial != serial })
        #expect(engine.tables.total(.listenDrop) == 7)
    }

    @Test("of two who listen on a port the one on loopback or on all addresses is the local server, whoever was told of last")
    func localServer() {
        let events = [EngineEvents.listener(2, 0x7f00_0001), EngineEvents.listener(3, 0x0a00_0005)]
        for order in [events, events.reversed()] {
            var engine = engine()
            engine.fold(order + [EngineEvents.tick(2)])
            #expect(server(engine) == "web")
            engine.fold([.listenerClosed(netns: 7, Address(ipv4: 0x7f00_0001), port: 80), EngineEvents.tick(3)])
            #expect(server(engine) == "db")
            engine.fold([.listenerClosed(netns: 7, Address(ipv4: 0x0a00_0005), port: 80), EngineEvents.tick(4)])
            #expect(server(engine) == nil)
        }
    }

    @Test("live connections are those of the last listing; closed ones stay a minute, the newest first")
    func connections() {
        var engine = engine()
        let key = EngineEvents.key(2)
        engine.fold([EngineEvents.connection(1, key, sent: 10, at: 2), EngineEvents.connection(2, key, at: 2), EngineEvents.tick(2)])
        engine.fold([
            EngineEvents.connection(1, key, sent: 30, at: 4), EngineEvents.connection(2, key, .closed, sent: 8, at: 3),
            EngineEvents.connection(3, key, .closed, at: 4), EngineEvents.tick(4),
        ])
        #expect(engine.tables.connections.rows.map(\.sample.cookie) == [1, 3, 2])
        #expect(engine.tables.connections.rows.map(\.sentPerSecond) == [10, 0, 8])
        #expect(engine.tables.connections.rows.allSatisfy { engine.tables.workloads[Int($0.workload)].owner.workload == "web" })
        engine.fold(EngineEvents.tick(30))
        #expect(engine.tables.connections.rows.map(\.sample.cookie) == [3, 2])
        engine.fold(EngineEvents.tick(64))
        #expect(engine.tables.connections.rows.map(\.sample.cookie) == [3])
        engine.fold(EngineEvents.tick(65))
        #expect(engine.tables.connections.count == 0)
    }

    @Test("one that was told of twice is one row, and a socket that was connected anew is live")
    func twice() {
        var engine = engine()
        let key = EngineEvents.key(2)
        engine.fold([
            EngineEvents.connection(1, key, at: 2), EngineEvents.connection(1, key, at: 2), EngineEvents.connection(2, key, .closed, at: 2),
            EngineEvents.connection(2, key, .closed, at: 2), EngineEvents.connection(2, key, at: 3), EngineEvents.tick(3),
        ])
        #expect(engine.tables.connections.rows.map(\.sample.cookie) == [1, 2])
        #expect(engine.tables.connections.rows.map(\.sample.state) == [.established, .established])
    }

    @Test("closed connections are bounded within an interval, and the unlisted are counted")
    func manyClosed() {
        var capacities = Capacities()
        capacities.closedConnections = 10
        capacities.connections = 5
        var engine = engine(capacities)
        let key = EngineEvents.key(2)
        for cookie in 1...1_000 as ClosedRange<UInt64> {
            engine.fold(EngineEvents.connection(cookie, key, .closed, at: 2))
            #expect(engine.state.closedConnections.count <= 21)
        }
        for cookie in 2_000..<2_007 as Range<UInt64> { engine.fold(EngineEvents.connection(cookie, key, at: 2)) }
        engine.fold(EngineEvents.tick(2))
        #expect(engine.tables.connections.rows.map(\.sample.cookie) == Array(2_000..<2_005) + (991...1_000).reversed())
        #expect(engine.tables.connections.refused == 990 + 2)
    }
}
