// From an event to what is shown of it. Pure: the engine lends its names, the moment its clocks.
//
// Both ends of a connection between two pods of this node are seen, each by its own socket: two observations, which differ in
// `seenBy` (Hubble: traffic_direction EGRESS at the client, INGRESS at the server).

extension Observation {
    /// What an event shows: a request and its response are two, most events are none.
    package static func all(of event: Event, in engine: Engine, at moment: Moment) -> [Observation] {
        switch event {
        case .request(let exchange): observations(of: exchange, engine.state, moment)
        case .incident(let incident): [observation(of: incident, engine.state, moment)]
        case .connection(let sample) where sample.state == .closed: [observation(of: sample, engine.state, moment)]
        case .node, .owner, .address, .flow, .flowForgotten, .drop, .dropForgotten, .listener, .listenerClosed, .connection, .timing,
            .requests, .probe, .status, .tick, .object, .objectGone, .translation, .usage, .source, .gap:
            []
        }
    }

    private static func observations(of exchange: Exchange, _ state: EngineState, _ moment: Moment) -> [Observation] {
        // It was shown when its response seemed to have ended.
        guard exchange.amendedDuration == nil else { return [] }
        let key = exchange.key.flow
        let ends = ends(of: key, local: exchange.local, exchange.localPort, peerPort: exchange.peerPort, state)
        let (client, server) = key.direction == .outbound ? (ends.local, ends.peer) : (ends.peer, ends.local)
        var message = Message(
            application: exchange.key.application, operation: exchange.key.operation, target: exchange.target, isCut: exchange.isCut,
            isEncrypted: exchange.key.isEncrypted, answers: [], timeToLive: 0, isUnanswered: !exchange.key.isAnswered)
        let request = Observation(
            kind: .request(exchange.key.application), time: moment.wall(at: exchange.began), node: state.tables.node.name,
            verdict: .forwarded, source: client, destination: server, isReply: false, seenBy: key.direction, transport: key.transport,
            cookie: exchange.cookie, cgroup: key.cgroup, details: .message(message), marks: exchange.isPartial ? .partial : [])
        guard exchange.key.isAnswered else { return [request] }
        message.status = exchange.key.status
        message.latency = exchange.latency
        message.duration = exchange.duration
        message.answers = exchange.answers
        message.timeToLive = exchange.timeToLive
        var response = request
        response.kind = .response(exchange.key.application)
        response.time = moment.wall(at: exchange.began &+ (exchange.latency ?? 0))
        response.source = server
        response.destination = client
        response.isReply = true
        response.details = .message(message)
        return [request, response]
    }

    private static func observation(of sample: ConnectionSample, _ state: EngineState, _ moment: Moment) -> Observation {
        let ends = ends(of: sample.key, local: sample.local, sample.localPort, peerPort: sample.peerPort, state)
        let isClient = sample.key.direction == .outbound
        let ending = Ending(
            age: sample.established > 0 && sample.seen >= sample.established ? sample.seen - sample.established : nil,
            sentBytes: sample.sentBytes, receivedBytes: sample.receivedBytes, retransmits: sample.retransmits,
            roundTripTime: sample.rtt > 0 ? UInt64(sample.rtt) * 1000 : nil, pid: sample.pid)
        return Observation(
            kind: .closed, time: moment.wall(at: sample.seen), node: state.tables.node.name, verdict: .forwarded,
            source: isClient ? ends.local : ends.peer, destination: isClient ? ends.peer : ends.local, isReply: false,
            seenBy: sample.key.direction, transport: sample.key.transport, cookie: sample.cookie, cgroup: sample.key.cgroup,
            details: .ending(ending), marks: sample.partial ? .partial : [])
    }

