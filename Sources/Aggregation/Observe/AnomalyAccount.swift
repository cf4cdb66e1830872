// What `podglass observe` tells of an anomaly: that it began, that it changed in what matters, that it is over. Made from the table of
// anomalies at the end of an interval. It remembers what it told of each row, as many as the table has.

extension Observation {
    package enum AnomalyPhase: String, Sendable, CaseIterable {
        case began, changed, ended
    }

    /// An anomaly as it was when this was told.
    package struct Anomaly: Sendable, Equatable {
        package var id: UInt64
        package var group: UInt64
        package var severity: Severity
        package var isOrigin: Bool
        package var companions: UInt32
        package var subject: String
        package var sentence: String
        package var measure: String
        package var layers: [String]
        /// Nanoseconds since 1970; `ended` is nil while it goes on.
        package var since: UInt64
        package var ended: UInt64?
        /// Not finite where a rule has none.
        package var value: Double
        package var expected: Double
        package var low: Double
        package var high: Double
        /// As JSON names it.
        package var unit: String?
    }
}

package struct AnomalyAccount: Sendable {
    private var told: [UInt64: AnomalyRow] = [:]

    package init() {}

    /// What is to be told at the end of an interval, in the order of their numbers.
    mutating func observations(_ engine: Engine, at moment: Moment) -> [Observation] {
        let state = engine.state
        var observations: [Observation] = []
        var listed: [UInt64: AnomalyRow] = [:]
        func tell(_ phase: Observation.AnomalyPhase, _ row: AnomalyRow) {
            observations.append(Observation(phase, row, state, moment))
        }
        for row in state.tables.anomalies.rows.sorted(by: { $0.serial < $1.serial }) {
            listed[row.serial] = row
            if let before = told[row.serial] {
                if AnomalyAccount.hasChanged(row, since: before) { tell(.changed, row) }
                if !row.isOpen, before.isOpen { tell(.ended, row) }
            } else {
                tell(.began, row)
                if !row.isOpen { tell(.ended, row) }
            }
        }
        // Ended, and at once out of a table that was full.
        for var row in told.values.sorted(by: { $0.serial < $1.serial }) where row.isOpen && listed[row.serial] == nil {
            row.ended = moment.monotonic
            tell(.ended, row)
        }
        told = listed
        return observations
    }

    /// Graver, or now in an older group, or now where its group began, or no longer. A group whose oldest row has left the table gets a
    /// larger number, which is no news.
    private static func hasChanged(_ row: AnomalyRow, since before: AnomalyRow) -> Bool {
        guard row.isOpen || before.isOpen else { return false }
        return row.severity != before.severity || row.group < before.group || row.isOrigin != before.isOrigin
    }
}

extension Observation {
    fileprivate init(_ phase: AnomalyPhase, _ row: AnomalyRow, _ state: EngineState, _ moment: Moment) {
        let tables = state.tables
        let ends = Observation.ends(of: row, tables)
        self.init(
            kind: .anomaly(phase), time: moment.wall, node: tables.node.name, verdict: nil, source: ends.source,
            destination: ends.destination, isReply: false, seenBy: row.flow?.direction, transport: row.flow?.transport, cookie: 0,
            cgroup: row.flow?.cgroup ?? 0,
            details: .anomaly(
                Anomaly(
                    id: row.serial, group: row.group, severity: row.severity, isOrigin: row.isOrigin, companions: row.companions,
                    subject: tables.subjectName(of: row), sentence: tables.sentence(of: row), measure: tables.measureName(of: row),
                    layers: row.layers.names, since: moment.wall(at: row.since), ended: row.isOpen ? nil : moment.wall(at: row.ended),
                    value: row.value, expected: row.expected, low: row.low, high: row.high, unit: row.unit.name)),
            marks: row.layers.contains(.model) ? .estimated : [])
    }

    /// Who calls and who is called, where it is about calls; else the one it is about is the destination, and nobody the source.
    private static func ends(of row: AnomalyRow, _ tables: Tables) -> (source: Endpoint, destination: Endpoint) {
        var own = Endpoint(owner: nil, address: .unspecified, port: 0)
        if tables.workloads.rows.indices.contains(Int(row.workload)) {
            own.owner = tables.workloads[Int(row.workload)].owner
            own.object = tables.object(of: row.workload)
            let addresses = tables.addresses.lazy.filter { $0.value == row.workload }.map(\.key)
            own.address = addresses.min { ($0.high, $0.low) < ($1.high, $1.low) } ?? .unspecified
        }
        guard let key = row.flow else { return (Endpoint(owner: nil, address: .unspecified, port: 0), own) }
        var other = Endpoint(owner: nil, address: key.peer, port: 0)
        let peer = tables.peer(key, for: row.workload)
        other.object = tables.object(of: peer)
        switch peer {
        case .workload(let index): other.owner = tables.workloads[Int(index)].owner
        case .dns(let index): other.name = tables.name(index)
        case .object, .address: break
        }
        switch key.direction {
        case .outbound:
            other.port = key.port
            return (own, other)
        case .inbound:
            own.port = key.port
            return (other, own)
        }
    }

    package var anomaly: Anomaly? { if case .anomaly(let anomaly) = details { anomaly } else { nil } }
}

extension Observation.Endpoint {
    /// Of an anomaly neither an address nor a port may be known.
    var hasAddress: Bool { address != .unspecified }
}
