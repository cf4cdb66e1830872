import Testing

@testable import Aggregation

/// What is done for the first time, on the made-up node: told once, told little, and never of what only looks new.
@Suite struct NoveltyTests {
    static let outside = Address(ipv4: 0xcb00_7109)

    static func village(seed: UInt64 = 1, seconds: Int = 700) -> Village {
        var village = WatchTests.shop(seed: seed)
        village.run(seconds: seconds)
        return village
    }

    static func news(_ village: Village) -> [AnomalyRow] {
        village.last.values.filter(\.isNovelty).sorted { $0.serial < $1.serial }
    }

    static func sentences(_ village: Village) -> [String] { news(village).map { village.sentences[$0.serial] ?? "" } }

    @Test func `a peer outside is told once, with its connections, and is no news after a few minutes`() throws {
        var village = NoveltyTests.village()
        #expect(NoveltyTests.news(village).isEmpty)
        village.visit("cart", NoveltyTests.outside, connections: 1)
        village.run(seconds: 3)
        village.visit("cart", NoveltyTests.outside, connections: 2)
        village.run(seconds: 20)
        let row = try #require(NoveltyTests.news(village).first)
        #expect(row.what == .novelty(.peer))
        #expect(row.severity == .notice)
        #expect(row.isOpen)
        let sentence = try #require(NoveltyTests.sentences(village).first)
        #expect(sentence.hasPrefix("shop/cart talks to 203.0.113.9:443 for the first time, since "), "\(sentence)")
        #expect(sentence.hasSuffix("; 3 connections"), "\(sentence)")
        village.run(seconds: 200)
        village.visit("cart", NoveltyTests.outside, connections: 2)
        village.run(seconds: 20)
        #expect(NoveltyTests.news(village).count == 1)
        #expect(NoveltyTests.news(village).allSatisfy { !$0.isOpen })
    }

    @Test func `what is met in the first ten minutes is learnt, not told`() {
        var village = NoveltyTests.village(seconds: 400)
        village.visit("cart", NoveltyTests.outside, connections: 1)
        village.run(seconds: 300)
        village.visit("cart", NoveltyTests.outside, connections: 1)
        village.run(seconds: 60)
        #expect(NoveltyTests.sentences(village) == [])
    }

    @Test func `a workload that was never called is a new edge`() throws {
        var village = NoveltyTests.village()
        village.visit("front", village.address(of: "payments-db"), port: 5432, connections: 4)
        village.run(seconds: 10)
        #expect(NoveltyTests.news(village).map(\.what) == [.novelty(.edge)])
        let sentence = try #require(NoveltyTests.sentences(village).first)
        #expect(sentence.hasPrefix("shop/front talks to shop/payments-db:5432 for the first time"), "\(sentence)")
    }

    @Test func `a first error is told with its status, and is evidence beside the share of errors`() throws {
        var village = NoveltyTests.village()
        village.change("cart") { $0.errors = 0.4 }
        village.run(seconds: 30)
        let news = NoveltyTests.news(village)
        #expect(NoveltyTests.sentences(village).contains { $0.hasPrefix("shop/cart answers its first error, 500 (5xx), since ") })
        let alarm = try #require(village.last.values.first { $0.what == .measure(.errorShare) && $0.severity > .notice })
        let beside = try #require(news.first { WatchTests.name($0, village) == "shop/cart" })
        #expect(beside.group == alarm.group)
        #expect(news.allSatisfy { !$0.isOrigin })
        let origins = village.last.values.filter { $0.isOrigin }
        #expect(origins.count == 1, "one alarm, not two")
    }