    private static func observation(of incident: Incident, _ state: EngineState, _ moment: Moment) -> Observation {
        let key = incident.key
        let ends = ends(of: key, local: incident.local, incident.localPort, peerPort: incident.peerPort, state)
        let isClient = key.direction == .outbound
        let kind: Kind
        var verdict = Verdict.forwarded
        var flags = TCPFlags(rawValue: incident.tcpFlags)
        /// Whether it went from the local end to the peer.
        let isOutgoing: Bool
        switch incident.kind {
        case .opened: (kind, isOutgoing) = (.opened, isClient)
        case .failed:
            (kind, isOutgoing) = (.failed, isClient)
            verdict = .error
        case .retransmit:
            (kind, isOutgoing) = (.retransmit, true)
            if incident.cause == Counter.retransmitsSyn.cause { flags = isClient ? .syn : [.syn, .ack] }
            if incident.cause == Counter.retransmitsSynAck.cause { flags = [.syn, .ack] }
        case .drop:
            (kind, isOutgoing) = (.drop, incident.isOutgoing)
            verdict = .dropped
        case .resetSent:
            (kind, isOutgoing) = (.resetSent, true)
            // Of the packet that was answered, where there was no socket.
            flags = .rst
        case .resetReceived:
            (kind, isOutgoing) = (.resetReceived, false)
            flags = .rst
        }
        let isKnown = key.cgroup != 0
        return Observation(
            kind: kind, time: moment.wall(at: incident.time), node: state.tables.node.name, verdict: verdict,
            source: isOutgoing ? ends.local : ends.peer, destination: isOutgoing ? ends.peer : ends.local,
            isReply: isOutgoing != isClient, seenBy: isKnown ? key.direction : nil, transport: key.transport, cookie: incident.cookie,
            cgroup: key.cgroup, details: .packet(cause: incident.cause, count: incident.count, flags: flags),
            // Without a socket the lower port was taken for the server's, unless a handshake told.
            marks: isKnown || TCPFlags(rawValue: incident.tcpFlags).contains(.syn) ? [] : .estimated)
    }

    private static func ends(
        of key: FlowKey, local: Address, _ localPort: UInt16, peerPort: UInt16, _ state: EngineState
    ) -> (local: Endpoint, peer: Endpoint) {
        let tables = state.tables
        let place = state.placeOfCgroup[key.cgroup]
        var here = Endpoint(owner: state.owner(of: key, at: local), address: local, port: localPort)
        here.object = place.map { tables.object(of: $0.workload) } ?? state.holder(of: local).flatMap { tables.object(of: $0) }
        var there = Endpoint(owner: nil, address: key.peer, port: peerPort)
        // Where no socket is known, `local` is only an address: loopback then has no namespace's servers.
        let peer = key.cgroup == 0 ? state.holder(of: key.peer) : tables.peer(key)
        if let peer {
            there.object = tables.object(of: peer)
            if case .workload(let index) = peer { there.owner = tables.workloads[Int(index)].owner }
        }
        if let place, let name = tables.dnsNames[DNSName(workload: place.workload, address: key.peer)] { there.name = tables.name(name) }
        return (here, there)
    }
}

extension EngineState {
    /// Who holds a flow's local end, as the tables name it; nil where nobody on this node does.
    fileprivate func owner(of key: FlowKey, at local: Address) -> Owner? {
        if let place = placeOfCgroup[key.cgroup] {
            var owner = tables.workloads[Int(place.workload)].owner
            // A workload's row knows one of its containers; the cgroup knows which.
            owner.container = tables.name(place.container)
            return owner
        }
        if key.cgroup == 0 {
            guard case .workload(let index) = holder(of: local) else { return nil }
            return tables.workloads[Int(index)].owner
        }
        return key.command.isEmpty && key.cgroup > 1 ? .unnamed(key.cgroup) : .process(key.command)
    }
}

extension Counter {
    /// What a symptom of this counter is called: "fast" for fast retransmits, "refused" for a refused connection; nil where it
    /// is none.
    package var cause: String? { EngineState.symptoms.first { $0.counter == self }?.cause }
}
