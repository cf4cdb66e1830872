// Two readings of a stream of HTTP/1 messages: a naive one, which has all of the text and splits it, and the parsers', which
// have it segment by segment as the tap does.

import CProbes

/// A message's place in its stream.
struct HTTP1Message: Equatable, CustomStringConvertible {
    /// A request's method, a response's status.
    var number: UInt32
    var start: Int
    var bodyStart: Int
    var end: Int

    var description: String { "\(number) \(start)..<\(bodyStart)..<\(end)" }
}

/// What reads a stream has to know of the other direction: the methods that responses answer, in order; nil for requests.
struct NaiveHTTP1 {
    static func messages(of bytes: [UInt8], answering methods: [String]?) -> [HTTP1Message] {
        var methods = methods.map { $0[...] }
        var messages: [HTTP1Message] = []
        var start = 0
        while let head = headLength(bytes[start...]) {
            let lines = String(decoding: bytes[start..<(start + head)], as: UTF8.self).split(separator: "\r\n")
            var fields: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                fields[parts[0].lowercased()] = parts.last?.lowercased().filter { $0 != " " }
            }
            let words = lines[0].split(separator: " ")
            let status = Int(words[1]) ?? 0
            let method = methods == nil ? nil : methods?.first
            var length = fields["content-length"].flatMap { Int($0) } ?? (methods == nil ? 0 : bytes.count - start - head)
            if fields["transfer-encoding"]?.hasSuffix("chunked") == true { length = chunkedLength(bytes[(start + head)...]) }
            if methods != nil {
                if method == "HEAD" || status < 200 || status == 204 || status == 304 { length = 0 }
                if status >= 200 { methods = methods?.dropFirst() }
            }
            let number = methods == nil ? HTTP1StartTests.methods.first { $0.1 == words[0] }?.0 ?? 0 : UInt32(status)
            let end = start + head + length
            messages.append(HTTP1Message(number: number, start: start, bodyStart: start + head, end: end))
            start = end
        }
        return messages
    }

    private static func headLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        let end: [UInt8] = [13, 10, 13, 10]
        return bytes.indices.first { bytes[$0...].starts(with: end) }.map { $0 + 4 - bytes.startIndex }
    }

    private static func chunkedLength(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = bytes
        while let end = rest.firstIndex(of: 10) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            let size = Int(line.prefix { $0.isHexDigit }, radix: 16) ?? 0
            rest = rest[(end + 1)...].dropFirst(size == 0 ? 0 : size + 2)
            if size == 0 { return rest.startIndex - bytes.startIndex + trailerLength(rest) }
        }
        return bytes.count
    }

    private static func trailerLength(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.starts(with: [13, 10]) ? 2 : headLength(bytes) ?? bytes.count
    }
}

/// The parsers, fed with segments.
struct ParsedHTTP1 {
    private enum Phase { case start, head, sized, chunked, toTheEnd }

    private var phase = Phase.start
    private var head = http1_head()
    private var chunks = http1_chunks()
    private var left: UInt64 = 0
    private var offset = 0
    /// What of a segment was too short to tell what begins there.
    private var kept: [UInt8] = []
    private var methods: ArraySlice<UInt32>?
    private(set) var messages: [HTTP1Message] = []
    private(set) var isLost = false

    init(answering methods: [UInt32]?) { self.methods = methods.map { $0[...] } }

    mutating func receive(_ segment: some Sequence<UInt8>) {
        var bytes = (kept + Array(segment))[...]
        kept = []
        while !bytes.isEmpty, !isLost {
            let read = step(bytes)
            if read == 0 {
                kept = Array(bytes)
                return
            }
            bytes = bytes.dropFirst(read)
            offset += read
            if messages.last?.end == offset, phase != .start { phase = .start }
        }
    }

    mutating func close() {
        if phase == .toTheEnd, let last = messages.indices.last { messages[last].end = offset }
    }

    private mutating func step(_ bytes: ArraySlice<UInt8>) -> Int {
        switch phase {
        case .start: return begin(bytes)
        case .head:
            let window = Window(bytes)
            let follows: UInt32 = bytes.count > Int(window.length) ? 1 : 0
            let read = Int(window.read { http1_scan_head(&head, $0, $1, follows) } ?? 0)
            isLost = read == 0 || head.has(HTTP1_MALFORMED) || head.has(HTTP1_TOO_LONG)
            if head.has(HTTP1_HEAD_ENDED) { frame(bodyStart: offset + read) }
            return read
        case .sized:
            let read = min(left, UInt64(bytes.count))
            left -= read
            return Int(read)
        case .chunked:
            let skipped = Int(http1_skip_chunk(&chunks, UInt64(bytes.count)))
            guard skipped == 0 else { return skipped }
            let read = Int(Window(bytes).read { http1_scan_chunks(&chunks, $0, $1) } ?? 0)
            isLost = UInt32(chunks.flags) & ~HTTP1_CHUNKS_ENDED.rawValue != 0
            if chunks.flags != 0, let last = messages.indices.last { messages[last].end = offset + read }
            return read
        case .toTheEnd: return bytes.count
        }
    }

    private mutating func begin(_ bytes: ArraySlice<UInt8>) -> Int {
        let start = Start(bytes)
        let number = methods == nil ? start.method : start.status
        let undecided = methods == nil ? HTTP1_UNDECIDED.rawValue : UInt32(HTTP1_UNDECIDED_STATUS)
        if number == undecided { return 0 }
        isLost = number == 0
        messages.append(HTTP1Message(number: number, start: offset, bodyStart: -1, end: -1))
        head = http1_head()
        phase = .head
        return isLost ? bytes.count : step(bytes)
    }

    private mutating func frame(bodyStart: Int) {
        guard let last = messages.indices.last else { return }
        messages[last].bodyStart = bodyStart
        let body: UInt32
        if let method = methods?.first {
            body = http1_body_of_response(method, messages[last].number, &head)
            if messages[last].number >= 200 { methods = methods?.dropFirst() }
        } else {
            body = http1_body_of_request(&head)
        }
        switch body {
        case HTTP1_BODY_LENGTH.rawValue:
            (phase, left) = (.sized, head.body)
            messages[last].end = bodyStart + Int(head.body)
        case HTTP1_BODY_CHUNKED.rawValue: (phase, chunks) = (.chunked, http1_chunks())
        case HTTP1_BODY_CLOSE.rawValue: phase = .toTheEnd
        case HTTP1_BODY_NONE.rawValue: messages[last].end = bodyStart
        default: isLost = true
        }
    }
}
