// What a running podglass may still do: the capabilities of each of its threads, read by another process, and that nothing is missed
// for those that were given up.

import Foundation
import LabSupport
import Probes
import Testing

/// What the kernel says of a thread (proc_pid_status(5)).
private struct ThreadRights: Hashable, CustomStringConvertible {
    var name = ""
    var isFirst = false
    var permitted: UInt64 = 0
    var effective: UInt64 = 0
    var inheritable: UInt64 = 0
    var ambient: UInt64 = 0
    var bounding: UInt64 = 0
    var gainsNothing = false
    var isFiltered = false

    var kept: CapabilitySet { CapabilitySet(rawValue: permitted) }
    var description: String { "\(name): \(kept.names)" }

    static func all(of pid: Int32) -> [ThreadRights] {
        let directory = "/proc/\(pid)/task"
        var threads = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).compactMap { Int32($0) }.sorted()
        // The thread sanitizer starts a thread of its own before the first line of podglass runs.
        let isSanitized = ProcessInfo.processInfo.environment["PODGLASS_SANITIZER"] == "thread"
        if isSanitized, threads.count > 1 { threads.remove(at: 1) }
        return threads.compactMap { thread in
            guard let text = try? String(contentsOfFile: "\(directory)/\(thread)/status", encoding: .utf8) else { return nil }
            var rights = ThreadRights()
            rights.isFirst = thread == pid
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "\t", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let bits = UInt64(parts[1], radix: 16) ?? .max
                switch parts[0] {
                case "Name:": rights.name = String(parts[1])
                case "CapPrm:": rights.permitted = bits
                case "CapEff:": rights.effective = bits
                case "CapInh:": rights.inheritable = bits
                case "CapAmb:": rights.ambient = bits
                case "CapBnd:": rights.bounding = bits
                case "NoNewPrivs:": rights.gainsNothing = parts[1] == "1"
                case "Seccomp:": rights.isFiltered = parts[1] == "2"
                default: break
                }
            }
            return rights
        }
    }
}

extension Live {
    @Suite struct KeptRightsTests {
        /// What docs/rights.md says of the thread that collects: everything else is given up.
        private static let collecting: CapabilitySet = Set<StandingNeed>([.cgroups, .pods, .translations]).keeps

        /// Processes whose command line holds `text`, which no other has.
        private func processes(with text: String, named name: String) -> [Int32] {
            let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
            return pids.filter { pid in
                let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
                let comm = FileManager.default.contents(atPath: "/proc/\(pid)/comm") ?? Data()
                return String(decoding: comm, as: UTF8.self) == name + "\n" && String(decoding: command, as: UTF8.self).contains(text)
            }
        }

        /// Looks until the start is over: the collector's thread has given up what it loads with.
        private func settledThreads(of pid: Int32) async throws -> [ThreadRights] {
            var threads: [ThreadRights] = []
            for _ in 0..<200 * Patience.factor {
                threads = ThreadRights.all(of: pid)
                if threads.count > 1, threads.allSatisfy({ Self.collecting.union(.override).contains($0.kept) }) { return threads }
                try await Task.sleep(for: .milliseconds(50))
            }
            return threads
        }

