// The values of the flags that choose events: each is understood or refused with a sentence, and what is understood can be asked.

@testable import Aggregation

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    var flags: [(flag: FilterFlag, value: String, isNegated: Bool)] = []
    while !input.isAtEnd, flags.count < 8 {
        let flag = input.choice(FilterFlag.allCases)
        let isNegated = input.byte() & 1 == 1
        flags.append((flag, String(decoding: input.piece(), as: UTF8.self), isNegated))
    }
    do throws(FilterError) {
        let filter = try bounded("reading filters") { () throws(FilterError) in try ObservationFilter(flags) }
        bounded("asking") { for observation in observations { _ = filter.matches(observation) } }
    } catch {
        check(!error.expected.isEmpty && !error.lines.isEmpty, "nothing said of \(error.flag)")
    }
    for flag in flags { checkValues(flag.value) }
}

private func checkValues(_ text: String) {
    if let address = Address(text) { check(Address(address.description) == address, "\(text) is \(address), which is another") }
    if let network = Network(text), let address = Address(text) { check(network.contains(address), "\(text) is not in itself") }
    if let time = ObservedTime.parse(text, now: 1_700_000_000_000_000_000) {
        let written = CivilTime(nanosecondsSince1970: time).rfc3339
        check(ObservedTime.parse(written, now: 0) == time, "\(text) is \(written), which is another time")
    }
    if let selector = LabelSelector(text) { _ = selector.matches(Labels(pairs: ["app=web", "tier=db", text])) }
}

/// What the shop's connections said and suffered.
private let observations: [Observation] = {
    var engine = Engine()
    let key = FlowKey(cgroup: 100, netns: 1, direction: .inbound, peer: Shop.cart, port: 80)
    engine.fold(.owner(cgroup: 100, Shop.tables.workloads[0].owner))
    let ask = RequestKey(flow: key, application: .http1, operation: 1, status: 404, isEncrypted: false)
    let name = RequestKey(flow: key, application: .dns, operation: 1, status: 0, isEncrypted: false)
    let events: [Event] = [
        .request(exchange(ask, "/api/users/7?q=1")), .request(exchange(name, "api.example.com.")),
        .incident(
            Incident(
                kind: .drop, key: key, local: Shop.cart, localPort: 80, peerPort: 4_000, cookie: 1, time: 5, cause: "NETFILTER_DROP",
                count: 1,
                tcpFlags: 2)),
    ]
    return events.flatMap { Observation.all(of: $0, in: engine, at: Moment(wall: 1_700_000_000_000_000_000, monotonic: 100)) }
}()

private func exchange(_ key: RequestKey, _ target: String) -> Exchange {
    Exchange(
        key: key, local: Shop.cart, localPort: 80, peerPort: 4_000, cookie: 1, began: 5, latency: 7, duration: 9, target: target,
        answers: [Shop.cart], timeToLive: 30, isExtra: false, isPartial: false, isCut: false, amendedDuration: nil)
}
