// What workloads do for the first time. Peers are looked at where a flow that a workload opened moves something, statuses where requests
// are counted; both are told at the end of an interval. The work of an interval grows with flows that are new, and a sixtieth of the
// others, whose peers may have got another name.

extension EngineState {
    // MARK: - While the interval runs

    /// A status that a workload answered or got.
    mutating func noteStatus(of sample: RequestSample, workload: WorkloadIndex) {
        guard sample.requests > 0, !EngineState.isOther(sample.key.flow), let book = book(of: workload) else { return }
        let status = SeenStatus(application: sample.key.application, value: sample.key.status, direction: sample.key.flow.direction)
        let minute = EngineState.minute(tables.moment.monotonic)
        switch status.direction {
        case .inbound: acquaintances.books[book].served.note(minute)
        case .outbound: acquaintances.books[book].asked.note(minute)
        }
        if let place = acquaintances.books[book].counting.firstIndex(where: { $0.status == status }) {
            acquaintances.books[book].counting[place].requests &+= sample.requests
        }
        if let place = acquaintances.firsts.firstIndex(where: { $0.workload == workload && $0.status == status }) {
            acquaintances.firsts[place].requests &+= sample.requests
            return
        }
        guard let novelty = acquaintances.books[book].novelty(of: status) else { return }
        guard acquaintances.firsts.count < Limits.newcomers else {
            acquaintances.refused += 1
            return
        }
        let flow = status.direction == .outbound ? sample.key.flow : nil
        acquaintances.firsts.append((workload, novelty, status, flow, sample.requests))
    }

    // MARK: - At its end

    /// A flow that a workload opened moved something in this interval.
    mutating func meet(peerOfFlow index: Int, now: UInt64) {
        guard let book = book(of: tables.flows[index].workload) else { return }
        acquaintances.books[book].lastActive = now
        let delta = tables.flows[index].delta
        if !acquaintances.books[book].hasFailedToConnect, delta[.refused] &+ delta[.timedOut] &+ delta[.failed] > 0 {
            acquaintances.books[book].hasFailedToConnect = true
            if acquaintances.books[book].isWarm { acquaintances.failures.append(tables.flows[index].key) }
        }
        guard tables.flows[index].acquaintance == .none, EngineState.contacts(tables.flows[index]) > 0 else { return }
        if acquaintances.newcomers.count < Limits.newcomers {
            tables.flows[index].acquaintance = .waits
            acquaintances.newcomers.append(tables.flows[index].key)
        } else {
            acquaintances.refused += 1
            learnPeer(ofFlow: index, met: now)
        }
    }

    mutating func judgeNovelties() {
        let now = tables.moment.monotonic
        bindWorkloads(now)
        var waiting: [FlowKey] = []
        for key in acquaintances.newcomers {
            guard let index = flowIndex[key].map({ Int($0) }), tables.flows[index].acquaintance == .waits else { continue }
            if tables.flows[index].since &+ Novelty.patience > now { waiting.append(key) } else { judgePeer(ofFlow: index, now) }
        }
        acquaintances.newcomers = waiting
        for key in acquaintances.failures {
            guard let index = flowIndex[key].map({ Int($0) }) else { continue }
            tell(.firstFailure, of: tables.flows[index].workload, flow: key, status: nil, since: now &- tables.interval)
        }
        acquaintances.failures.removeAll(keepingCapacity: true)
        for first in acquaintances.firsts {
            tell(
                first.novelty, of: first.workload, flow: first.flow, status: first.status, since: now &- tables.interval,
                count: first.requests)
        }
        acquaintances.firsts.removeAll(keepingCapacity: true)
        followNovelties(now)
        learnNames()
        tables.noveltiesRefused = acquaintances.refused
    }

    private mutating func judgePeer(ofFlow index: Int, _ now: UInt64) {
        let row = tables.flows[index]
        defer { learnPeer(ofFlow: index, met: now) }
        guard let book = book(of: row.workload), let peer = identity(ofPeer: row.key, of: row.workload) else { return }
        guard acquaintances.books[book].isNews(peer, since: row.since, now: now) else {
            if !acquaintances.books[book].knows(peer) { countFurther(of: book) }
            return
        }
        let novelty: Novelty =
            switch peer {
            case .inside: .edge
            case .outside: .peer
            }
        tell(novelty, of: row.workload, flow: row.key, status: nil, since: row.since, count: EngineState.contacts(row))
    }

