// What a flow is: one workload, talking in one direction with one peer address on one server port.
// The kernel folds sockets into rows under exactly this key (bpf/include/records.h), so ephemeral ports never multiply rows.

/// Who opened the connection, seen from the workload whose row it is.
package enum Direction: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The peer connected to this workload: it is the server.
    case inbound = 1
    /// This workload connected to the peer: it is the client.
    case outbound = 2

    package var name: String { self == .inbound ? "inbound" : "outbound" }
    package var side: String { self == .inbound ? "server" : "client" }
}

/// A process's name as the kernel keeps it: at most 15 bytes, held without an allocation. Hostile text.
package struct CommandName: Hashable, Sendable, BitwiseCopyable {
    package var first: UInt64 = 0
    package var second: UInt64 = 0

    package init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    package init(_ text: String) {
        var bytes = Array(text.utf8.prefix(15))
        bytes += repeatElement(0, count: 16 - bytes.count)
        first = bytes[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        second = bytes[8...].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var isEmpty: Bool { first & 0xff == 0 }

    package var text: String {
        let bytes = (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? first : second) >> UInt64(8 * ($0 % 8))) }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// The transport protocol, by its IP protocol number.
package enum Transport: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case tcp = 6
    case udp = 17

    package var name: String { self == .tcp ? "tcp" : "udp" }
}

package struct FlowKey: Hashable, Sendable, BitwiseCopyable {
    /// Inode number of the socket's cgroup2 directory; 1 is the root of the tree.
    package var cgroup: UInt64
    /// The process's name where the cgroup tells nothing (the root of the tree), else empty.
    package var command: CommandName
    /// Inode number of the network namespace.
    package var netns: UInt32
    package var direction: Direction
    package var transport: Transport
    package var peer: Address
    /// The server's port, on both sides of a connection.
    package var port: UInt16

    package init(
        cgroup: UInt64, command: CommandName = CommandName(""), netns: UInt32, direction: Direction,
        transport: Transport = .tcp, peer: Address, port: UInt16
    ) {
        self.cgroup = cgroup
        self.command = command
        self.netns = netns
        self.direction = direction
        self.transport = transport
        self.peer = peer
        self.port = port
    }

    /// The key under which is summed what found no place of its own: `workload` is -1 where it is the whole node's.
    static func gathering(_ direction: Direction, _ transport: Transport, workload: WorkloadIndex = -1) -> FlowKey {
        FlowKey(
            cgroup: 0, netns: UInt32(truncatingIfNeeded: workload + 1), direction: direction, transport: transport, peer: .unspecified,
            port: 0)
    }

    /// Whether it is such a key.
    var isGathering: Bool { cgroup == 0 && port == 0 && peer == .unspecified && command.isEmpty }
}
