// Events that the kernel runs no program for are told, none more than there were: nft's count beside podglass's.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct UnseenEventTests {
        @Test("drops are as many as nft counted, less at most those told as unseen; kinds of retransmits likewise")
        func drops() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let drops = try await Podglass.observe(["top", "drops"], in: laboratory)
                let flows = try await Podglass.observe(["top", "flows"], in: laboratory)
                let kinds = try await Podglass.observe(["top", "retransmits"], in: laboratory)
                try client.firewall(input: ["meta l4proto tcp numgen random mod 100 < 5 counter drop"])
                try web.firewall(input: ["meta l4proto tcp numgen random mod 100 < 5 counter drop"])
                _ = try await client.ab(Pod.url(web.ipv4), requests: 2000, concurrency: 40)

                var told = try await drops.next()
                var (dropped, steady) = (0, 0)
                let deadline = ContinuousClock.now + .seconds(60)
                // Until nothing was dropped for some intervals: lost FINs are sent again for a while.
                while steady < 4, ContinuousClock.now < deadline {
                    let before = dropped
                    dropped = try web.packetsOfFirewall() + client.packetsOfFirewall()
                    told = try await drops.next(2)
                    steady = dropped == before ? steady + 1 : 0
                }
                let shown = told.rows(["cause": .string("NETFILTER_DROP")]).reduce(0) { $0 + ($1["total"].int ?? 0) }
                let unseen = (told.status["lost"]["drops_unseen"].int ?? 0) + (told.status["lost"]["runs_missed"].int ?? 0)
                #expect(dropped > 0 && shown <= dropped)
                // Others than nft's may be among the unseen ones.
                #expect(shown + unseen >= dropped, "\(shown) and \(unseen) of \(dropped)")

                let total = try await flows.next()
                let known = try await kinds.next()
                let missing =
                    ["web", "client"].reduce(0) { $0 + total.sum("retransmits_total", of: $1) - known.sum("total", of: $1) }
                let lost = known.status["lost"]
                #expect(missing <= (lost["retransmits_unseen"].int ?? 0) + (lost["runs_missed"].int ?? 0))
                for observation in [drops, flows, kinds] { try await observation.finish() }
            }
        }

        @Test(
            "where tracefs is mounted the kernel counts the same events",
            .enabled(if: FileManager.default.fileExists(atPath: "/sys/kernel/tracing/events")))
        func row() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "probes"], in: laboratory)
                guard case .array(let probes) = try await observation.next().status["probes"] else {
                    Issue.record("no probes")
                    return
                }
                let row = try #require(probes.first { $0["name"] == .string("event_counts") })
                #expect(row["state"] == .string("loaded") && row["reason"] == .null)
                try await observation.finish()
            }
        }
    }
}