        /// Exactly what is documented: one thread collects, the first has `first`, all others nothing.
        private func check(_ threads: [ThreadRights], first: CapabilitySet = [], isBounded: Bool = true, _ what: String) {
            #expect(threads.count > 1, "\(what)")
            for thread in threads {
                #expect(thread.effective == thread.permitted, "\(what), \(thread)")
                #expect(thread.inheritable == 0 && thread.ambient == 0 && thread.gainsNothing, "\(what), \(thread)")
                if isBounded { #expect(thread.bounding == thread.permitted, "\(what), \(thread)") }
            }
            #expect(threads.filter(\.isFirst).map(\.kept) == [first], "\(what): \(threads)")
            let others = threads.filter { !$0.isFirst }
            #expect(others.filter { $0.kept == Self.collecting }.count == 1, "\(what): \(threads)")
            #expect(others.allSatisfy { $0.kept == Self.collecting || $0.kept.isEmpty }, "\(what): \(threads)")
        }

        @Test(
            "each thread keeps what is documented and nothing else, and the keeper of the statistics its one capability behind a filter",
            arguments: ["top", "observe", "record", "snapshot"])
        func commands(command: String) async throws {
            try await withLaboratory { laboratory in
                let arguments = [
                    "top": ["top", "flows", "-o", "json"], "observe": ["observe", "-f"], "snapshot": ["snapshot", "--duration", "1m"],
                    "record": ["record", "-w", laboratory.directory + "/x.podglass"],
                ]
                let program = try Program(
                    [Podglass.path] + (arguments[command] ?? []) + ["--host-root", laboratory.hostRoot],
                    environment: ["SWIFT_BACKTRACE": "enable=no"], directory: laboratory.directory)
                check(try await settledThreads(of: program.pid), command)
                let keepers = processes(with: laboratory.hostRoot, named: "podglass-stats")
                #expect(keepers.count == 1)
                for keeper in keepers {
                    let threads = ThreadRights.all(of: keeper)
                    #expect(threads.map(\.kept) == [CapabilitySet(.systemAdministration)], "\(threads)")
                    #expect(threads.allSatisfy { $0.isFiltered && $0.gainsNothing && $0.bounding == $0.permitted })
                    // Its socket, and while it answers the statistics' descriptor.
                    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(keeper)/fd")) ?? []
                    #expect((1...2).contains(open.count), "\(open)")
                }
                program.signal(SIGINT)
                #expect(try await program.ended(within: .seconds(10)) == .exited(0), "\(program.errors)")
                for _ in 0..<100 where !processes(with: laboratory.hostRoot, named: "podglass-stats").isEmpty { usleep(20_000) }
                #expect(processes(with: laboratory.hostRoot, named: "podglass-stats").isEmpty, "the keeper outlived podglass")
            }
        }

        @Test("the keeper ends with a podglass that is killed") func killed() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                #expect(processes(with: laboratory.hostRoot, named: "podglass-stats").count == 1)
                observation.program.signal(SIGKILL)
                _ = try await observation.program.ended()
                for _ in 0..<100 where !processes(with: laboratory.hostRoot, named: "podglass-stats").isEmpty { usleep(20_000) }
                #expect(processes(with: laboratory.hostRoot, named: "podglass-stats").isEmpty)
            }
        }

