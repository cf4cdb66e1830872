// Makes the fields of one table from closures over its rows, so that a catalogue reads as one line a field. Fields that
// every table of traffic has (WorkloadFields, PeerFields) read their two indices and the flow's key instead of a whole row, which is
// 500 bytes.

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
