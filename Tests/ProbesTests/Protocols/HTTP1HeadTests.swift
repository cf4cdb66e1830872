// Where a head ends and what it says of the body: by words and by bytes alike, wherever it is cut.

import CProbes
import Testing

@Suite struct HTTP1HeadTests {
    private static let ended: UInt32 = HTTP1_HEAD_ENDED.rawValue
    private static let length: UInt32 = HTTP1_LENGTH.rawValue
    private static let encoded: UInt32 = HTTP1_ENCODED.rawValue
    private static let chunked: UInt32 = HTTP1_ENCODED.rawValue | HTTP1_CHUNKED.rawValue
    private static let malformed: UInt32 = HTTP1_MALFORMED.rawValue

    /// Fields as they stand in a head, what they must say, and Content-Length.
    static let samples: [(String, UInt32, UInt64)] = [
        ("", 0, 0), ("Host: a", 0, 0), ("Content-Length: 0", length, 0), ("Content-Length: 12", length, 12),
        ("content-length:7", length, 7),
        ("CONTENT-LENGTH:  \t 123456789 \t", length, 123_456_789), ("Content-Length: 999999", length, 999_999),
        ("Content-Length: 1000000", length, 1_000_000), ("Content-Length: 00000000000000000000012", length, 12),
        ("Content-Length: 1152921504606846975", length, 1_152_921_504_606_846_975), ("Content-Length: 5\r\nContent-Length: 5", length, 5),
        ("Content-Length: 5\r\nContent-Length: 6", length | malformed, 6), ("Content-Length: 1152921504606846976", malformed, 0),
        ("Content-Length: 99999999999999999999999", malformed, 0), ("Content-Length: -1", malformed, 0),
        ("Content-Length: +1", malformed, 0),
        ("Content-Length: 1a", malformed, 0), ("Content-Length: 1 2", malformed, 0), ("Content-Length: 1,1", malformed, 0),
        ("Content-Length:", malformed, 0), ("Content-Length: ", malformed, 0), ("Content-Length: \0", malformed, 0),
        ("Content-Length : 5", 0, 0),
        (" Content-Length: 5", 0, 0), ("Content-Type: 5", 0, 0), ("X-Content-Length: 5", 0, 0), ("Content-Lengths: 5", 0, 0),
        ("Content\rLength: 5", 0, 0), ("Transfer-Encoding: chunked", chunked, 0), ("transfer-encoding:chunked", chunked, 0),
        ("TRANSFER-ENCODING: CHUNKED", chunked, 0), ("Transfer-Encoding: gzip, chunked", chunked, 0),
        ("Transfer-Encoding: chunked, gzip", encoded, 0), ("Transfer-Encoding: xchunked", encoded, 0),
        ("Transfer-Encoding: chunkedx", encoded, 0), ("Transfer-Encoding: chunk", encoded, 0), ("Transfer-Encoding:", encoded, 0),
        ("Transfer-Encoding: chunked ,", chunked, 0), ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", chunked, 0),
        ("Transfer-Encoding: identity", encoded, 0), ("Content-Length: 9\r\nTransfer-Encoding: chunked", length | chunked, 9),
        ("Transfer: chunked", 0, 0), ("c\r\nt\r\ncontent-\r\ntransfer", 0, 0), ("\rx", 0, 0), ("a\0b: c\0", 0, 0),
        ("X: \u{b}\u{b}\n\u{b}: 1", 0, 0),
    ]

    private static func bytewise(_ bytes: [UInt8]) -> (http1_head, Int) {
        var head = http1_head()
        for (index, byte) in bytes.enumerated() {
            http1_step(&head, byte)
            if head.has(HTTP1_HEAD_ENDED) { return (head, index + 1) }
        }
        return (head, bytes.count)
    }

    /// Through windows whose sizes `size` gives, as the tap does it: where it stopped.
    private static func wordwise(_ bytes: [UInt8], size: (Int) -> Int) -> (http1_head, Int) {
        var head = http1_head()
        var offset = 0
        while offset < bytes.count, !head.has(HTTP1_HEAD_ENDED) {
            let window = Window(bytes[offset...].prefix(max(1, size(offset))))
            let follows: UInt32 = offset + Int(window.length) < bytes.count && offset & 1 == 0 ? 1 : 0
            let read = window.read { http1_scan_head(&head, $0, $1, follows) } ?? 0
            guard read > 0, read <= window.length else { return (head, -1) }
            offset += Int(read)
        }
        return (head, offset)
    }

    private static func text(_ fields: String, line: String = "\r\n") -> [UInt8] {
        let lines = "GET / HTTP/1.1\r\n" + (fields.isEmpty ? "" : fields + "\r\n") + "Accept: */*\r\n\r\n"
        return Array(lines.replacing("\r\n", with: line).utf8)
    }

