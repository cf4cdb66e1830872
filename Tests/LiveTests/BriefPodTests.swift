// Who lives shorter than an interval: a pod that is gone with its cgroup, a process of 50 ms, many cgroups at once.

import LabSupport
import Testing

extension Live {
    @Suite struct BriefPodTests {
        @Test("a pod that lived less than 100 ms and is gone with its cgroup has its name") func pod() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("server")
                let network = try laboratory.pod("network")
                _ = try await server.nginx()
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                let brief = try await laboratory.briefPod("brief", in: network, asking: Pod.url(server.ipv4))
                #expect(brief.lifetime < Duration.milliseconds(500).patient, "it lived for \(brief.lifetime)")
                let interval = try await observation.settled(within: .seconds(5)) { $0.flow(of: "brief", "outbound") != nil }
                let flow = try #require(interval.flow(of: "brief", "outbound"))
                #expect(flow["pod"] == .string("brief") && flow["namespace"] == .string("default") && flow["container"] == .string("main"))
                #expect(flow["connections_opened_total"] == .int(1) && flow["connections"] == .int(0))
                #expect(interval.flow(of: "server", "inbound")?["peer"] == .string("default/brief"))
                #expect(interval.rows.allSatisfy { $0["workload"].string?.contains("(ended)") != true })
                try await observation.finish()
            }
        }

        @Test("a process that lived shorter than an interval has its name") func process() async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("server")
                let node = try laboratory.node()
                _ = try await server.nginx()
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                _ = try await node.run(["curl", "-sf", "-o", "/dev/null", Pod.url(server.ipv4)])
                let interval = try await observation.settled(within: .seconds(5)) { $0.flow(of: "curl", "outbound") != nil }
                #expect(interval.flow(of: "curl", "outbound")?["peer"] == .string("default/server"))
                try await observation.finish()
            }
        }

        @Test("a burst of new cgroups is told up to the budget, and the rest is counted; nothing is lost") func burst() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "probes"], interval: "500ms", in: laboratory)
                _ = try await Program.run(
                    [
                        "python3", "-c",
                        """
                        import os, sys
                        for number in range(4000):
                            os.mkdir(sys.argv[1])
                            os.rmdir(sys.argv[1])
                        """, (Cgroup.mount ?? "") + "/\(laboratory.name)-burst",
                    ], directory: laboratory.directory)
                let interval = try await observation.next(2)
                #expect((interval.status["sampled_out"]["cgroups"].int ?? 0) > 0)
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                try await observation.finish()
            }
        }
    }
}
