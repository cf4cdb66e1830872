// nsd in a pod: a real DNS server with zones of its own, offline, over UDP and TCP. What it answers is known beforehand:
// names of lab.test exist (NOERROR) or do not (NXDOMAIN), broken.test cannot be served (SERVFAIL: its zone file is missing),
// and everything else is not its business (REFUSED).

import Foundation

package struct NameServer {
    package let program: Program
}

/// What dig read: the rcode of each answer, in the order of the questions.
package struct Answers: Sendable {
    package let statuses: [String]
}

extension Pod {
    /// Starts nsd on port 53 of every address. `records`: lines of the zone lab.test, "db IN A 10.0.0.1".
    package func nsd(records: [String] = []) async throws -> NameServer {
        let home = directory + "/nsd"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        try """
        $ORIGIN lab.test.
        $TTL 60
        @ IN SOA ns hostmaster 1 3600 600 86400 60
        @ IN NS ns
        @ IN MX 10 mail
        ns IN A \(ipv4)
        mail IN A \(ipv4)
        six IN AAAA \(ipv6)
        both IN A \(ipv4)
        both IN AAAA \(ipv6)
        alias IN CNAME both
        text IN TXT "said"
        large IN TXT \((0..<20).map { "\"\(String(repeating: "\($0 % 10)", count: 200))\"" }.joined(separator: " "))
        service IN SRV 0 0 80 both
        \(records.joined(separator: "\n"))

        """.write(toFile: home + "/lab.test.zone", atomically: true, encoding: .utf8)
        try """
        server:
            server-count: 1
            username: ""
            zonesdir: "\(home)"
            database: ""
            zonelistfile: "\(home)/zone.list"
            xfrdfile: "\(home)/xfrd.state"
            xfrdir: "\(home)"
            pidfile: "\(home)/nsd.pid"
            logfile: "\(home)/nsd.log"
            rrl-ratelimit: 0
        remote-control:
            control-enable: no
        zone:
            name: lab.test
            zonefile: lab.test.zone
        zone:
            name: broken.test
            zonefile: missing.zone

        """.write(toFile: home + "/nsd.conf", atomically: true, encoding: .utf8)
        let program = try start(["nsd", "-d", "-c", home + "/nsd.conf"])
        do {
            try await listens(on: 53)
        } catch {
            let log = (try? String(contentsOfFile: home + "/nsd.log", encoding: .utf8)) ?? ""
            throw LabError("nsd did not start: \(program.errors) \(log)")
        }
        return NameServer(program: program)
    }

    /// Asks each of `questions`, "both.lab.test A", once and in turn.
    package func dig(_ questions: [String], at server: String, options: [String] = []) async throws -> Answers {
        let list = directory + "/questions"
        try (questions.joined(separator: "\n") + "\n").write(toFile: list, atomically: true, encoding: .utf8)
        let finished = try await run(["dig", "@" + server, "+tries=1", "+time=2"] + options + ["-f", list], within: .seconds(60))
        // ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 12345
        let statuses = finished.output.split(separator: "\n").filter { $0.contains("->>HEADER<<-") }.compactMap { line in
            line.components(separatedBy: "status: ").last?.split(separator: ",").first.map(String.init)
        }
        guard statuses.count == questions.count else {
            throw LabError("dig got \(statuses.count) answers to \(questions.count) questions: \(finished.output.suffix(500))")
        }
        return Answers(statuses: statuses)
    }
}