    /// What is not told alone is counted with the newest that is told; false where there is none.
    @discardableResult
    private mutating func countFurther(of book: Int) -> Bool {
        guard let newest = anomalyIndex(acquaintances.books[book].newest), tables.anomalies[newest].isOpen else { return false }
        tables.anomalies[newest].further += 1
        return true
    }

    private mutating func learnPeer(ofFlow index: Int, met: UInt64?) {
        tables.flows[index].acquaintance = .known
        let (key, workload) = (tables.flows[index].key, tables.flows[index].workload)
        guard let book = book(of: workload), let peer = identity(ofPeer: key, of: workload) else { return }
        acquaintances.books[book].learn(peer, met: met)
    }

    /// A peer that got another name since it was met is no new one.
    private mutating func learnNames() {
        let count = tables.flows.count
        guard count > 0 else { return }
        for _ in 0..<(count / 60 + 1) {
            acquaintances.cursor = acquaintances.cursor + 1 < count ? acquaintances.cursor + 1 : 0
            if tables.flows[acquaintances.cursor].acquaintance == .known { learnPeer(ofFlow: acquaintances.cursor, met: nil) }
        }
    }

    /// A row of its own, as long as there are few of them.
    private mutating func tell(
        _ novelty: Novelty, of workload: WorkloadIndex, flow: FlowKey?, status: SeenStatus?, since: UInt64, count: UInt64 = 1
    ) {
        guard let book = book(of: workload) else { return }
        let now = tables.moment.monotonic
        if now &- acquaintances.books[book].toldSince >= Novelty.minute {
            (acquaintances.books[book].toldSince, acquaintances.books[book].told) = (now, 0)
        }
        if now &- acquaintances.toldSince >= Novelty.minute { (acquaintances.toldSince, acquaintances.told) = (now, 0) }
        guard acquaintances.books[book].told < Novelty.perWorkload, acquaintances.told < Novelty.perNode else {
            if !countFurther(of: book) { acquaintances.refused += 1 }
            return
        }
        let subject: AnomalySubject = flow.map { .flow($0) } ?? .workload(tables.workloads[Int(workload)].serial)
        var row = AnomalyRow(
            serial: serial(), subject: subject, what: .novelty(novelty), workload: workload, severity: .notice, layers: .baseline,
            since: since, last: now, value: Double(count), expected: 0, low: 0, high: 0, unit: .count, samples: count, score: 0)
        row.flow = flow
        row.points = UInt32(acquaintances.books[book].traffic.count)
        guard append(row) else { return }
        acquaintances.told += 1
        acquaintances.books[book].told += 1
        acquaintances.books[book].newest = row.serial
        if let status { acquaintances.books[book].counting.append((status, row.serial, count)) }
    }

    /// How often it has happened since; after a few minutes it is no news any more.
    private mutating func followNovelties(_ now: UInt64) {
        for index in tables.anomalies.rows.indices where tables.anomalies[index].isOpen {
            guard case .novelty(let novelty) = tables.anomalies[index].what else { continue }
            let row = tables.anomalies[index]
            var count = row.samples
            let book = book(of: row.workload)
            switch novelty {
            case .edge, .peer:
                if let flow = row.flow.flatMap({ flowIndex[$0] }) { count = max(count, EngineState.contacts(tables.flows[Int(flow)])) }
            case .firstFailure:
                if let flow = row.flow.flatMap({ flowIndex[$0] }) {
                    let totals = tables.flows[Int(flow)].totals
                    count = max(count, totals[.refused] &+ totals[.timedOut] &+ totals[.failed])
                }
            case .status, .firstError:
                if let book, let counted = acquaintances.books[book].counting.first(where: { $0.serial == row.serial }) {
                    count = counted.requests
                }
            }
            if count > row.samples {
                tables.anomalies[index].samples = count
                tables.anomalies[index].value = Double(count)
                tables.anomalies[index].last = now
            }
            guard now &- row.since >= Novelty.duration else { continue }
            if let book { acquaintances.books[book].counting.removeAll { $0.serial == row.serial } }
            endAnomaly(row.serial, at: now)
        }
    }

