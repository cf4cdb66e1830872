// A recording's bytes, around the payloads of `EventEncoder`. All integers are little-endian.
//
//   "podglass\n"  format u16  length u32  crc32 u32  header            RecordingHeader
//   length u32  crc32 u32  deflated payload                            a block: a tick, or 64 KiB of events
//   …
//   0 u32  0 u32                                                       the end mark
//
// The crc is of the bytes that follow it. The blocks are one raw deflate stream (RFC 1951), flushed to a whole byte after
// each, so a block's names compress against those before it; a cut-off file loses at most its last block. A file without
// the end mark was cut off.

import Aggregation
import CZlib

enum RecordingFormat {
    static let magic = Array("podglass\n".utf8)
    /// The bytes of events decide it: there is one version for both.
    static let version = EventCodec.version
    /// Magic, format, length and crc.
    static let prefixBytes = magic.count + 10
    static let frameBytes = 8
    /// A longer header or block is damage.
    static let headerBytes = 16_384
    static let blockBytes = RecordingLimits.payloadBytes + 65_536

    static let endMark = [UInt8](repeating: 0, count: frameBytes)

    static func prefix(_ header: RecordingHeader) -> [UInt8] {
        magic + littleEndian(version) + frame(header.bytes)
    }

    /// The bytes with their length and crc before them.
    static func frame(_ bytes: [UInt8]) -> [UInt8] {
        littleEndian(UInt32(truncatingIfNeeded: bytes.count)) + littleEndian(checksum(bytes)) + bytes
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, bytes, uInt(bytes.count)))
    }

    static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func integer<Integer: FixedWidthInteger>(_ bytes: some Collection<UInt8>, as type: Integer.Type) -> Integer {
        bytes.reversed().reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }
}
