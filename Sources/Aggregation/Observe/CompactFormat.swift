// Events as engineers know them from Hubble:
//   Dec 10 15:20:33.472: default/frontend-7b58:53122 -> default/api-6c4b:8080 http-request FORWARDED (HTTP/1.1 GET /api/v1/products)
// The client stands to the left: what the server sent is drawn with `<-`. Times are UTC. Marks stand behind the type.

package struct CompactFormat: ObservationFormat {
    package var keepsQuery: Bool
    /// The node's name behind the time, as Hubble's --print-node-name.
    package var showsNode: Bool

    package init(keepsQuery: Bool = false, showsNode: Bool = false) {
        self.keepsQuery = keepsQuery
        self.showsNode = showsNode
    }

    package func line(_ observation: Observation) -> [UInt8] {
        let ends = CompactFormat.ends(observation)
        let mark = observation.marks.symbol.map { String($0) } ?? ""
        let verdict = observation.verdict?.rawValue ?? observation.anomaly?.severity.name.uppercased() ?? ""
        let cause = observation.dropCause.map { "(\($0)) " } ?? ""
        let text =
            "\(head(observation.time, observation.node)): \(ends) \(observation.kind.name)\(mark) \(verdict) "
            + "\(cause)(\(observation.summary(keepsQuery: keepsQuery)))"
        return Array(text.printable.utf8) + [10]
    }

    package func lines(_ loss: EventLoss) -> [UInt8] {
        let causes = loss.causes.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
        return Array("\(head(loss.time, loss.node)): EVENTS LOST: \(loss.total) (\(causes))".printable.utf8) + [10]
    }

    private func head(_ time: UInt64, _ node: String) -> String {
        CompactFormat.stamp(time) + (showsNode ? " [\(node)]" : "")
    }

    private static func ends(_ observation: Observation) -> String {
        let destination = name(observation.destination)
        // An anomaly may be about one alone.
        guard observation.anomaly == nil || observation.source.hasAddress || observation.source.displayName != nil else {
            return destination
        }
        let source = name(observation.source)
        return observation.isReply ? "\(destination) <- \(source)" : "\(source) -> \(destination)"
    }

    /// Go's StampMilli: "Jan _2 15:04:05.000".
    static func stamp(_ time: UInt64) -> String {
        let civil = CivilTime(nanosecondsSince1970: time)
        func padded(_ number: Int, _ width: Int, _ filling: Character = "0") -> String {
            let digits = String(number)
            return String(repeating: filling, count: max(0, width - digits.count)) + digits
        }
        return
            "\(months[civil.month - 1]) \(padded(civil.day, 2, " ")) \(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))."
            + padded(civil.nanosecond / 1_000_000, 3)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// "namespace/pod:port", "namespace/service:port", a node's, unit's or process's name, what DNS called it, else the address.
    static func name(_ endpoint: Observation.Endpoint) -> String {
        if let name = endpoint.displayName { return endpoint.port > 0 ? "\(name):\(endpoint.port)" : name }
        if let name = endpoint.name { return "\(Wildcard.normal(name)):\(endpoint.port)" }
        return endpoint.address.isIPv4 ? "\(endpoint.address):\(endpoint.port)" : "[\(endpoint.address)]:\(endpoint.port)"
    }
}