    @Test("A field says what it must, whatever ends its line", arguments: samples)
    func fields(field: String, flags: UInt32, body: UInt64) {
        for line in ["\r\n", "\n"] {
            let bytes = Self.text(field, line: line)
            let (head, end) = Self.bytewise(bytes)
            #expect(UInt32(head.flags) == flags | Self.ended && head.body == body && end == bytes.count, "\(field)")
        }
    }

    @Test("A head cut into two at any byte says the same", arguments: samples)
    func cuts(field: String, flags: UInt32, body: UInt64) {
        for bytes in [
            Self.text(field), Self.text(field, line: "\n"), Self.text("Cookie: \(String(repeating: "c", count: 300))\r\n\(field)"),
        ] {
            let (truth, end) = Self.bytewise(bytes)
            for cut in 1..<bytes.count {
                let (head, read) = Self.wordwise(bytes) { $0 < cut ? cut - $0 : bytes.count - $0 }
                #expect(read == end && head.isEqual(truth), "\(field) \(cut)")
            }
        }
    }

    @Test("A body that follows is not read as part of the head")
    func body() {
        let head = Self.text("Content-Length: 4")
        let (truth, end) = Self.wordwise(head + Array("\n\r\n\nContent-Length: 5\r\n\r\n".utf8)) { _ in Window.payload }
        #expect(end == head.count && truth.body == 4 && truth.size == UInt32(head.count))
    }

    @Test("Random heads say the same by words and by bytes, however they are cut")
    func random() {
        var random = Seeded(0x4eac)
        let lines =
            Self.samples.map(\.0) + ["Cookie: " + String(repeating: "x", count: 250), "t", "c", "Transfer-Encoding: chunked\r", "\u{b}"]
        for round in 0..<4_000 {
            var bytes = Array("POST /a HTTP/1.1\r\n".utf8)
            for _ in 0..<random.number(0...6) { bytes += Array((random.pick(lines) + random.pick(["\r\n", "\n", "\r\r\n"])).utf8) }
            if random.number(0...3) > 0 { bytes += Array("\r\n".utf8) }
            for _ in 0..<random.number(0...2) where random.number(0...1) == 0 {
                bytes[random.number(0...bytes.count - 1)] = UInt8(truncatingIfNeeded: random.next())
            }
            let (truth, end) = Self.bytewise(bytes)
            let (head, read) = Self.wordwise(bytes) { _ in random.number(1...Window.payload) }
            #expect(read == end && head.isEqual(truth), "round \(round): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }

    @Test("Garbage of any bytes never stops the reading, and is never the end without an empty line")
    func garbage() {
        var random = Seeded(7)
        for _ in 0..<2_000 {
            let bytes = (0..<random.number(1...600)).map { _ in
                random.pick([0, 10, 13, 32, 58, 67, 84, 255, UInt8(truncatingIfNeeded: random.next())])
            }
            let (truth, end) = Self.bytewise(bytes)
            let (head, read) = Self.wordwise(bytes) { _ in random.number(1...Window.payload) }
            #expect(read == end && head.isEqual(truth))
            let isEmptyLineThere =
                bytes.first == 10 || bytes.starts(with: [13, 10])
                || bytes.indices.dropLast().contains { index in
                    bytes[index] == 10 && (bytes[index + 1] == 10 || bytes[(index + 1)...].starts(with: [13, 10]))
                }
            #expect(head.has(HTTP1_HEAD_ENDED) == isEmptyLineThere)
        }
    }

    @Test("A head of 64 KiB is read; one byte more is too long, by words and by bytes")
    func limit() {
        for (excess, isTooLong) in [(0, false), (1, true), (100_000, true)] {
            let rest = Int(HTTP1_HEAD_LIMIT) + excess - Self.text("").count - "X: \r\n".utf8.count
            let bytes = Self.text("X: " + String(repeating: "y", count: rest))
            #expect(bytes.count == Int(HTTP1_HEAD_LIMIT) + excess)
            let (truth, _) = Self.bytewise(bytes)
            let (head, _) = Self.wordwise(bytes) { _ in Window.payload }
            #expect(truth.has(HTTP1_TOO_LONG) == isTooLong && head.isEqual(truth))
        }
    }
}

extension http1_head {
    func has(_ flag: http1_flags) -> Bool { UInt32(flags) & flag.rawValue != 0 }
    /// Of what is asked of it; inside a line the two ways remember differently.
    func isEqual(_ other: http1_head) -> Bool { flags == other.flags && body == other.body && size == other.size }
}