    // MARK: - Who is who

    private static func minute(_ instant: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: instant / Novelty.minute) }

    /// Connections that came about, or datagrams.
    private static func contacts(_ row: FlowRow) -> UInt64 {
        switch row.key.transport {
        case .tcp: row.totals[.opened] &+ row.totals[.adopted]
        case .udp: row.totals[.sentDatagrams]
        }
    }

    private mutating func book(of workload: WorkloadIndex) -> Int? {
        let serial = tables.workloads[Int(workload)].serial
        if acquaintances.book(of: workload, serial: serial) == nil {
            acquaintances.bind(workload, serial: serial, to: identity(of: workload), now: tables.moment.monotonic)
        }
        guard let book = acquaintances.book(of: workload, serial: serial), book >= 0 else { return nil }
        return book
    }

    /// Once a minute: who was active in it, and what it is called now, because who made a pod may be told after its first connection.
    private mutating func bindWorkloads(_ now: UInt64) {
        let minute = EngineState.minute(now)
        guard minute != acquaintances.boundIn else { return }
        acquaintances.boundIn = minute
        for index in tables.workloads.rows.indices where tables.workloads[index].lastActive &+ Novelty.minute > now {
            let workload = WorkloadIndex(index)
            acquaintances.bind(workload, serial: tables.workloads[index].serial, to: identity(of: workload), now: now)
            if let book = book(of: workload) { acquaintances.books[book].noteTraffic(minute, now: now) }
        }
    }

    /// Whom a workload's pods belong to; nil where nobody named it.
    private func identity(of workload: WorkloadIndex) -> Int? {
        let owner = tables.workloads[Int(workload)].owner
        switch owner.kind {
        case .pod, .container:
            return EngineState.hash(owner.namespace, owner.workload, tables.object(of: workload)?.controller)
        case .unit, .process:
            var hasher = Hasher()
            hasher.combine(owner.kind)
            hasher.combine(owner.workload)
            return hasher.finalize()
        case .cgroup, .other: return nil
        }
    }

    /// Nil for itself, and for what has no name and no address that means something.
    private func identity(ofPeer key: FlowKey, of workload: WorkloadIndex) -> PeerIdentity? {
        switch tables.peer(key, for: workload) {
        case .workload(let index):
            guard index != workload, let peer = identity(of: index), peer != identity(of: workload) else { return nil }
            return .inside(peer)
        case .object(let index):
            let object = tables.clusterObjects[Int(index)]
            var hasher = Hasher()
            hasher.combine(object.kind)
            switch object.kind {
            case .pod, .container:
                let peer = EngineState.hash(object.namespace, object.name, object.controller)
                return peer == identity(of: workload) ? nil : .inside(peer)
            case .service, .endpoint:
                hasher.combine(object.namespace)
                hasher.combine(object.name)
                return .inside(hasher.finalize())
            // Who talks to one node talks to the next one that joins.
            case .node: return .inside(hasher.finalize())
            }
        case .dns(let name):
            var hasher = Hasher()
            hasher.combine(tables.name(name) ?? "")
            return .outside(hasher.finalize())
        case .address:
            guard !key.peer.isLoopback, !key.peer.isUnspecified else { return nil }
            var hasher = Hasher()
            // A private address that nobody named is a pod's somewhere, and another one tomorrow: what it serves is what stays.
            if key.peer.isPrivate { hasher.combine(key.port) } else { hasher.combine(key.peer) }
            return .outside(hasher.finalize())
        }
    }

    /// By its controller; where nobody told of one, by what its name is without what a controller adds.
    private static func hash(_ namespace: String?, _ name: String, _ controller: Controller?) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        // A static pod's controller is its node, which has others.
        if let controller, controller.kind != "Node" { hasher.combine(controller.name) } else { hasher.combine(PodName.base(of: name)) }
        return hasher.finalize()
    }
}
