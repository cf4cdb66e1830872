// Answers of connection tracking, made byte by byte as the kernel makes them (little-endian machines), cut, and made of noise.

import Aggregation
import Testing

@testable import Probes

@Suite("What connection tracking answers") struct ConntrackMessagesTests {
    private static func little(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> (8 * $0) & 255) } }
    private static func big(_ value: Int, _ width: Int) -> [UInt8] { little(value, width).reversed() }

    private static func attribute(_ type: Int, _ value: [UInt8]) -> [UInt8] {
        let bytes = little(4 + value.count, 2) + little(type, 2) + value
        return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    private static let nested = 0x8000

    private static func tuple(_ type: Int, _ source: [UInt8], _ target: [UInt8], _ transport: Int, _ from: Int, _ to: Int) -> [UInt8] {
        let first = source.count == 4 ? 1 : 3
        let addresses = attribute(nested | 1, attribute(first, source) + attribute(first + 1, target))
        let ports = attribute(nested | 2, attribute(1, [UInt8(transport)]) + attribute(2, big(from, 2)) + attribute(3, big(to, 2)))
        return attribute(nested | type, addresses + ports)
    }

    private static func message(_ type: Int, sequence: Int, _ body: [UInt8]) -> [UInt8] {
        little(16 + body.count, 4) + little(type, 2) + little(2, 2) + little(sequence, 4) + little(0, 4) + body
    }

    private static func entry(
        client: [UInt8] = [10, 0, 0, 7], service: [UInt8] = [10, 96, 0, 10], backend: [UInt8] = [10, 0, 0, 9], transport: Int = 6,
        port: Int = 443, backendPort: Int = 8443, sequence: Int = 5
    ) -> [UInt8] {
        let tuples =
            tuple(1, client, service, transport, 40_000, port) + tuple(2, backend, client, transport, backendPort, 40_000)
        // Status and timeout stand behind them.
        return message(0x100, sequence: sequence, [2, 0, 0, 0] + tuples + attribute(3, big(0x1be, 4)) + attribute(7, big(30, 4)))
    }

    private func read(_ bytes: [UInt8], sequence: UInt32 = 5) -> [ConntrackMessages.Answer] {
        var answers: [ConntrackMessages.Answer] = []
        bytes.withUnsafeBytes { ConntrackMessages.read($0, sequence: sequence) { answers.append($0) } }
        return answers
    }

    @Test("the question is a dump of both families, filtered by the status of a translated destination")
    func question() {
        #expect(
            ConntrackMessages.dump(sequence: 7) == [
                36, 0, 0, 0, 1, 1, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 3, 0, 0, 0, 0, 32, 8, 0, 26, 0, 0, 0, 0, 32,
            ])
    }

    @Test("who asked whom, and who answers") func entries() throws {
        let wide = { (last: UInt8) -> [UInt8] in [0xfd] + [UInt8](repeating: 0, count: 14) + [last] }
        let answers = read(
            Self.entry() + Self.entry(client: wide(1), service: wide(2), backend: wide(3), transport: 17, port: 53, backendPort: 5353)
                + Self.message(3, sequence: 5, Self.little(0, 4)))
        let client = try #require(Address("10.0.0.7"))
        let first = TranslationSample(
            client: client, transport: .tcp, service: try #require(Address("10.96.0.10")), servicePort: 443,
            backend: try #require(Address("10.0.0.9")), backendPort: 8443)
        let second = TranslationSample(
            client: try #require(Address("fd00::1")), transport: .udp, service: try #require(Address("fd00::2")), servicePort: 53,
            backend: try #require(Address("fd00::3")), backendPort: 5353)
        #expect(answers == [.entry(first), .entry(second), .ended])
    }

    @Test("what was not translated, and what is neither TCP nor UDP, is no translation")
    func others() {
        #expect(read(Self.entry(service: [10, 0, 0, 9], port: 8443)) == [.entry(nil)])
        #expect(read(Self.entry(transport: 132)) == [.entry(nil)])
        // Only the port: a translation.
        #expect(read(Self.entry(service: [10, 0, 0, 9])) != [.entry(nil)])
        #expect(read(Self.message(0x100, sequence: 5, [2, 0, 0, 0])) == [.entry(nil)])
    }

    @Test("a refusal is its errno, and answers to an older question are none")
    func refusals() {
        #expect(read(Self.message(2, sequence: 5, Self.little(-1, 4) + [UInt8](repeating: 0, count: 16))) == [.refused(1)])
        // Found by the fuzzer: the one number that has no opposite.
        #expect(read(Self.message(2, sequence: 5, [0, 0, 0, 0x80] + [UInt8](repeating: 0, count: 16))) == [.refused(.min)])
        #expect(read(Self.message(2, sequence: 5, Self.little(0, 4))) == [.ended])
        #expect(read(Self.entry(sequence: 4) + Self.message(3, sequence: 4, [])) == [])
    }

    @Test("a datagram cut anywhere gives what is whole, and noise gives nothing that was not there")
    func damage() {
        let whole = Self.entry() + Self.entry(port: 80)
        let answers = read(whole)
        for end in 0...whole.count {
            let cut = read(Array(whole[..<end]))
            #expect(cut == Array(answers[..<cut.count]))
            #expect(cut.count == (end == whole.count ? 2 : end >= whole.count / 2 ? 1 : 0))
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<8 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random) }
            #expect(read(bytes).count <= bytes.count / 16)
        }
    }

    @Test("netfilter's own socket is seen among the others") func netfilter() {
        let head = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
        #expect(Translations.hasNetfilter(head + "00000000e7b8ee3b 12  0          00000000 0        0        0     2        0        10\n"))
        #expect(
            !Translations.hasNetfilter(head + "00000000e7b8ee3b 12  4711       00000000 0        0        0     2        0        10\n"))
        #expect(
            !Translations.hasNetfilter(head + "00000000e7b8ee3b 0   0          00000000 0        0        0     2        0        12\n"))
        #expect(!Translations.hasNetfilter(""))
    }
}