        @Test("the console keeps CAP_DAC_OVERRIDE only where w saves into another user's directory, and saves there") func console()
            async throws
        {
            try await withLaboratory { laboratory in
                for (name, first) in [("own", CapabilitySet()), ("other", .override)] {
                    let directory = laboratory.directory + "/" + name
                    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                    if name == "other" { #expect(chown(directory, 65_534, 65_534) == 0) }
                    let terminal = try Terminal(columns: 100, rows: 30, directory: laboratory.directory)
                    defer { terminal.close() }
                    try terminal.command("cd \(directory) && \(Podglass.path) --host-root \(laboratory.hostRoot)")
                    try await terminal.shows("the console") { $0.contains { $0.contains("WORKLOAD") } }
                    let pid = try #require(processes(with: laboratory.hostRoot, named: "podglass").first)
                    check(try await settledThreads(of: pid), first: first, "the console in \(name)")
                    try terminal.press("w")
                    try await terminal.shows("that it was saved") { $0.contains { $0.contains("saved to podglass-") } }
                    let saved = try FileManager.default.contentsOfDirectory(atPath: directory)
                    #expect(saved.count == 1)
                    for file in saved {
                        var status = stat()
                        #expect(stat(directory + "/" + file, &status) == 0 && status.st_mode & 0o777 == 0o600)
                    }
                    try terminal.press("q")
                    try await terminal.shows("the shell") { _ in try !terminal.modes().isAlternateScreen }
                }
            }
        }

        @Test("after that a pod that is new has its name, flows, requests, usage and address; cost and connection tracking are known")
        func everything() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "flows"], interval: "500ms", in: laboratory)
                let pods = try await Podglass.observe(["top", "pods"], interval: "500ms", in: laboratory)
                let requests = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                let sources = try await Podglass.observe(["top", "sources"], interval: "500ms", in: laboratory)
                let connections = try await Podglass.observe(["top", "connections"], interval: "500ms", in: laboratory)
                for program in [observation, pods, requests, sources, connections].map(\.program) {
                    check(try await settledThreads(of: program.pid), "before")
                }
                // Both are made when everything has been given up.
                let server = try laboratory.pod("late-web")
                let client = try laboratory.pod("late-client")
                _ = try await server.python(Pod.serverSource(.sleepy, port: 8080))
                for _ in 0..<3 { #expect(try await client.curl(Pod.url(server.ipv4, port: 8080)).code == 200) }
                let flows = try await observation.settled(within: .seconds(12)) {
                    $0.flow(of: "late-client", "outbound", port: 8080)?["connections_opened_total"].int == 3
                        && $0.status["self"]["probe_cpu_ratio"].double != nil
                }
                let flow = flows.flow(of: "late-client", "outbound", port: 8080)
                #expect(flow?["connections_opened_total"].int == 3)
                // Its address is read through its namespace's files.
                #expect(flow?["peer"].string?.hasSuffix("late-web") == true, "\(flow?["peer"] ?? .null)")
                // The keeper is asked, and answers.
                #expect(flows.status["self"]["probe_cpu_ratio"].double != nil)
                let counted = try await requests.settled(within: .seconds(6)) {
                    $0.tally(of: "late-web", "server", port: 8080) == ["GET 200": 3]
                }
                #expect(counted.tally(of: "late-web", "server", port: 8080) == ["GET 200": 3])
                let used = try await pods.settled(within: .seconds(6)) {
                    $0.rows(["workload": .string("late-web")]).first?["cpu_ratio"].double != nil
                }
                #expect(used.rows(["workload": .string("late-web")]).first?["cpu_ratio"].double != nil)
                let told = try await sources.next().rows(["source": .string("connection tracking")]).first
                #expect(told?["reason"].string?.contains("CAP_NET_ADMIN") != true, "\(told ?? .null)")
                for observation in [observation, pods, requests, sources, connections] { try await observation.finish() }
            }
        }

        @Test("a user who is not root keeps the same, given by a file's capabilities") func fileCapabilities() async throws {
            try await withLaboratory { laboratory in
                let copy = laboratory.directory + "/podglass"
                try FileManager.default.copyItem(atPath: Podglass.path, toPath: copy)
                // VFS_CAP_REVISION_2, effective (capabilities(7)): the six that docs/rights.md names.
                let bits = Capability.allCases.reduce(UInt64(0)) { $0 | CapabilitySet($1).rawValue }
                try Program.must(
                    [
                        "python3", "-c",
                        "import os, struct; os.setxattr('\(copy)', 'security.capability', "
                            + "struct.pack('<5I', 0x02000001, \(bits) & 0xffffffff, 0, \(bits) >> 32, 0))",
                    ], directory: laboratory.directory)
                let program = try Program(
                    [
                        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", copy, "top", "flows", "-o", "json",
                        "--interval",
                        "500ms", "--host-root", laboratory.hostRoot,
                    ], environment: ["SWIFT_BACKTRACE": "enable=no"], directory: laboratory.directory)
                let observation = Observation(program)
                _ = try await observation.next()
                // Without CAP_SETPCAP the bounding set stays; no_new_privs makes it worth nothing.
                check(try await settledThreads(of: program.pid), isBounded: false, "as nobody")
                let interval = try await observation.settled(within: .seconds(8)) { $0.status["self"]["probe_cpu_ratio"].double != nil }
                #expect(interval.status["self"]["probe_cpu_ratio"].double != nil)
                #expect(interval.status["lost"]["namespaces_unvisited"].int ?? 0 == 0)
                try await observation.finish()
            }
        }

        @Test("a replay keeps nothing, whoever plays it") func replay() async throws {
            try await withLaboratory { laboratory in
                // By a name that no other process has.
                let link = laboratory.directory + "/podglass"
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Podglass.path)
                let terminal = try Terminal(columns: 100, rows: 30, directory: laboratory.directory)
                defer { terminal.close() }
                try terminal.command("cd \(laboratory.directory) && \(link) demo")
                try await terminal.shows("the console") { $0.contains { $0.contains("WORKLOAD") } }
                let pid = try #require(processes(with: link, named: "podglass").first)
                let threads = try await settledThreads(of: pid)
                #expect(threads.count > 1 && threads.allSatisfy { $0.kept.isEmpty && $0.bounding == 0 && $0.gainsNothing }, "\(threads)")
            }
        }
    }
}
