// What no well-behaved client sends: garbage, heads without end, more paths than anyone has, text that would command a terminal.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct HostileRequestTests {
        /// Ends a terminal's line, colours it, renames its window, turns it around, and is no UTF-8 at all.
        private static let spell = "\u{1b}[31mred\u{7}\u{1b}]0;owned\u{7}\u{202e}cod\u{2066}\u{85}\u{9b}2J\r\u{0}"

        /// What may not come out of podglass as it went in.
        private static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x0a: false
            case 0..<0x20, 0x7f...0x9f: true
            case 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069, 0x61c: true
            default: false
            }
        }

        @Test("escape sequences in paths, hosts and DNS names come out harmless, in lines and on the screen") func escapes() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try await web.serve(.sleepy, port: 9000)
                _ = try await web.nsd()
                let observations = try await [
                    Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory),
                    Podglass.observe(["top", "flows"], interval: "500ms", in: laboratory),
                ]
                var streams: [Program] = []
                for output in ["compact", "json", "jsonpb"] {
                    streams.append(
                        try Program(
                            [Podglass.path, "observe", "-f", "-o", output, "--host-root", laboratory.hostRoot],
                            directory: laboratory.directory,
                            label: "observe-\(output)"))
                }
                let terminal = try Terminal(columns: 160, rows: 50, directory: laboratory.directory)
                defer { terminal.close() }
                try terminal.command("\(Podglass.path) --host-root \(laboratory.hostRoot)")
                try await terminal.shows("the console") { $0.contains { $0.contains("WORKLOAD") } }

                try await Task.sleep(for: .seconds(2))
                let request = "GET /\(Self.spell)/x?\(Self.spell) HTTP/1.1\r\nHost: \(Self.spell)\r\nCookie: secret=hunter2\r\n\r\n"
                for _ in 0..<3 {
                    try await client.converse(web.ipv4, port: 9000, [.send(request.replacing("\r\u{0}", with: "")), .listen])
                }
                let labels = Array(Self.spell.utf8) + Array("\u{ff}".utf8)
                let asked = try await client.run([
                    "python3", "-c",
                    """
                    import socket
                    label = bytes(\(labels))[:60]
                    query = b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00" + bytes([len(label)]) + label + b"\\x04test\\x00\\x00\\x01\\x00\\x01"
                    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    asking.settimeout(3)
                    asking.sendto(query, ("\(web.ipv4)", 53))
                    print(len(asking.recv(4096)))
                    """,
                ])
                #expect(asked.ending == .exited(0), "\(asked.errors)")

                let interval = try await observations[0].settled(within: .seconds(6)) {
                    $0.tally(of: "web", "server", port: 9000) == ["GET 200": 3]
                        && $0.tally(of: "client", "client", application: "dns") == ["A REFUSED": 1]
                }
                #expect(interval.tally(of: "web", "server", port: 9000) == ["GET 200": 3])
                #expect(interval.tally(of: "client", "client", application: "dns") == ["A REFUSED": 1])
                try terminal.type(":requests")
                try terminal.press("Enter")
                let screen = try await terminal.shows("the requests") { $0.contains { $0.contains("GET") } }
                #expect(!screen.joined().unicodeScalars.contains(where: Self.isHostile))
                for stream in streams { stream.signal(SIGINT) }
                for stream in streams { _ = try await stream.ended() }
                for observation in observations { try await observation.finish() }
                for program in streams + observations.map(\.program) {
                    let output = program.output
                    #expect(output.contains("red"), "\(program.arguments)")
                    #expect(!output.unicodeScalars.contains(where: Self.isHostile), "\(program.arguments)")
                    #expect(!output.contains("hunter2"), "a credential is in \(program.arguments)")
                }
            }
        }

        @Test("hostile names of pods, processes and cgroups come out harmless in every format and on the screen") func names() async throws
        {
            try await withLaboratory { laboratory in
                // What file systems let through: no NUL, no slash, and of a cgroup no line end.
                let name = "evil\u{1b}[31m\u{7}\u{9b}2J\u{202e}\u{85}"
                let web = try laboratory.pod(name + "\n", namespace: "ns" + name, container: "c" + name)
                let client = try laboratory.pod("client")
                try await web.serve(.sleepy, port: 9000)
                let unit = (Cgroup.mount ?? "") + "/" + laboratory.name + name + ".service"
                #expect(mkdir(unit, 0o755) == 0)
                defer { rmdir(unit) }
                // A process that calls itself something, in a unit that is called so, too; it goes on until the end.
                let script = """
                    import ctypes, socket, time
                    ctypes.CDLL(None).prctl(15, b"\\x1b[31m\\x9b\\xffowned", 0, 0, 0)
                    while True:
                        s = socket.create_connection(("\(web.ipv4)", 9000))
                        s.sendall(b"GET /x HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                        s.recv(99)
                        time.sleep(0.2)
                    """
                let join = #"echo $$ >"$1/cgroup.procs" && exec nsenter --net="$2" -- python3 -c "$3""#
                let caller = try Program(
                    ["sh", "-c", join, "sh", unit, "/run/netns/" + client.networkNamespace, script], directory: laboratory.directory,
                    label: "caller")
                defer { caller.stop() }
                let commands = [
                    ["top", "flows", "-o", "json"], ["top", "flows", "-o", "csv"], ["top", "flows", "-o", "table"],
                    ["top", "connections", "-o", "table"], ["top", "requests", "-o", "table"], ["snapshot", "--duration", "5s"],
                    ["observe", "-f", "-o", "compact"], ["observe", "-f", "-o", "json"], ["observe", "-f", "-o", "jsonpb"],
                ]
                for (index, arguments) in commands.enumerated() {
                    let program = try Program(
                        [Podglass.path] + arguments + ["--host-root", laboratory.hostRoot], directory: laboratory.directory,
                        label: "hostile-\(index)")
                    try await program.says("evil", within: .seconds(30))
                    if arguments[0] != "snapshot" { program.signal(SIGINT) }
                    #expect(try await program.ended() == .exited(0))
                    let output = program.output.replacing("\r\n", with: "\n")
                    #expect(!output.unicodeScalars.contains(where: Self.isHostile), "\(arguments)")
                    #expect(!program.errors.unicodeScalars.contains(where: Self.isHostile), "\(arguments)")
                }
                let terminal = try Terminal(columns: 160, rows: 50, directory: laboratory.directory)
                defer { terminal.close() }
                try terminal.command("\(Podglass.path) --host-root \(laboratory.hostRoot)")
                let screen = try await terminal.shows("the pod", within: .seconds(30)) { $0.contains { $0.contains("evil") } }
                #expect(!screen.joined().unicodeScalars.contains(where: Self.isHostile))
            }
        }

        @Test("a recording holds no query string and no credential, unless query strings are asked for; headers never") func recording()
            async throws
        {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try await web.serve(.sleepy, port: 9000)
                for options in [[], ["--query-strings"]] {
                    let file = laboratory.directory + "/\(options.count).podglass"
                    let program = try Program(
                        [Podglass.path, "record", "-w", file, "--host-root", laboratory.hostRoot] + options, directory: laboratory.directory
                    )
                    try await Task.sleep(for: .seconds(3))
                    let request =
                        "GET http://user:hunter1@lab/form?token=hunter2 HTTP/1.1\r\nAuthorization: Bearer hunter3\r\nHost: lab\r\n\r\n"
                    for _ in 0..<3 { try await client.converse(web.ipv4, port: 9000, [.send(request), .listen]) }
                    try await Task.sleep(for: .seconds(2))
                    program.signal(SIGINT)
                    #expect(try await program.ended() == .exited(0), "\(program.errors)")
                    var status = stat()
                    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
                    let observed = try await Podglass.run(
                        ["observe", "--input-file", file, "-o", "json", "--query-strings"], in: laboratory.directory)
                    let replayed = try await Podglass.run(["replay", file, "-o", "json"], in: laboratory.directory)
                    #expect(observed.output.contains("/form?") && replayed.output.contains("/form"), "\(observed.errors)\(replayed.errors)")
                    #expect(
                        observed.output.contains("hunter2") == !options.isEmpty && observed.output.contains("hunter1") == !options.isEmpty)
                    #expect(!observed.output.contains("hunter3") && !replayed.output.contains("hunter"))
                }
            }
        }

        @Test("garbage is no request and costs no byte: the flow's bytes are exact, nothing is lost") func garbage() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                for port in 9000..<9003 { try await web.serve(.silent, port: port) }
                let flows = try await Podglass.observe(["top", "flows"], interval: "500ms", in: laboratory)
                let requests = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                try await client.converse(
                    web.ipv4,
                    (0..<30).map { index in
                        let beginnings: [Step] = [
                            .pause(milliseconds: 1), .send("GETTING on with it\r\n"), .send("HTTP/1.1 200 OK\r\n\r\n"),
                        ]
                        return (
                            port: 9000 + index % 3,
                            steps: [beginnings[index % 3], .sendRandom(bytes: 50_000), .pause(milliseconds: 20), .sendRandom(bytes: 9)]
                        )
                    })
                let bytes = [500_090, 500_290, 500_280]
                func received(_ interval: Interval) -> [Int?] {
                    (0..<3).map { interval.flow(of: "web", "inbound", port: 9000 + $0)?["received_bytes_total"].int }
                }
                let interval = try await flows.settled(within: .seconds(6)) { received($0) == bytes }
                #expect(received(interval) == bytes)
                let told = try await requests.next()
                for port in 9000..<9003 { #expect(told.tally(of: "web", "server", port: port).isEmpty) }
                #expect(told.lost == 0)
                for observation in [flows, requests] { try await observation.finish() }
            }
        }

        @Test("a head longer than 64 KiB: counted once, or said to be not understood; what follows is counted") func longHead() async throws
        {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                try await web.serve(.sleepy, port: 9000)
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                let long =
                    "GET /long HTTP/1.1\r\nHost: lab\r\n"
                    + String(repeating: "X-Long: \(String(repeating: "v", count: 1000))\r\n", count: 100) + "\r\n"
                let short = "GET /short HTTP/1.1\r\nHost: lab\r\n\r\n"
                try await client.converse(
                    web.ipv4, port: 9000, [.send(short), .listen, .send(long), .listen, .send(short), .listen])
                // Never ends.
                try await client.converse(
                    web.ipv4, port: 9000,
                    [.send("GET /endless HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 20_000)), .pause(milliseconds: 50)])
                try await client.converse(web.ipv4, port: 9000, [.send(short), .listen])
                let interval = try await observation.settled(within: .seconds(4)) {
                    $0.tally(of: "web", "server", port: 9000)["GET 200"] == 4
                }
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let tally = interval.tally(of: workload, side, port: 9000)
                    let answered = tally["GET 200", default: 0]
                    // Four were answered; on an own connection, and before the long one, nothing excuses a miss.
                    #expect((2...4).contains(answered), "\(side): \(tally)")
                    #expect(4 - answered <= interval.notUnderstood, "\(side): \(tally), \(interval.status["not_understood"])")
                    #expect(Set(tally.keys).isSubset(of: ["GET 200", "GET unanswered"]))
                }
                #expect(interval.lost == 0, "\(interval.status["lost"])")
                try await observation.finish()
            }
        }

        @Test("20,000 distinct paths: few rows, the rest shared, and the sum is what nginx logged") func paths() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx(server: #"location /p/ { return 200 "x"; }"#, http: "keepalive_requests 1000000;")
                let observation = try await Podglass.observe(["top", "requests"], interval: "500ms", in: laboratory)
                // Words that no template of a path can take for numbers or identifiers.
                let syllables = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu"]
                let urls = (0..<20_000).map { index in
                    let word = [10_000, 1000, 100, 10, 1].map { syllables[index / $0 % 10] }.joined()
                    return Pod.url(web.ipv4, path: "/p/\(word)/\(word)shire")
                }
                // Each connection begins with the first path: one connection asks for each once.
                try await client.h2load(urls, requests: 20_000, connections: 1)
                _ = try await server.log(of: 20_000)
                let interval = try await observation.agrees(with: ["GET 200": 20_000])
                for (workload, side) in [("web", "server"), ("client", "client")] {
                    let rows = interval.requestRows(of: workload, side)
                    #expect(rows.count <= 210, "\(rows.count) rows at the \(side)")
                    // Those without a row of their own: in ~other, or in a template that was found to fit.
                    let shared = rows.filter { $0["route"].string?.contains { "~{".contains($0) } == true }
                    #expect(shared.reduce(0) { $0 + ($1["requests_total"].int ?? 0) } > 10_000, "\(rows.prefix(3).map(\.["route"]))")
                }
                try await observation.finish()
            }
        }
    }
}
