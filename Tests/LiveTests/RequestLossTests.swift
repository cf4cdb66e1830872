// Requests over links that lose and reorder: less than the log may be shown, never more, and what is missing is counted.

import LabSupport
import Testing

extension Live {
    @Suite struct RequestLossTests {
        @Test(
            "2 % loss with reordering: shown is at most the log, and what is missing was said to be not understood",
            // A twentieth at most may be missing. With four in flight a segment that is lost or overtaken holds up to four of them,
            // and those behind it wait for it: a tenth.
            arguments: [(1, 20), (4, 10)])
        func loss(inFlight: Int, share: Int) async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx(server: WebServer.answers, http: "keepalive_requests 1000000;")
                try server.file("kibibyte", bytes: 1024)
                try server.file("large", bytes: 200_000)
                try await client.reorder(percent: 5, in: laboratory)
                try client.lose(percent: 2)
                try web.lose(percent: 2)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                let urls = ["/kibibyte", "/empty", "/missing", "/kibibyte", "/large", "/204"].map { Pod.url(web.ipv4, path: $0) }
                try await client.h2load(urls, requests: 3000, connections: 12, inFlight: inFlight)
                let log = try await server.log(of: 3000).count
                let truth = server.tally()
                let interval = try await observation.next(4)
                var missing = 0
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let tally = interval.tally(of: workload, side)
                    // Requests without an understood answer are shown as such; they too may not be more than there were.
                    #expect(tally.values.reduce(0, +) <= log, "\(side): \(tally), log: \(truth)")
                    for (what, count) in tally where !what.hasSuffix(" unanswered") {
                        #expect(count <= truth[what, default: 0], "\(side): \(what)")
                    }
                    let shown = tally.filter { !$0.key.hasSuffix(" unanswered") }.values.reduce(0, +)
                    missing += log - shown
                    #expect(log - shown <= log / share, "\(side): \(shown) of \(log)")
                }
                let tallies = [interval.tally(of: "web", "server"), interval.tally(of: "client", "client")]
                #expect(missing <= interval.notUnderstood, "\(tallies), log: \(truth), \(interval.status["not_understood"])")
                #expect(interval.notUnderstood <= 2 * log / share, "\(interval.status["not_understood"])")
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                try await observation.finish()
            }
        }
    }
}
