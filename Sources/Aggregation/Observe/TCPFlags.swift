// The flags of a TCP header (RFC 9293 §3.1), by their bits and names.

package struct TCPFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let fin = TCPFlags(rawValue: 0x01)
    package static let syn = TCPFlags(rawValue: 0x02)
    package static let rst = TCPFlags(rawValue: 0x04)
    package static let ack = TCPFlags(rawValue: 0x10)

    package static let all: [(flag: TCPFlags, name: String)] = [
        (.fin, "FIN"), (.syn, "SYN"), (.rst, "RST"), (TCPFlags(rawValue: 0x08), "PSH"), (.ack, "ACK"), (TCPFlags(rawValue: 0x20), "URG"),
        (TCPFlags(rawValue: 0x40), "ECE"), (TCPFlags(rawValue: 0x80), "CWR"),
    ]

    package var names: [String] { TCPFlags.all.compactMap { contains($0.flag) ? $0.name : nil } }
}
