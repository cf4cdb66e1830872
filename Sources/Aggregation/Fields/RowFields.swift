// Makes the fields of one table from closures over its rows, so that a catalogue reads as one line a field. Fields that
// every table of traffic has read their two indices and the flow's key instead of a whole row, which is 500 bytes.

struct RowFields<Row: Sendable>: Sendable {
    let row: @Sendable (Tables, Int) -> Row

    func text(
        _ word: String, key: String? = nil, column: Field.Column? = nil, _ explanation: String,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        make(word, key: key, kind: .text, column: column, explanation, marks: [], value: value)
    }

    func code(
        _ word: String, key: String? = nil, column: Field.Column? = nil, _ explanation: String,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        make(word, key: key, kind: .code, column: column, explanation, marks: [], value: value)
    }

    func boolean(
        _ word: String, key: String? = nil, column: Field.Column? = nil, _ explanation: String,
        value: @escaping @Sendable (Row, Tables) -> Value
    ) -> Field {
        make(word, key: key, kind: .boolean, column: column, explanation, marks: [], value: value)
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
            value: { tables, index in value(row(tables, index), tables) }, code: { _, _ in nil })
    }
}

/// Whose a row is: its workload (-1 where neither end is on this node) and, where it is a container's, which.
struct Booking {
    var workload: WorkloadIndex
    var container: NameIndex
}

extension Field {
    /// The same first fields in every table of traffic.
    static func ownership(_ booking: @escaping @Sendable (Tables, Int) -> Booking) -> [Field] {
        let workload: @Sendable (Tables, Int) -> Int? = { Int(booking($0, $1).workload) + 1 }
        return [
            shared(
                "workload", column: .init("WORKLOAD", minimum: 14, maximum: 40, importance: 1),
                "The pod's name, else the systemd unit's, else the process's.", code: workload
            ) { tables, row in
                .optional(tables.owner(booking(tables, row).workload)?.workload, "neither end is on this node")
            },
            shared(
                "namespace", column: .init("NAMESPACE", minimum: 9, maximum: 16, importance: 6),
                "The pod's Kubernetes namespace.", code: workload
            ) { tables, row in
                let owner = tables.owner(booking(tables, row).workload)
                return .optional(owner?.namespace, Reason.unnamed(owner))
            },
            shared("pod", "The pod's name.", code: workload) { tables, row in
                let owner = tables.owner(booking(tables, row).workload)
                return .optional(owner?.pod, Reason.unnamed(owner))
            },
            shared(
                "container", column: .init("CONTAINER", minimum: 9, maximum: 16, importance: 9),
                "The container's name, else the start of its id.", code: { Int(booking($0, $1).container) + 1 }
            ) { tables, row in
                .optional(tables.name(booking(tables, row).container), Reason.noContainer)
            },
        ]
    }

    /// Fields that follow from a flow's key: with whom, in which direction. `workload` is whose flow it is: what DNS calls the
    /// peer is known of each workload apart.
    static func conversation(
        _ workload: @escaping @Sendable (Tables, Int) -> WorkloadIndex = { _, _ in -1 },
        _ key: @escaping @Sendable (Tables, Int) -> FlowKey
    ) -> [Field] {
        let direction: @Sendable (Tables, Int) -> Int? = { Int(key($0, $1).direction.rawValue) }
        return [
            shared(
                "direction", column: .init("DIR", minimum: 3, importance: 2),
                "inbound: the peer connected here; outbound: this workload connected to the peer.", code: direction
            ) { .text(key($0, $1).direction.name) },
            shared("side", "server where the peer connected here, else client.", code: direction) { .text(key($0, $1).direction.side) },
            shared(
                "peer", column: .init("PEER", minimum: 15, maximum: 40, importance: 1),
                "The other end by name, where it is on this node; else what DNS called it when the workload asked; else its address.",
                // Workloads before names, so that no two texts share a code.
                code: { tables, row in
                    let key = key(tables, row)
                    if let peer = tables.peerWorkload(key) { return Int(peer) }
                    return tables.dnsName(key, for: workload(tables, row)).map { tables.workloads.count + Int($0) }
                }
            ) { tables, row in
                .text(tables.peerName(key(tables, row), for: workload(tables, row)))
            },
            shared("address", key: "peer_address", "The other end's address.", code: { _, _ in nil }) {
                .text(key($0, $1).peer.description)
            },
            Field(
                word: "port", key: "peer_port", kind: .number(.none), explanation: "The server's port, on both sides.",
                column: .init("PORT", minimum: 5, importance: 1), marks: [], value: { .count(key($0, $1).port) }, code: { _, _ in nil }),
        ]
    }

    private static func shared(
        _ word: String, key: String? = nil, column: Column? = nil, _ explanation: String,
        code: @escaping @Sendable (Tables, Int) -> Int?, value: @escaping @Sendable (Tables, Int) -> Value
    ) -> Field {
        Field(
            word: word, key: key ?? word, kind: .text, explanation: explanation, column: column, marks: [], value: value, code: code)
    }
}

extension Tables {
    func owner(_ workload: WorkloadIndex) -> Owner? { workload < 0 ? nil : workloads[Int(workload)].owner }
}

/// Why a value is missing, in the words that JSON gives under "reasons".
enum Reason {
    /// Why an owner has no pod's name or namespace.
    static func unnamed(_ owner: Owner?) -> String {
        owner?.kind == .pod ? "this pod's name is not known: no log directory tells it" : "not a pod"
    }
    static let noContainer = "not in a container"
    static let noTraffic = "no traffic since podglass started"
    static let noConnection = "no connection with a sample in this interval"
    static let noSample = "no sample yet"
    static let noAttempt = "it opened no connection since podglass started"
    static let noHandshake = "it accepted no connection since podglass started"
    static let olderThanPodglass = "older than podglass"
    static let countedByFlow = "counted a flow, not a connection; see the flow's line"
    static let noOwner = "the socket's process was not seen"
    static let noConnections = "UDP has no connections"
    static let noDatagrams = "TCP has no datagrams"
    static let firstInterval = "the first interval has not ended"

    static let noCgroup = "a process without a cgroup of its own"
    static let notRead = "its cgroup was not read yet"
    static let cgroupEnded = "its cgroup has ended"
    static let notTold = "no file of its cgroup tells it on this node"
    static let firstReading = "a rate needs two readings"
    static let noLimit = "no limit"
    static let noPressure = "this kernel does not measure pressure (PSI)"

    static func probeMissing(_ probe: String) -> String { "the probe \(probe) is not attached; see podglass doctor" }
}
