// What is asked of connection tracking and how its answer reads (ctnetlink: include/uapi/linux/netfilter/nfnetlink.h and
// nfnetlink_conntrack.h). Bytes in, values out: no socket here.

import Aggregation
import CLinux

enum ConntrackMessages {
    /// Asks for all entries of both families whose destination was translated. Before Linux 5.9 the kernel knows no filter by
    /// status and gives every entry: `TranslationSample.init` leaves the rest out.
    static func dump(sequence: UInt32) -> [UInt8] {
        var message = Bytes()
        message.put(UInt32(0))
        message.put(UInt16(NFNL_SUBSYS_CTNETLINK) << 8 | UInt16(IPCTNL_MSG_CT_GET.rawValue))
        message.put(UInt16(NLM_F_REQUEST) | UInt16(NLM_F_DUMP))
        message.put(sequence)
        message.put(UInt32(0))
        // struct nfgenmsg: family (AF_UNSPEC), version, resource.
        message.put(UInt32(0))
        for attribute in [CTA_STATUS, CTA_STATUS_MASK] {
            message.put(UInt16(8))
            message.put(UInt16(attribute.rawValue))
            message.put(UInt32(IPS_DST_NAT.rawValue).bigEndian)
        }
        message.setLength()
        return message.bytes
    }

    /// What one message of the answer is.
    enum Answer: Equatable {
        /// An entry; without a translation where its destination was not translated, or where it is neither TCP nor UDP.
        case entry(TranslationSample?)
        case ended
        /// The kernel's refusal, an errno.
        case refused(Int32)
    }

    /// Reads the messages of one datagram; those of an older question are passed over. What does not fit its own length ends
    /// the reading.
    static func read(_ datagram: UnsafeRawBufferPointer, sequence: UInt32, _ tell: (Answer) -> Void) {
        var rest = datagram[...]
        while let header = Header(rest) {
            let body = rest.dropFirst(Header.length).prefix(header.length - Header.length)
            if header.sequence == sequence {
                switch Int32(header.type) {
                case NLMSG_DONE: tell(.ended)
                case NLMSG_ERROR:
                    let code = body.count >= 4 ? Int32(truncatingIfNeeded: number(body.prefix(4), isNetworkOrder: false)) : 0
                    tell(code == 0 ? .ended : .refused(0 &- code))
                case Int32(NFNL_SUBSYS_CTNETLINK) << 8 | Int32(IPCTNL_MSG_CT_NEW.rawValue):
                    // Behind struct nfgenmsg.
                    tell(.entry(TranslationSample(entry: body.dropFirst(4))))
                default: break
                }
            }
            rest = rest.dropFirst(min(rest.count, aligned(header.length)))
        }
    }

    /// struct nlmsghdr
    private struct Header {
        static let length = 16
        var length: Int
        var type: UInt16
        var sequence: UInt32

        init?(_ bytes: Slice<UnsafeRawBufferPointer>) {
            guard bytes.count >= Header.length else { return nil }
            length = Int(number(bytes.prefix(4), isNetworkOrder: false))
            type = UInt16(number(bytes.dropFirst(4).prefix(2), isNetworkOrder: false))
            sequence = UInt32(number(bytes.dropFirst(8).prefix(4), isNetworkOrder: false))
            guard length >= Header.length, length <= bytes.count else { return nil }
        }
    }

    /// Visits the attributes in `bytes` (struct nlattr); the flags above the type are taken off.
    fileprivate static func attributes(_ bytes: Slice<UnsafeRawBufferPointer>, _ visit: (Int, Slice<UnsafeRawBufferPointer>) -> Void) {
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(number(rest.prefix(2), isNetworkOrder: false))
            guard length >= 4, length <= rest.count else { return }
            visit(Int(number(rest.dropFirst(2).prefix(2), isNetworkOrder: false)) & 0x3fff, rest.dropFirst(4).prefix(length - 4))
            rest = rest.dropFirst(min(rest.count, aligned(length)))
        }
    }

    private static func aligned(_ length: Int) -> Int { (length + 3) & ~3 }

    /// Up to eight bytes as a number: in network order, else as this machine has it.
    fileprivate static func number(_ bytes: Slice<UnsafeRawBufferPointer>, isNetworkOrder: Bool) -> UInt64 {
        var value: UInt64 = 0
        if isNetworkOrder || UInt16(1).bigEndian == 1 {
            for byte in bytes { value = value << 8 | UInt64(byte) }
        } else {
            for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        }
        return value
    }

    private struct Bytes {
        var bytes: [UInt8] = []
        mutating func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes += $0 } }
        /// The length of the whole message is its first field.
        mutating func setLength() { withUnsafeBytes(of: UInt32(bytes.count)) { bytes.replaceSubrange(0..<4, with: $0) } }
    }
}

