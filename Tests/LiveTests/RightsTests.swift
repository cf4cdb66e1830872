// A user who is not root: which capabilities prove necessary, and what is said where one is missing. What doctor says.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct RightsTests {
        private static let nobody = "65534"
        private static let all = ["bpf", "perfmon", "net_admin", "sys_admin", "sys_ptrace", "dac_read_search"]

        /// What runs podglass as a user with these capabilities and no other.
        private func command(_ capabilities: [String], in laboratory: Laboratory) throws -> [String] {
            // A place that everybody may enter.
            let copy = laboratory.directory + "/podglass"
            if !FileManager.default.fileExists(atPath: copy) { try FileManager.default.copyItem(atPath: Podglass.path, toPath: copy) }
            let wanted = (["-all"] + capabilities.map { "+" + $0 }).joined(separator: ",")
            return [
                "setpriv", "--reuid=\(Self.nobody)", "--regid=\(Self.nobody)", "--clear-groups", "--inh-caps=\(wanted)",
                "--ambient-caps=\(wanted)", "--bounding-set=\(wanted)", "--", copy,
            ]
        }

        private func run(_ arguments: [String], _ capabilities: [String], in laboratory: Laboratory) async throws -> Program.Finished {
            let command = try command(capabilities, in: laboratory)
            return try await Program.run(
                command + arguments, environment: ["SWIFT_BACKTRACE": "enable=no"], directory: laboratory.directory)
        }

        @Test("with what is essential a user who is not root sees flows by pod, with the rest all that root sees", arguments: [2, 6])
        func capabilities(count: Int) async throws {
            try await withLaboratory { laboratory in
                let server = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await server.python(Pod.serverSource(.sleepy, port: 8080))
                let arguments = ["top", "flows", "-o", "json", "--count", "2", "--interval", "2s", "--host-root", laboratory.hostRoot]
                let program = try Program(
                    try command(Array(Self.all.prefix(count)), in: laboratory) + arguments, environment: ["SWIFT_BACKTRACE": "enable=no"],
                    directory: laboratory.directory)
                let observation = Observation(program)
                _ = try await observation.next()
                for _ in 0..<3 { #expect(try await client.curl(Pod.url(server.ipv4, port: 8080)).code == 200) }
                let interval = try await observation.next()
                #expect(interval.flow(of: "client", "outbound", port: 8080)?["connections_opened_total"].int == 3)
                #expect(try await program.ended() == .exited(0), "\(program.errors)")
                let off = interval.status["probes"].array.filter { $0["state"] == .string("refused") }.compactMap { $0["name"].string }
                #expect(off == (count == 2 ? ["requests_egress", "requests_ingress"] : []))
                let unvisited = interval.status["lost"]["namespaces_unvisited"].int ?? 0
                #expect(count == 2 ? unvisited > 0 : unvisited == 0)
            }
        }

        @Test("without one that is essential it ends with 77, and one sentence names it", arguments: ["bpf", "perfmon"])
        func missing(capability: String) async throws {
            try await withLaboratory { laboratory in
                // CAP_SYS_ADMIN would hold it.
                let rest = Self.all.filter { $0 != capability && $0 != "sys_admin" }
                let finished = try await run(["top", "flows", "--count", "2"], rest, in: laboratory)
                #expect(finished.ending == .exited(77) && finished.output.isEmpty)
                #expect(finished.errors.hasPrefix("podglass: cannot observe this node without CAP_\(capability.uppercased()):"))
                #expect(finished.errors.split(separator: "\n").count == 1 && finished.errors.contains("setcap"))
            }
        }

        @Test("doctor fits a screen and ends with what it found: root, no rights, some rights") func doctor() async throws {
            try await withLaboratory { laboratory in
                let arguments = ["doctor", "-o", "table", "--host-root", laboratory.hostRoot]
                let root = try await Podglass.run(arguments, in: laboratory.directory)
                let none = try await run(arguments, [], in: laboratory)
                let some = try await run(arguments, ["bpf", "perfmon"], in: laboratory)
                #expect(root.ending == .exited(0), "\(root.output)\(root.errors)")
                #expect(none.ending == .exited(77) && some.ending == .exited(1))
                for finished in [root, none, some] {
                    let lines = finished.output.split(separator: "\n", omittingEmptySubsequences: false)
                    #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(finished.output)")
                    #expect(finished.errors.isEmpty)
                    for name in ["cgroup path", "pod logs", "kubelet", "API server", "connection tracking"] {
                        #expect(lines.count { $0.dropFirst(10).hasPrefix(name + " ") } == 1, "\(name)")
                    }
                }
                #expect(root.output.contains("works     requests") && some.output.contains("CAP_NET_ADMIN is missing"))
                #expect(none.output.contains("missing: CAP_BPF and CAP_PERFMON") && !none.output.contains("works     drops"))
            }
        }

        @Test("doctor's JSON has a line a finding") func json() async throws {
            try await withLaboratory { laboratory in
                // The tree of cgroups works where a pod is found in it.
                _ = try laboratory.pod("web")
                let finished = try await Podglass.run(
                    ["doctor", "-o", "json", "--host-root", laboratory.hostRoot], in: laboratory.directory)
                let lines = try finished.output.split(separator: "\n").map { try JSON($0) }
                #expect(lines.allSatisfy { $0["type"] == .string("signal") && $0["state"].string != nil })
                for (group, count) in [("place", 1), ("probe", 19), ("name", 6), ("right", 6)] {
                    #expect(lines.count { $0["group"] == .string(group) } == count, "\(group)")
                }
                let tree = lines.first { $0["signal"] == .string("cgroup path") }
                #expect(tree?["state"] == .string("works"), "\(finished.output)")
            }
        }

        @Test("the sources are a table, and the bare stream leaves single requests to those who ask") func sources() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "sources"], in: laboratory)
                let names = try await observation.next().rows(["type": .string("source")]).compactMap { $0["source"].string }
                #expect(Set(names).isSuperset(of: ["cgroup path", "pod logs", "connection tracking"]))
                try await observation.finish()
            }
        }
    }
}
