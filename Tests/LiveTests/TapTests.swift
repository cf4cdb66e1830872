// The tap on the packet path: where it hangs, that it never refuses a packet, and that nothing of it stays.

import Foundation
import LabSupport
import Testing

extension Live {
    @Suite struct TapTests {
        private struct Attachment: Hashable {
            let kind: String
            let program: Int
        }

        /// What hangs on the root of the cgroup2 tree.
        private func attachments(_ directory: String) throws -> Set<Attachment> {
            let text = try Program.must(["bpftool", "-j", "cgroup", "show", Cgroup.mount ?? ""], directory: directory)
            return Set(
                try JSON(text.contains("[") ? text : "[]").array.compactMap { entry in
                    guard let kind = entry["attach_type"].string, let program = entry["id"].int else { return nil }
                    return Attachment(kind: kind, program: program)
                })
        }

        private func programs(_ ids: Set<Int>, _ directory: String) throws -> [JSON] {
            try JSON(try Program.must(["bpftool", "-j", "prog", "show"], directory: directory)).array.filter {
                ids.contains($0["id"].int ?? 0)
            }
        }

        @Test("with --no-requests there is no program of ours on the packet path") func off() async throws {
            try await withLaboratory { laboratory in
                let before = try attachments(laboratory.directory)
                let observation = try await Podglass.observe(["top", "flows", "--no-requests"], in: laboratory)
                let held = KernelObjects.held(by: observation.program.pid)
                let types = try programs(held.programs, laboratory.directory).compactMap(\.["type"].string)
                #expect(
                    !types.isEmpty
                        && !types.contains { $0.hasPrefix("cgroup") || $0.hasPrefix("sched") || $0 == "sk_skb" || $0 == "sock_ops" })
                #expect(try attachments(laboratory.directory) == before)
                try await observation.finish()
            }
        }

        @Test("with requests one program hangs by a link on the root each way, and none is left", arguments: [SIGINT, SIGKILL])
        func on(signal: Int32) async throws {
            try await withLaboratory { laboratory in
                let before = try attachments(laboratory.directory)
                let observation = try await Podglass.observe(["top", "requests"], in: laboratory)
                let held = KernelObjects.held(by: observation.program.pid)
                let ours = try attachments(laboratory.directory).subtracting(before)
                #expect(Set(ours.map(\.kind)) == ["cgroup_inet_ingress", "cgroup_inet_egress"])
                #expect(ours.count == 2 && ours.allSatisfy { held.programs.contains($0.program) })
                let links = try JSON(try Program.must(["bpftool", "-j", "link", "show"], directory: laboratory.directory)).array
                    .filter { $0["type"].string == "cgroup" && held.links.contains($0["id"].int ?? 0) }
                #expect(Set(links.compactMap(\.["prog_id"].int)) == Set(ours.map(\.program)))
                observation.program.signal(signal)
                _ = try await observation.program.ended(within: .seconds(10))
                let deadline = ContinuousClock.now + .seconds(5)
                while try attachments(laboratory.directory) != before, ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(try attachments(laboratory.directory) == before)
            }
        }

        @Test("whatever the packet, the verdict is 1: run by the kernel on packets of every kind") func verdict() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "requests"], in: laboratory)
                let held = KernelObjects.held(by: observation.program.pid)
                let taps = try programs(held.programs, laboratory.directory).filter { $0["type"].string == "cgroup_skb" }.compactMap(
                    \.["id"].int)
                #expect(taps.count == 2)
                var packets = Packets.all
                for packet in Packets.all {
                    for length in stride(from: 14, to: packet.count, by: 19) { packets.append(Array(packet[..<length])) }
                }
                var random = SystemRandomNumberGenerator()
                for _ in 0..<40 { packets.append(Packets.ethernet(6) + (0..<80).map { _ in UInt8.random(in: 0...255, using: &random) }) }
                let path = laboratory.directory + "/packet"
                for tap in taps {
                    for packet in packets {
                        try Data(packet).write(to: URL(fileURLWithPath: path))
                        let program = try await Program.run(
                            ["bpftool", "-j", "prog", "run", "id", "\(tap)", "data_in", path, "data_out", "/dev/null", "repeat", "3"],
                            directory: laboratory.directory)
                        // The kernel itself refuses what is too short for an IP header.
                        guard program.ending == .exited(0) else {
                            #expect(packet.count < 14 + 40, "\(program.output)\(program.errors)")
                            continue
                        }
                        #expect(try JSON(program.output)["retval"].int == 1, "\(packet)")
                    }
                }
                try await observation.finish()
            }
        }
    }
}

