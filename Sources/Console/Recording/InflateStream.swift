// The other side of `DeflateStream`. A block that inflates beyond its limit is refused before it is held in memory.

import CZlib
import Glibc

struct InflateStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(SystemError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw SystemError("decompress", "the recording", code: ENOMEM)
        }
        self.stream = stream
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The block's payload; nil where it is no deflated data, or more than `limit` bytes.
    mutating func inflate(_ block: [UInt8], limit: Int) -> [UInt8]? {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var input = block
        return input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            defer {
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
            repeat {
                let result = chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.pointee.next_out = chunk.baseAddress
                    stream.pointee.avail_out = uInt(chunk.count)
                    return CZlib.inflate(stream, Z_SYNC_FLUSH)
                }
                // Z_BUF_ERROR: nothing was left to do.
                guard result == Z_OK || result == Z_BUF_ERROR else { return nil }
                output += chunk[..<(chunk.count - Int(stream.pointee.avail_out))]
                if output.count > limit { return nil }
            } while stream.pointee.avail_out == 0
            return stream.pointee.avail_in == 0 ? output : nil
        }
    }
}
