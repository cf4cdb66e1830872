// How long requests take, against servers whose time is known and against what curl measured.

import LabSupport
import Testing

extension Live {
    @Suite struct RequestLatencyTests {
        @Test("a server that sleeps 50 ms: the median is that within 5 %, on both sides") func sleepy() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try await web.serve(.sleepy, port: 9000, milliseconds: 50)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                try await client.h2load([Pod.url(web.ipv4, port: 9000)], requests: 60, connections: 3)
                let interval = try await observation.agrees(with: ["GET 200": 60], port: 9000)
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let row = try #require(interval.requestRows(of: workload, side, port: 9000).first)
                    let (median, most) = (row.milliseconds("latency_p50_ns") ?? 0, row.milliseconds("latency_max_ns") ?? 0)
                    #expect((47.5...52.5).contains(median), "\(side): \(median) ms")
                    #expect((50.0...100).contains(most), "\(side): \(most) ms")
                    #expect((47.5...52.5).contains(row.milliseconds("duration_p50_ns") ?? 0))
                }
            }
        }

        @Test("one worker that takes 20 ms, five clients: the queue in front of it shows at the server") func busy() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try await web.serve(.busy, port: 9000, milliseconds: 20)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                let times = try await client.h2load([Pod.url(web.ipv4, port: 9000)], requests: 200, connections: 5)
                let interval = try await observation.agrees(with: ["GET 200": 200], port: 9000)
                // Each waits for the others: up to five times 20 ms, though the server itself would say 20.
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let row = try #require(interval.requestRows(of: workload, side, port: 9000).first)
                    let (median, slow) = (row.milliseconds("latency_p50_ns") ?? 0, row.milliseconds("latency_p99_ns") ?? 0)
                    #expect(median > 60 && abs(median / times[100] - 1) < 0.05, "\(side): \(median) ms, h2load: \(times[100]) ms")
                    #expect(slow > 95 && abs(slow / times[197] - 1) < 0.05, "\(side): \(slow) ms, h2load: \(times[197]) ms")
                }
            }
        }

        @Test("sendfile of 50 MB over a slow link: the time to the last byte is curl's within 5 %, on both sides") func slowLink()
            async throws
        {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("fifty", bytes: 50_000_000)
                try web.slowDown(megabitsPerSecond: 300)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                let transfer = try await client.curl(Pod.url(web.ipv4, path: "/fifty"))
                #expect(transfer.seconds > 1 && transfer.bodyBytes == 50_000_000)
                let interval = try await observation.agrees(with: ["GET 200": 1])
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let row = try #require(interval.requestRows(of: workload, side).first)
                    let seconds = (row.milliseconds("duration_p50_ns") ?? 0) / 1000
                    #expect(abs(seconds / transfer.seconds - 1) < 0.05, "\(side): \(seconds) s, curl: \(transfer.seconds) s")
                    #expect((row.milliseconds("latency_p50_ns") ?? 1000) < 50, "\(side): \(row)")
                }
                try await observation.finish()
            }
        }
    }
}
