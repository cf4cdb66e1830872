// DNS messages: which bytes may be one, what is asked, and what an answer holds; hostile ones included.

import Aggregation
import CProbes
import Testing

@testable import Probes

@Suite struct DNSTests {
    private static func header(
        flags: UInt16 = 0x0100, questions: UInt16 = 1, answers: UInt16 = 0, authorities: UInt16 = 0, additionals: UInt16 = 0
    ) -> [UInt8] {
        [0x1234, flags, questions, answers, authorities, additionals].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    private static func name(_ labels: [[UInt8]]) -> [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }
    private static let example = name([Array("www".utf8), Array("example".utf8), Array("org".utf8)])

    private static func record(_ name: [UInt8], type: UInt16, seconds: UInt32, _ data: [UInt8], network: UInt16 = 1) -> [UInt8] {
        name + [UInt8(type >> 8), UInt8(type & 255), UInt8(network >> 8), UInt8(network & 255)]
            + (0..<4).map { UInt8(truncatingIfNeeded: seconds >> (24 - 8 * $0)) } + [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    private static func message(_ bytes: [UInt8]) -> DNSMessage? { bytes.withUnsafeBufferPointer { DNSMessage($0) } }

    private static let answer: [UInt8] =
        header(flags: 0x8180, answers: 5) + example + [0, 28, 0, 1] + record([0xc0, 12], type: 5, seconds: 5, [1, 97, 0xc0, 16])
        + record([0xc0, 45], type: 1, seconds: 300, [192, 0, 2, 1])
        + record([1, 97, 0xc0, 16], type: 28, seconds: 30, [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [7])
        + record([0], type: 1, seconds: 1, [1, 2, 3, 4], network: 3) + record([0], type: 1, seconds: 1, [1, 2, 3])

    @Test("A header is told from other bytes")
    func plausible() {
        func isPlausible(_ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return false }
                var view = dns_header(base)
                return dns_plausible(&view) != 0
            }
        }
        for good in [
            Self.header(), Self.header(flags: 0), Self.header(flags: 0x0130, additionals: 1), Self.header(flags: 0x8180, answers: 3),
            Self.header(flags: 0x8583), Self.header(flags: 0x8385, authorities: 1, additionals: 2),
        ] { #expect(isPlausible(good)) }
        for bad in [
            Self.header(questions: 0), Self.header(questions: 2), Self.header(flags: 0x2900), Self.header(flags: 0x0140),
            Self.header(flags: 0x0103),
            Self.header(flags: 0x0500), Self.header(answers: 1), Self.header(additionals: 9), Self.header(flags: 0x818c),
            Self.header(flags: 0x8180, answers: 20_000), Array("GET / HTTP/1".utf8), [UInt8](repeating: 0, count: 12),
            [UInt8](repeating: 255, count: 12),
        ] { #expect(!isPlausible(bad)) }
    }

    @Test("What a header says")
    func view() {
        let bytes = Self.header(flags: 0x8183, answers: 2)
        let view = bytes.withUnsafeBufferPointer { $0.baseAddress.map { dns_header($0) } }
        #expect(view?.id == 0x1234 && view?.answers == 2)
        guard var view else { return }
        #expect(dns_is_response(&view) == 1 && dns_rcode(&view) == 3)
    }

    @Test("The type of a question is found behind its name, and only where all of it is there")
    func questionType() {
        for offset in [0, 12, 14] {
            let bytes = [UInt8](repeating: 3, count: offset) + Self.example + [1, 1, 0, 1]
            for known in 0...bytes.count {
                var type: UInt16 = 7
                let end = Window(bytes.prefix(known)).read { dns_question_type($0, $1, UInt32(offset), &type) }
                #expect(end == (known == bytes.count ? UInt32(known) : 0) && type == (known == bytes.count ? 257 : 0), "\(offset) \(known)")
            }
        }
        var type: UInt16 = 0
        for bad: [UInt8] in [[0xc0, 12, 0, 1, 0, 1], [64] + [UInt8](repeating: 97, count: 70), [255, 255, 255]] {
            #expect(Window(bad).read { dns_question_type($0, $1, 0, &type) } == 0 && type == 0)
        }
        #expect(Window([0, 0, 2, 0, 1]).read { dns_question_type($0, $1, 0, &type) } == 5 && type == 2)
    }

    @Test("A name longer than a window is walked in two")
    func longNames() {
        let long = Self.name((0..<4).map { [UInt8](repeating: 97 + UInt8($0), count: $0 < 3 ? 63 : 61) })
        #expect(long.count == 255)
        var offset: UInt32 = 0
        #expect(Window(long).read { dns_walk_labels($0, $1, &offset) } == DNS_WALK_MORE.rawValue)
        #expect(offset == 128)
        var rest: UInt32 = 0
        #expect(Window(long[Int(offset)...]).read { dns_walk_labels($0, $1, &rest) } == DNS_WALK_ENDED.rawValue)
        #expect(offset + rest == 255)
        #expect(Self.message(Self.header() + long + [0, 1, 0, 1])?.name.count == 253)
        #expect(Self.message(Self.header() + Self.name((0..<4).map { _ in [UInt8](repeating: 97, count: 63) }) + [0, 1, 0, 1]) == nil)
    }

    @Test("A name is text whatever its bytes are")
    func names() {
        func read(_ labels: [[UInt8]]) -> String? { Self.message(Self.header() + Self.name(labels) + [0, 1, 0, 1])?.name }
        #expect(read([]) == ".")
        #expect(read([Array("a-B_1".utf8)]) == "a-B_1")
        #expect(read([[0x1b, 0x5b], Array("a.b\\".utf8), [0, 9, 32, 127, 255]]) == "\\027[.a\\046b\\092.\\000\\009\\032\\127\\255")
        let worst = read((0..<127).map { _ in [200] })
        #expect(worst?.count == 127 * 5 - 1)
        #expect(
            read([
                [UInt8](repeating: 1, count: 63), [UInt8](repeating: 1, count: 63), [UInt8](repeating: 1, count: 63),
                [UInt8](repeating: 1, count: 61),
            ])?.count == 1003)
    }

    @Test("Addresses of both families are taken from the answers, with the shortest time")
    func answers() {
        let message = Self.message(Self.answer)
        #expect(message?.name == "www.example.org")
        #expect(message?.answers == [Address("192.0.2.1"), Address("2001:db8::7")].compactMap(\.self))
        #expect(message?.timeToLive == 30)
        let query = Self.message(Self.header() + Self.example + [0, 1, 0, 1])
        #expect(query?.name == "www.example.org" && query?.answers == [] && query?.timeToLive == 0)
        let forever =
            Self.header(flags: 0x8180, answers: 1) + Self.example + [0, 1, 0, 1]
            + Self.record([0], type: 1, seconds: 0x8000_0000, [1, 1, 1, 1])
        #expect(Self.message(forever)?.timeToLive == 0 && Self.message(forever)?.answers.count == 1)
    }

    @Test("A message that breaks off gives what it held whole, at any byte")
    func truncated() {
        let ends = [33 + 16 + 16, 33 + 16 + 16 + 30]
        #expect(Self.answer[ends[0] - 4..<ends[0]] == [192, 0, 2, 1])
        for known in 0...Self.answer.count {
            let message = Self.message(Array(Self.answer.prefix(known)))
            #expect(message?.name == (known >= 29 ? "www.example.org" : nil))
            #expect(message?.answers.count == (known >= 29 ? ends.count { $0 <= known } : nil), "\(known)")
        }
    }

    @Test("Pointers that lead in circles, lengths that lie and garbage end")
    func hostile() {
        let circle = Self.header(flags: 0x8180, answers: 3) + [0xc0, 12, 0, 1, 0, 1] + [UInt8](repeating: 0xc0, count: 400)
        #expect(Self.message(circle) == nil)
        var random = Seeded(53)
        for _ in 0..<5_000 {
            var bytes = Self.answer
            for _ in 0..<random.number(1...6) { bytes[random.number(0...bytes.count - 1)] = UInt8(truncatingIfNeeded: random.next()) }
            bytes = Array(bytes.prefix(random.number(0...bytes.count)))
            guard let message = Self.message(bytes) else { continue }
            #expect(
                !message.name.isEmpty && message.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
                    && message.answers.count <= bytes.count / 15)
        }
    }

    @Test("The message of a record is as long as the record says, and no longer than its room")
    func record() {
        for (length, isThere) in [(Self.answer.count, true), (0, false), (65_535, true)] {
            var record = answer_record()
            record.exchange.length = UInt16(length)
            withUnsafeMutableBytes(of: &record.message) { $0.copyBytes(from: Self.answer) }
            let message = withUnsafePointer(to: &record) { DNSMessage($0) }
            #expect((message?.answers.count == 2) == isThere)
        }
    }
}
