// Makes the fields of one table from closures over its rows, so that a catalogue reads as one line a field.

struct RowFields<Row: Sendable>: Sendable {
    let row: @Sendable (Tables, Int) -> Row

    func text(
        _ word: String, key: String? = nil, column: Field.Column? = nil, _ explanation: String,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        make(word, key: key, kind: .text, column: column, explanation, marks: [], value: value)
    }

    func list(
        _ word: String, key: String? = nil, column: Field.Column? = nil, _ explanation: String,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        make(word, key: key, kind: .list, column: column, explanation, marks: [], value: value)
    }

    func time(
        _ word: String, key: String? = nil, column: Field.Column? = nil, _ explanation: String,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        make(word, key: key, kind: .time, column: column, explanation, marks: [], value: value)
    }

    func number(
        _ word: String, key: String? = nil, _ unit: Field.Unit, column: Field.Column? = nil, marks: Marks = [],
        shownIn: [String] = [], _ explanation: String, value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        var field = make(word, key: key, kind: .number(unit), column: column, explanation, marks: marks, value: value)
        field.shownIn = shownIn
        return field
    }

    private func make(
        _ word: String, key: String?, kind: Field.Kind, column: Field.Column?, _ explanation: String, marks: Marks,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        let row = row
        return Field(
            word: word, key: key ?? word, kind: kind, explanation: explanation, column: column, marks: marks,
            value: { tables, index in value(row(tables, index), tables) })
    }
}

/// A row that belongs to a workload and, where it is a container's, says which.
protocol Owned {
    var workload: WorkloadIndex { get }
    var container: NameIndex { get }
}

extension FlowRow: Owned {}
extension SymptomRow: Owned {}
extension ConnectionRow: Owned {}

extension RowFields where Row: Owned {
    /// Whose row it is: the same first fields in every table of traffic.
    var ownership: [Field] {
        [
            text(
                "workload", column: .init("WORKLOAD", minimum: 14, maximum: 40, importance: 1),
                "The pod's name, else the systemd unit's, else the process's."
            ) { row, tables in
                .optional(tables.owner(of: row)?.workload, "neither end is on this node")
            },
            text(
                "namespace", column: .init("NAMESPACE", minimum: 9, maximum: 16, importance: 6),
                "The pod's Kubernetes namespace."
            ) { row, tables in
                .optional(tables.owner(of: row)?.namespace, Reason.notAPod)
            },
            text("pod", "The pod's name.") { row, tables in
                .optional(tables.owner(of: row)?.pod, Reason.notAPod)
            },
            text(
                "container", column: .init("CONTAINER", minimum: 9, maximum: 16, importance: 9),
                "The container's name, else the start of its id."
            ) { row, tables in
                .optional(tables.name(row.container), Reason.noContainer)
            },
        ]
    }
}

/// Fields that follow from a flow's key: with whom, in which direction.
extension RowFields {
    func conversation(_ key: @escaping @Sendable (Row) -> FlowKey) -> [Field] {
        [
            text(
                "direction", column: .init("DIR", minimum: 3, importance: 2),
                "inbound: the peer connected here; outbound: this workload connected to the peer."
            ) { row, _ in
                .text(key(row).direction.name)
            },
            text("side", "server where the peer connected here, else client.") { row, _ in
                .text(key(row).direction.side)
            },
            text(
                "peer", column: .init("PEER", minimum: 15, maximum: 40, importance: 1),
                "The other end by name, where it is on this node, else its address."
            ) { row, tables in
                .text(tables.peerName(key(row)))
            },
            text("address", key: "peer_address", "The other end's address.") { row, _ in
                .text(key(row).peer.description)
            },
            number(
                "port", key: "peer_port", .none, column: .init("PORT", minimum: 5, importance: 1),
                "The server's port, on both sides."
            ) { row, _ in
                .count(key(row).port)
            },
        ]
    }
}

extension Tables {
    func owner(of row: some Owned) -> Owner? { row.workload < 0 ? nil : workloads[Int(row.workload)].owner }
}

/// Why a value is missing, in the words that JSON gives under "reasons".
enum Reason {
    static let notAPod = "not a pod"
    static let noContainer = "not in a container"
    static let noConnection = "no connection with a sample in this interval"
    static let noSample = "no sample yet"
    static let noAttempt = "it opened no connection since podglass started"
    static let noHandshake = "it accepted no connection since podglass started"
    static let olderThanPodglass = "older than podglass"
    static let noOwner = "the socket's process was not seen"
    static let firstInterval = "the first interval has not ended"

    static func probeMissing(_ probe: String) -> String { "the probe \(probe) is not attached; see podglass doctor" }
}