    @Test func `each new status of a failure is told, and of what succeeds only a new class`() {
        var village = NoveltyTests.village(seconds: 0)
        for _ in 0..<700 {
            village.answer("cart", 200, requests: 5)
            village.run(seconds: 1)
        }
        for status: UInt16 in [201, 204, 206] {
            village.answer("cart", status)
            village.run(seconds: 5)
        }
        #expect(NoveltyTests.sentences(village) == [])
        village.answer("cart", 302)
        village.run(seconds: 70)
        village.answer("cart", 404)
        village.run(seconds: 70)
        village.answer("cart", 503, requests: 2)
        village.run(seconds: 3)
        village.answer("cart", 503, requests: 2)
        village.run(seconds: 10)
        #expect(
            NoveltyTests.news(village).map(\.what) == [
                .novelty(.status(.http1, 302, .inbound)), .novelty(.status(.http1, 404, .inbound)),
                .novelty(.firstError(.http1, 503, .inbound)),
            ])
        #expect(NoveltyTests.news(village).last?.samples == 4)
    }

    @Test func `a first connection that fails is told`() {
        var village = NoveltyTests.village()
        village.visit("cart", village.address(of: "payments-db"), port: 80, connections: 0, refused: 1)
        village.run(seconds: 10)
        #expect(NoveltyTests.news(village).map(\.what) == [.novelty(.firstFailure)])
    }

    @Test func `another pod of the same workload is no news, neither to itself nor to those that call it`() {
        var village = NoveltyTests.village()
        for _ in 0..<12 {
            village.deploy("cart")
            village.run(seconds: 20)
            village.deploy("payments-db")
            village.run(seconds: 20)
        }
        #expect(NoveltyTests.sentences(village) == [])
    }

    @Test func `a pod whose controller is told of is that controller's, whatever it is called`() {
        var village = NoveltyTests.village(seconds: 10)
        func told(_ uid: String, _ name: String) -> Event {
            var object = ClusterObject(kind: .pod, id: uid, namespace: "shop", name: name)
            object.controller = Controller(kind: "Deployment", name: "shop-cart")
            return .object(object)
        }
        village.fold(told("cart", "cart"))
        village.run(seconds: 690)
        village.fold(.owner(cgroup: 7, EngineEvents.pod("blue")))
        village.fold(.address(Address(ipv4: 0x0a00_0a0a), cgroup: 7))
        village.fold(told("blue", "blue"))
        village.visit("front", Address(ipv4: 0x0a00_0a0a), connections: 1)
        village.run(seconds: 60)
        #expect(NoveltyTests.sentences(village) == [])
        village.visit("payments-db", Address(ipv4: 0x0a00_0a0a), connections: 1)
        village.run(seconds: 20)
        #expect(NoveltyTests.news(village).count == 1)
    }

    @Test func `of a burst of new peers outside the first is told, with how many came after it`() throws {
        var village = NoveltyTests.village()
        for number in 0..<20 { village.visit("cart", Address(ipv4: 0xcb00_7100 + UInt32(number)), connections: 1) }
        village.run(seconds: 20)
        #expect(NoveltyTests.news(village).count == 1)
        let sentence = try #require(NoveltyTests.sentences(village).first)
        #expect(sentence.hasSuffix("; 19 further novelties of it"), "\(sentence)")
    }

    @Test func `who talks to hundreds has no new peers`() {
        var village = NoveltyTests.village(seconds: 30)
        for number in 0..<400 {
            village.visit("cart", Address(ipv4: 0xcb00_0000 + UInt32(number)), connections: 1)
            village.run(seconds: 2)
        }
        village.run(seconds: 700)
        village.visit("cart", NoveltyTests.outside, connections: 1)
        village.run(seconds: 20)
        #expect(NoveltyTests.sentences(village) == [])
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `twenty minutes of mixed traffic, churned pods and lookups are no storm of notices`(seed: UInt64) {
        var village = WatchTests.shop(seed: seed)
        var random = SplitMix(seed: seed)
        for second in 0..<1_200 {
            // Lookups, one in six without a result; a client that hangs up; a job each minute; backends elsewhere that come and go.
            let resolver = Address(ipv4: 0x0a00_000a)
            for service in ["front", "cart"] {
                village.answer(service, random.next() % 6 == 0 ? 3 : 0, as: .dns, from: resolver)
                village.answer(service, [200, 200, 204, 304][Int(random.next() % 4)])
            }
            if second % 60 == 30 { village.visit("cart", Address(ipv4: 0xc633_6407), connections: 1) }
            if second % 45 == 10 { village.deploy(["front", "cart", "payments-db"][second / 45 % 3]) }
            village.visit("front", Address(ipv4: 0x0a40_0000 + UInt32(second / 30)), port: 8080, connections: 1)
            // A mirror's many addresses.
            if second % 7 == 0 { village.visit("payments-db", Address(ipv4: 0x9765_0000 + UInt32(random.next() % 512)), connections: 1) }
            village.run(seconds: 1)
        }
        #expect(NoveltyTests.sentences(village) == [])
    }

    @Test func `beyond the books that there is room for nothing is told, and counted`() {
        var capacities = Capacities()
        capacities.acquaintances = 2
        var engine = Engine(capacities)
        engine.fold(.tick(Moment(wall: 1, monotonic: Village.second)))
        for number: UInt64 in 0..<5 {
            engine.fold(.owner(cgroup: 10 + number, EngineEvents.pod("pod\(number)")))
            var counters = Counters.zero
            counters[.opened] = 1
            let key = FlowKey(cgroup: 10 + number, netns: 1, direction: .outbound, peer: NoveltyTests.outside, port: 443)
            engine.fold(.flow(FlowSample(key: key, counters: counters, gauges: Gauges(), lastActive: Village.second)))
        }
        for second: UInt64 in 2...4 { engine.fold(.tick(Moment(wall: second, monotonic: second * Village.second))) }
        #expect(engine.state.acquaintances.books.count == 2)
        #expect(StatusLine.refused(engine.tables).contains { $0.table == "novelties" && $0.count == 3 })
    }

    @Test(arguments: [
        ("web-6d4cf56db6-x2x7b", "web"), ("web-x2x7b", "web"), ("backup-29384756-x2x7b", "backup"), ("db-0", "db"), ("db-12", "db"),
        ("mysql", "mysql"), ("shop-redis", "shop-redis"), ("-x2x7b", "-x2x7b"), ("", ""), ("shop-cart-x2x7b", "shop-cart"),
    ])
    func `pods of one controller have one base`(name: String, base: String) { #expect(PodName.base(of: name) == base) }

    @Test func `private addresses are known as such`() {
        for text in ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "fd00::1", "fc00::1"] {
            #expect(Address(text)?.isPrivate == true, "\(text)")
        }
        for text in ["11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "100.63.0.1", "2001:db8::1", "fe80::1"] {
            #expect(Address(text)?.isPrivate == false, "\(text)")
        }
    }
}
