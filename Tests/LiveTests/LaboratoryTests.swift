// The laboratory itself, without podglass: what the other live tests stand on.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct LaboratoryTests {
        @Test("a pod fetches a file from another, over IPv4, IPv6 and v4-mapped") func fetches() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("megabyte", bytes: 1 << 20)
                for url in [
                    Pod.url(web.ipv4, path: "/megabyte"), Pod.url(web.ipv6, path: "/megabyte"),
                    Pod.url(web.ipv4, port: 8080, path: "/megabyte"),
                ] {
                    let transfer = try await client.curl(url)
                    #expect(transfer.status == 0 && transfer.code == 200 && transfer.bodyBytes == 1 << 20)
                    let logged = try #require(try await server.log(of: server.log.count).last)
                    #expect(logged.sentBytes == transfer.headerBytes + transfer.bodyBytes)
                    #expect(logged.receivedBytes == transfer.requestBytes)
                }
                #expect(try await server.log(of: 3).allSatisfy { $0.status == 200 && $0.uri == "/megabyte" })
            }
        }

        @Test("a pod's process is in its cgroup and its network namespace, and has its log directory") func belongs() async throws {
            try await withLaboratory { laboratory in
                let pod = try laboratory.pod("web-7f9c", namespace: "shop", container: "nginx")
                let program = try pod.start(["sleep", "60"])
                let process = "/proc/\(program.pid)"
                while try String(contentsOfFile: process + "/comm", encoding: .utf8) != "sleep\n" {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let cgroups = try String(contentsOfFile: process + "/cgroup", encoding: .utf8)
                let uid = pod.uid.replacingOccurrences(of: "-", with: "_")
                #expect(
                    cgroups.contains(
                        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(uid).slice/cri-containerd-\(pod.containerID).scope"
                    ))
                var ours = stat(), theirs = stat()
                #expect(stat(process + "/ns/net", &ours) == 0 && stat("/run/netns/" + pod.networkNamespace, &theirs) == 0)
                #expect(ours.st_ino == theirs.st_ino)
                #expect(pod.cgroup.id > 1)
                let log = "\(laboratory.hostRoot)/var/log/pods/shop_web-7f9c_\(pod.uid)/nginx/0.log"
                #expect(FileManager.default.fileExists(atPath: log))
                let link = "\(laboratory.hostRoot)/var/log/containers/web-7f9c_shop_nginx-\(pod.containerID).log"
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link).hasPrefix("/var/log/pods/shop_web-7f9c_"))
            }
        }

        @Test("ab opens at least as many connections as it is asked to, our own client exactly as many") func load() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let before = try (client.counter("TcpActiveOpens"), web.counter("TcpPassiveOpens"))
                let report = try await client.ab(Pod.url(web.ipv4), requests: 500, concurrency: 20)
                #expect(report.completed == 500 && report.failed == 0)
                let opened = try (client.counter("TcpActiveOpens") - before.0, web.counter("TcpPassiveOpens") - before.1)
                #expect(opened.0 == opened.1 && (500...520).contains(opened.0))
                try await client.connect(300, to: web.ipv6)
                #expect(try client.counter("TcpActiveOpens") - before.0 - opened.0 == 300)
            }
        }

        @Test("5 % loss makes the sender retransmit") func loss() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                let server = try await web.nginx()
                try server.file("ten", bytes: 10 << 20)
                try client.lose(percent: 5)
                #expect(try web.counter("TcpRetransSegs") == 0)
                #expect(try await client.curl(Pod.url(web.ipv4, path: "/ten")).bodyBytes == 10 << 20)
                #expect(try web.counter("TcpRetransSegs") > 0)
                #expect(try client.counter("TcpRetransSegs") >= 0)
            }
        }

        @Test("resets and SYNs that nobody answers can be made") func faults() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                #expect(try await client.curl(Pod.url(web.ipv4, port: 81)).status == 7)
                #expect(try web.counter("TcpOutRsts") == 1)
                _ = try await web.nginx()
                try web.firewall(input: ["tcp dport 80 tcp flags syn / syn,ack drop"])
                try client.giveUpConnectingSoon()
                let attempt = try await client.curl(Pod.url(web.ipv4))
                #expect(attempt.status == 28 || attempt.status == 7)
                #expect(try client.counter("TcpRetransSegs") == 1)
                try web.firewall(input: ["tcp dport 80 reject with tcp reset"])
                #expect(try await client.curl(Pod.url(web.ipv4)).status == 7)
            }
        }

        @Test("it leaves nothing behind, even when the test fails in the middle") func leavesNothing() async throws {
            struct Failure: Error {}
            var name = ""
            var cgroup = ""
            var pid: pid_t = 0
            var directory = ""
            await #expect(throws: Failure.self) {
                try await withLaboratory { laboratory in
                    let pod = try laboratory.pod("web")
                    (name, cgroup, directory) = (laboratory.name, pod.cgroup.path, laboratory.directory)
                    pid = try pod.start(["sleep", "60"]).pid
                    throw Failure()
                }
            }
            #expect(!name.isEmpty)
            let namespaces = (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
            #expect(!namespaces.contains { $0.hasPrefix(name + "-") })
            #expect(!FileManager.default.fileExists(atPath: cgroup))
            #expect(!FileManager.default.fileExists(atPath: (cgroup as NSString).deletingLastPathComponent))
            #expect(!FileManager.default.fileExists(atPath: directory))
            #expect(kill(pid, 0) != 0)
        }

        @Test("a terminal shows what a shell prints, and is resized") func terminal() async throws {
            try await withLaboratory { laboratory in
                let terminal = try Terminal(columns: 80, rows: 24, directory: laboratory.directory)
                defer { terminal.close() }
                try terminal.command("echo sane-$((6*7)); stty size")
                try await terminal.shows("the shell's answer") { $0.contains("sane-42") && $0.contains("24 80") }
                try terminal.resize(columns: 60, rows: 15)
                try terminal.command("stty size")
                try await terminal.shows("the new size") { $0.contains("15 60") }
                #expect(try !terminal.modes().isAlternateScreen && terminal.modes().isCursorVisible)
            }
        }
    }
}