/// Frames as a wire would carry them: an Ethernet header, then IPv4 or IPv6.
private enum Packets {
    static func ethernet(_ version: Int) -> [UInt8] { [UInt8](repeating: 2, count: 12) + (version == 4 ? [0x08, 0x00] : [0x86, 0xdd]) }

    static func ipv4(_ transport: UInt8, _ payload: [UInt8], options: [UInt8] = [], fragment: UInt16 = 0) -> [UInt8] {
        let total = 20 + options.count + payload.count
        return ethernet(4) + [
            UInt8(0x45 + options.count / 4), 0, UInt8(total >> 8), UInt8(total & 255), 0, 1, UInt8(fragment >> 8), UInt8(fragment & 255),
            64, transport,
            0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ] + options + payload
    }

    static func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        ethernet(6) + [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 255), next, 64]
            + [UInt8](repeating: 0xfd, count: 32) + payload
    }

    static func tcp(_ payload: [UInt8], flags: UInt8 = 0x18, dataOffset: UInt8 = 5) -> [UInt8] {
        [0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, dataOffset << 4, flags, 1, 0, 0, 0, 0, 0]
            + [UInt8](repeating: 1, count: max(0, Int(dataOffset) - 5) * 4) + payload
    }

    static func udp(_ payload: [UInt8], port: UInt8 = 53) -> [UInt8] {
        [0x9c, 0x40, 0, port, UInt8((8 + payload.count) >> 8), UInt8((8 + payload.count) & 255), 0, 0] + payload
    }

    static let request = Array("GET /index.html HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\n\r\nhello".utf8)
    static let response = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8)
    static let query: [UInt8] =
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("lab".utf8) + [4] + Array("test".utf8) + [0, 0, 1, 0, 1]
    static let answer: [UInt8] = [0x12, 0x34, 0x81, 0x83] + query[4...] + [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]

    static let all: [[UInt8]] = [
        ipv4(6, tcp(request)), ipv4(6, tcp(response)), ipv6(6, tcp(request)), ipv6(6, tcp(response, dataOffset: 15)),
        ipv4(6, tcp(request, dataOffset: 8), options: [1, 1, 1, 0]), ipv4(6, tcp([], flags: 2)), ipv4(6, tcp([], flags: 0x10)),
        // A data offset that points before, or beyond, the packet.
        ipv4(6, tcp(request, dataOffset: 0)), ipv4(6, Array(tcp([], dataOffset: 15).prefix(20))),
        ipv4(17, udp(query)), ipv4(17, udp(answer)), ipv6(17, udp(query)), ipv6(17, udp([])), ipv4(17, udp(query, port: 99)),
        // TCP's prefix of two bytes, one that promises more than there is, a name that points to itself.
        ipv4(6, tcp([0, UInt8(query.count)] + query)), ipv4(6, tcp([0xff, 0xff] + query)),
        ipv4(17, udp(Array(query[..<12]) + [0xc0, 0x0c, 0, 1, 0, 1])),
        // Fragments, ICMP, extension headers, no IP at all.
        ipv4(6, tcp(request), fragment: 0x2000), ipv4(6, request, fragment: 100), ipv4(1, [8, 0, 0, 0, 0, 0, 0, 0]),
        ipv6(0, [6, 0, 0, 0, 0, 0, 0, 0] + tcp(request)), ipv6(44, [6, 0, 0, 1, 0, 0, 0, 0] + tcp(request)),
        Array(ethernet(4).prefix(12)) + [0x08, 0x06] + [UInt8](repeating: 0, count: 40),
        ipv4(6, tcp([UInt8](repeating: 0x20, count: 1400))), ipv4(6, tcp(Array("GET ".utf8))), ipv4(6, tcp(Array("G".utf8))),
    ]
}
