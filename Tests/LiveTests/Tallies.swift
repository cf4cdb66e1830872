// What podglass says of requests, as the servers' logs say it: how many of each method and status, "GET 200".

import LabSupport
import Testing

/// "GET 200", "AAAA NXDOMAIN", "GET unanswered": how many.
typealias Tally = [String: Int]

extension Interval {
    /// The rows of requests of one workload's side, of one port if it is given.
    func requestRows(of workload: String, _ side: String, port: Int? = nil, application: String = "http1") -> [JSON] {
        var wanted: [String: JSON] = [
            "type": .string("request"), "workload": .string(workload), "side": .string(side), "protocol": .string(application),
        ]
        if let port { wanted["peer_port"] = .int(port) }
        return rows(wanted)
    }

    func tally(of workload: String, _ side: String, port: Int? = nil, application: String = "http1") -> Tally {
        requestRows(of: workload, side, port: port, application: application).reduce(into: [:]) { tally, row in
            tally["\(row["method"].string ?? "?") \(row.statusText)", default: 0] += row["requests_total"].int ?? 0
        }
    }

    /// Messages that were not understood, of all protocols and causes.
    var notUnderstood: Int {
        guard case .object(let causes) = status["not_understood"] else { return 0 }
        return causes.values.reduce(0) { $0 + ($1.int ?? 0) }
    }
}

extension JSON {
    /// A status is a number or a name; a request without one was not answered.
    fileprivate var statusText: String {
        switch self["status"] {
        case .int(let number): "\(number)"
        case .string(let name): name
        default: "unanswered"
        }
    }

    /// A duration in nanoseconds as milliseconds.
    func milliseconds(_ key: String) -> Double? { self[key].double.map { $0 / 1e6 } }
}

extension Observation {
    /// Waits until server and client both show what the truth says, and expects it exactly, with nothing lost, nothing not
    /// understood and nothing more two intervals later.
    @discardableResult
    func agrees(
        with truth: Tally, server: String? = "web", client: String? = "client", port: Int? = nil, application: String = "http1",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Interval {
        let sides = [(server, "server"), (client, "client")].compactMap { name, side in name.map { (name: $0, side: side) } }
        let interval = try await settled(within: .seconds(6)) { interval in
            sides.allSatisfy { interval.tally(of: $0.name, $0.side, port: port, application: application) == truth }
        }
        for side in sides {
            #expect(
                interval.tally(of: side.name, side.side, port: port, application: application) == truth, "at the \(side.side)",
                sourceLocation: sourceLocation)
        }
        #expect(interval.lost == 0, "\(interval.status["lost"])", sourceLocation: sourceLocation)
        #expect(interval.notUnderstood == 0, "\(interval.status["not_understood"])", sourceLocation: sourceLocation)
        return interval
    }
}
