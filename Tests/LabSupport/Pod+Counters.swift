// The kernel's own account of a pod's network: nstat and ss, which podglass is compared with.

import Foundation

/// One line of ss with its details.
package struct SocketReport: Sendable {
    package let state: String
    package let local: String
    package let peer: String
    /// `bytes_sent:42` and its like.
    package let details: [String: String]
}

extension Pod {
    /// The network namespace's absolute counters: TcpRetransSegs, TcpActiveOpens …
    package func counters() throws -> [String: Int] {
        // -a absolute, -s leaves no history file, -z zeros too.
        let report = try JSON(try tool(["nstat", "-asz", "-j"]))
        guard case .object(let counters) = report["kernel"] else { throw LabError("nstat gave no counters") }
        return counters.compactMapValues(\.int)
    }

    package func counter(_ name: String) throws -> Int {
        guard let value = try counters()[name] else { throw LabError("nstat knows no \(name)") }
        return value
    }

    /// The TCP sockets of this pod; listening ones too when asked.
    package func sockets(listening: Bool = false) throws -> [SocketReport] {
        var reports: [SocketReport] = []
        for line in try tool(["ss", "-tinHO"] + (listening ? ["-l"] : [])).split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            guard words.count >= 5 else { continue }
            var details: [String: String] = [:]
            for word in words.dropFirst(5) {
                let pair = word.split(separator: ":", maxSplits: 1)
                if pair.count == 2 { details[String(pair[0])] = String(pair[1]) }
            }
            reports.append(SocketReport(state: words[0], local: words[3], peer: words[4], details: details))
        }
        return reports
    }

    /// Waits until something in this pod listens on `port`, without connecting to it.
    package func listens(on port: Int, within limit: Duration = .seconds(10)) async throws {
        let deadline = ContinuousClock.now + limit.patient
        while ContinuousClock.now < deadline {
            if try sockets(listening: true).contains(where: { $0.local.hasSuffix(":\(port)") }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw LabError("nothing in \(name) listens on \(port)")
    }
}
