// Reads a recording event by event, holding one block. It plays up to the place where the recording is cut off or
// damaged, and then says so; nothing of a block whose checksum is wrong is played. Any bytes whatever may be given to it.

import Aggregation

struct RecordingReader: ~Copyable {
    let header: RecordingHeader
    private var source: RecordingSource
    private var inflater: InflateStream
    private var decoder = EventDecoder()
    /// Where the present block begins.
    private var blockStart: UInt64 = 0
    private var isAtEnd = false
    private var failure: RecordingReadError?

    /// Opens a file, or standard input for "-".
    init(path: String) throws(RecordingReadError) {
        let source: RecordingSource
        do { source = try RecordingSource(path: path) } catch { throw .failed(error) }
        try self.init(source)
    }

    init(_ source: consuming RecordingSource) throws(RecordingReadError) {
        let header = try RecordingReader.header(&source)
        let inflater: InflateStream
        do { inflater = try InflateStream() } catch { throw .failed(error) }
        self.header = header
        self.inflater = inflater
        self.source = source
    }

    /// The next event; nil at the recording's proper end. After an error there is nothing more.
    mutating func next() throws(RecordingReadError) -> Event? {
        while true {
            if let failure { throw failure }
            if isAtEnd { return nil }
            do {
                if let event = try decoder.next() { return event }
            } catch {
                throw fail(.damaged(name: source.name, at: blockStart, why: error.explanation))
            }
            try loadBlock()
        }
    }

    var name: String { source.name }
    /// Bytes read so far, for showing progress.
    var position: UInt64 { source.position }
}

extension RecordingReader {
    private mutating func loadBlock() throws(RecordingReadError) {
        blockStart = source.position
        let name = source.name
        let start = blockStart
        func damaged(_ why: String) -> RecordingReadError { .damaged(name: name, at: start, why: why) }

        let frame = try bytes(RecordingFormat.frameBytes)
        let length = RecordingFormat.integer(frame[..<4], as: UInt32.self)
        let checksum = RecordingFormat.integer(frame[4...], as: UInt32.self)
        if length == 0 {
            guard checksum == 0 else { throw fail(damaged("a block of no length")) }
            isAtEnd = true
            return
        }
        guard length <= RecordingFormat.blockBytes else { throw fail(damaged("a block longer than any that podglass writes")) }
        let block = try bytes(Int(length))
        guard RecordingFormat.checksum(block) == checksum else { throw fail(damaged("its checksum is wrong")) }
        guard let payload = inflater.inflate(block, limit: RecordingLimits.payloadBytes) else {
            throw fail(damaged("it does not decompress"))
        }
        decoder.load(payload)
    }

    private mutating func bytes(_ count: Int) throws(RecordingReadError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try source.read(count) } catch { throw fail(.failed(error)) }
        if bytes.count < count { throw fail(.truncated(name: source.name, at: source.position)) }
        return bytes
    }

    private mutating func fail(_ error: RecordingReadError) -> RecordingReadError {
        failure = error
        return error
    }

    private static func header(_ source: inout RecordingSource) throws(RecordingReadError) -> RecordingHeader {
        let name = source.name
        let prefix: [UInt8]
        do { prefix = try source.read(RecordingFormat.prefixBytes) } catch { throw .failed(error) }
        let magic = RecordingFormat.magic
        guard prefix.prefix(magic.count).elementsEqual(magic.prefix(prefix.count)) else { throw .foreign(name: name) }
        guard prefix.count >= magic.count + 2 else { throw .truncated(name: name, at: source.position) }
        let version = RecordingFormat.integer(prefix[magic.count..<magic.count + 2], as: UInt16.self)
        guard version <= RecordingFormat.version else { throw .newer(name: name, version: version) }
        let place = UInt64(magic.count)
        guard EventCodec.readable.contains(version) else { throw .damaged(name: name, at: place, why: "there is no format \(version)") }
        guard prefix.count == RecordingFormat.prefixBytes else { throw .truncated(name: name, at: source.position) }

        let length = RecordingFormat.integer(prefix[(magic.count + 2)..<(magic.count + 6)], as: UInt32.self)
        let checksum = RecordingFormat.integer(prefix[(magic.count + 6)...], as: UInt32.self)
        guard length <= RecordingFormat.headerBytes else { throw .damaged(name: name, at: place, why: "its header is too long") }
        let bytes: [UInt8]
        do { bytes = try source.read(Int(length)) } catch { throw .failed(error) }
        guard bytes.count == length else { throw .truncated(name: name, at: source.position) }
        guard RecordingFormat.checksum(bytes) == checksum else {
            throw .damaged(name: name, at: place, why: "its header's checksum is wrong")
        }
        do { return try RecordingHeader(decoding: bytes) } catch {
            throw .damaged(name: name, at: place, why: error.explanation)
        }
    }
}