/// One way of a connection as connection tracking has it.
private struct Tuple {
    var source: Address?
    var destination: Address?
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0
    var transport: UInt8 = 0

    init(_ bytes: Slice<UnsafeRawBufferPointer>) {
        var tuple = Tuple()
        ConntrackMessages.attributes(bytes) { type, value in
            switch type {
            case Int(CTA_TUPLE_IP.rawValue): ConntrackMessages.attributes(value) { tuple.readAddress($0, $1) }
            case Int(CTA_TUPLE_PROTO.rawValue): ConntrackMessages.attributes(value) { tuple.readPort($0, $1) }
            default: break
            }
        }
        self = tuple
    }

    private init() {}

    private mutating func readAddress(_ type: Int, _ value: Slice<UnsafeRawBufferPointer>) {
        guard let address = Address(networkOrder: value) else { return }
        switch type {
        case Int(CTA_IP_V4_SRC.rawValue), Int(CTA_IP_V6_SRC.rawValue): source = address
        case Int(CTA_IP_V4_DST.rawValue), Int(CTA_IP_V6_DST.rawValue): destination = address
        default: break
        }
    }

    private mutating func readPort(_ type: Int, _ value: Slice<UnsafeRawBufferPointer>) {
        switch (type, value.count) {
        case (Int(CTA_PROTO_NUM.rawValue), 1): transport = UInt8(ConntrackMessages.number(value, isNetworkOrder: true))
        case (Int(CTA_PROTO_SRC_PORT.rawValue), 2): sourcePort = UInt16(ConntrackMessages.number(value, isNetworkOrder: true))
        case (Int(CTA_PROTO_DST_PORT.rawValue), 2): destinationPort = UInt16(ConntrackMessages.number(value, isNetworkOrder: true))
        default: break
        }
    }
}

extension TranslationSample {
    /// From an entry's attributes: nil where who was asked for is who answers, and for what is neither TCP nor UDP.
    fileprivate init?(entry: Slice<UnsafeRawBufferPointer>) {
        var ways: (original: Tuple?, reply: Tuple?) = (nil, nil)
        ConntrackMessages.attributes(entry) { type, value in
            switch type {
            case Int(CTA_TUPLE_ORIG.rawValue): ways.original = Tuple(value)
            case Int(CTA_TUPLE_REPLY.rawValue): ways.reply = Tuple(value)
            default: break
            }
        }
        guard let original = ways.original, let reply = ways.reply, let client = original.source,
            let service = original.destination, let backend = reply.source,
            let transport: Transport = original.transport == 6 ? .tcp : original.transport == 17 ? .udp : nil,
            service != backend || original.destinationPort != reply.sourcePort
        else { return nil }
        self.init(
            client: client, transport: transport, service: service, servicePort: original.destinationPort, backend: backend,
            backendPort: reply.sourcePort)
    }
}

extension Address {
    /// Four bytes or sixteen, as packets carry them.
    fileprivate init?(networkOrder bytes: Slice<UnsafeRawBufferPointer>) {
        switch bytes.count {
        case 4: self.init(ipv4: UInt32(ConntrackMessages.number(bytes, isNetworkOrder: true)))
        case 16:
            self.init(
                high: ConntrackMessages.number(bytes.prefix(8), isNetworkOrder: true),
                low: ConntrackMessages.number(bytes.suffix(8), isNetworkOrder: true))
        default: return nil
        }
    }
}
