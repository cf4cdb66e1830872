// Where a chunked body ends, wherever it is cut.

import CProbes
import Testing

@Suite struct HTTP1ChunksTests {
    /// Where the walk stopped, in windows whose sizes `size` gives.
    static func walk(_ bytes: [UInt8], size: () -> Int) -> (http1_chunks, Int) {
        var chunks = http1_chunks()
        var offset = 0
        while offset < bytes.count, chunks.flags == 0 {
            let segment = min(max(1, size()), bytes.count - offset)
            let skipped = Int(http1_skip_chunk(&chunks, UInt64(segment)))
            offset += skipped
            guard skipped < segment else { continue }
            let read = Window(bytes[offset...].prefix(segment - skipped)).read { http1_scan_chunks(&chunks, $0, $1) } ?? 0
            guard read > 0 else { return (chunks, -1) }
            offset += Int(read)
        }
        return (chunks, offset)
    }

    @Test(
        "A body ends behind its trailers, at any cut",
        arguments: [
            "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "5;a=\"b\"\r\nhello\r\n000\r\n\r\n", "A\nhelloworld\n0\n\n",
            "1 \r\n\n\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n",
            "2\r\n0\r\r\n0\r\n\rx\r\n\r\n", "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n1\r\n\0\r\n0\r\n\r\n",
        ])
    func ends(text: String) {
        let body = Array(text.utf8)
        let bytes = body + Array("HTTP/1.1 200 OK".utf8)
        for size in 1...bytes.count {
            let (chunks, end) = Self.walk(bytes) { size }
            #expect(UInt32(chunks.flags) == HTTP1_CHUNKS_ENDED.rawValue && end == body.count, "\(size)")
        }
        for known in 0..<body.count {
            let (chunks, end) = Self.walk(Array(body.prefix(known))) { 3 }
            #expect(chunks.flags == 0 && end == known)
        }
    }

    @Test(
        "What is no chunk is malformed",
        arguments: [
            "\r\n", "x\r\n", "-1\r\n", "5\r\nhelloworld", "5\r\nhello\rx", "1000000000000000\r\n", "fffffffffffffffff\r\n", "5x\r\n",
            "5\u{0}\r\n", ";a\r\n",
        ])
    func malformed(text: String) {
        for size in 1...text.utf8.count {
            #expect(UInt32(Self.walk(Array(text.utf8)) { size }.0.flags) == HTTP1_CHUNKS_MALFORMED.rawValue, "\(size)")
        }
    }

    @Test("An extension or trailers without an end are too long; chunks without an end are not")
    func limit() {
        let endless = [UInt8](repeating: UInt8(ascii: "a"), count: Int(HTTP1_CHUNKS_LIMIT))
        for start in ["5;", "0\r\nT: "] {
            let (chunks, _) = Self.walk(Array(start.utf8) + endless) { 1000 }
            #expect(UInt32(chunks.flags) == HTTP1_CHUNKS_TOO_LONG.rawValue)
        }
        let many = Array(repeatElement(Array("1\r\na\r\n".utf8), count: 20_000).joined())
        #expect(Self.walk(many) { 1000 }.0.flags == 0)
    }

    @Test("The largest chunk is skipped by count")
    func large() {
        var chunks = http1_chunks()
        for byte in "fffffffffffffff\r\n".utf8 { http1_step_chunks(&chunks, byte) }
        #expect(http1_skip_chunk(&chunks, .max) == HTTP1_CHUNK_LIMIT)
        for byte in "\r\n0\r\n\r\n".utf8 { http1_step_chunks(&chunks, byte) }
        #expect(UInt32(chunks.flags) == HTTP1_CHUNKS_ENDED.rawValue)
    }
}
