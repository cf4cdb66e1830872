// What the kernel's words on the TCP screen mean, in a sentence for somebody who does not know them, and where to look next.
// The drop reasons are those of include/net/dropreason-core.h that TCP meets most; any other is named and says so itself.

import Aggregation

enum Causes {
    /// The sentence for a row of the TCP screen.
    static func sentence(_ kind: SymptomRow.Kind, _ cause: String) -> String {
        described(kind, cause) ?? "The kernel's own word for why; include/net/dropreason-core.h of its source says more."
    }

    /// Whether nothing is lost by it on a healthy node, as its sentence says: such rows are faint.
    static func isHarmless(_ kind: SymptomRow.Kind, _ cause: String) -> Bool { described(kind, cause)?.contains("Harmless") ?? false }

    /// Nil for what nobody described here.
    static func described(_ kind: SymptomRow.Kind, _ cause: String) -> String? {
        if cause == "~other" { return "Rows that found no place of their own, the longest silent ones, summed." }
        switch kind {
        case .retransmit: return retransmits[cause]
        case .drop: return drops[cause]
        case .reset: return resets[cause]
        case .failure: return failures[cause]
        case .listenDrop:
            return "A listening socket threw away what came: a handshake for a full accept queue, mostly (the server accepts too "
                + "slowly, or its backlog is too small), or a segment that fits no handshake."
        }
    }

    /// How a listening socket fares.
    static func sentence(_ listener: ListenerSample) -> String {
        if listener.queueLimit > 0, listener.queue >= listener.queueLimit {
            return "Its accept queue is full: new handshakes are thrown away until the server accepts. "
                + "It accepts too slowly, or its backlog is too small."
        }
        if listener.drops > 0 { return "It refused handshakes since podglass started: its queue was full then, or memory was short." }
        return listener.queue > 0 ? "Connections wait for the server to accept them." : "Nothing waits and nothing was refused."
    }

    private static let retransmits = [
        "fast":
            "The peer's acknowledgements showed a hole, so the segment was sent again at once: packets are lost or reordered on the way.",
        "timeout": "Nothing was acknowledged for a whole timeout (200 ms or more), so it was sent again: the peer or the path is stuck.",
        "loss_probe": "The last segment went unanswered for about two round trips, so it was repeated to find out whether it was lost.",
        "syn": "A connection request was not answered within a second and was sent again: a firewall, a full queue, or nobody there.",
        "other": "Sent again for a reason that the kernel does not tell apart.",
        "synack":
            "The answer to a connection request was not acknowledged and was sent again: the way back loses packets, or the client left.",
    ]

    private static let drops = [
        "NETFILTER_DROP": "A firewall rule of this node (nftables, iptables, a network policy) dropped it: nft list ruleset shows them.",
        "NO_SOCKET": "Nobody listens on that port, or the connection was gone already; the sender gets a reset.",
        "TCP_OLD_DATA":
            "Data that had been received before: the peer sent it twice, after a loss or a late acknowledgement. Harmless by itself.",
        "TCP_OLD_SEQUENCE": "A segment from before the window, mostly a repeated one or a keep-alive. Harmless by itself.",
        "TCP_OLD_ACK": "An acknowledgement of what had been acknowledged. Harmless by itself.",
        "TCP_TOO_OLD_ACK": "An acknowledgement from far before the window: a stray packet, or somebody forging them.",
        "TCP_ACK_UNSENT_DATA": "It acknowledges what was never sent: a stray packet, or somebody forging them.",
        "TCP_ZEROWINDOW": "Data came while the receive window was shut: this process reads more slowly than the peer sends.",
        "TCP_OVERWINDOW": "Data came from beyond the receive window: the peer ignores it, or a packet strayed.",
        "TCP_INVALID_SEQUENCE": "Its sequence number belongs to no part of the window: a stray packet, or somebody forging them.",
        "TCP_INVALID_ACK_SEQUENCE": "It acknowledges what the handshake never sent: a stray packet, or somebody forging them.",
        "TCP_INVALID_SYN": "A connection request inside a connection: a reused port, or somebody forging packets.",
        "TCP_RESET": "A reset whose sequence number did not fit: it was answered with a challenge and not obeyed.",
        "TCP_FLAGS": "A packet whose flags do not fit the state: no handshake, or FIN and SYN at once.",
        "TCP_ABORT_ON_DATA": "Data came after the process had closed the socket; the peer gets a reset and loses what it sent.",
        "TCP_CLOSE": "It came for a connection that was closed already.",
        "TCP_FASTOPEN": "A fast-open request that could not be taken up.",
        "TCP_LISTEN_OVERFLOW": "The accept queue was full: the server accepts too slowly, or its backlog is too small.",
        "TCP_OFOMERGE": "Out-of-order data that the queue had already. Harmless by itself.",
        "TCP_OFO_DROP": "Out-of-order data that found no memory: raise net.ipv4.tcp_rmem, or the pod's memory limit.",
        "TCP_OFO_QUEUE_PRUNE": "Out-of-order data thrown away for want of memory: raise net.ipv4.tcp_rmem, or the pod's memory limit.",
        "TCP_RFC7323_PAWS": "Its timestamp is older than the last one seen: a very late packet, or address translation mixing hosts.",
        "TCP_CSUM": "Its checksum is wrong: damaged on the way, or by a network card.",
        "SOCKET_RCVBUFF": "The socket's receive buffer was full: the process reads too slowly, or net.ipv4.tcp_rmem is small.",
        "SOCKET_BACKLOG": "Packets came faster than the socket's backlog takes them while its process was busy.",
        "PROTO_MEM": "The protocol's memory for the whole node is used up: see net.ipv4.tcp_mem.",
        "QUEUE_PURGE":
            "Left in a queue when its socket was closed: the peer's last goodbye (FIN), or data nobody read. Harmless unless data is missing.",
        "SOCKET_CLOSE": "It came for a socket that was being closed.",
        "SOCKET_FILTER": "A filter that a process put on its socket (SO_ATTACH_FILTER) refused it.",
        "BPF_CGROUP_EGRESS": "An eBPF program on the workload's cgroup refused it: a network policy, or the service manager.",
        "TC_INGRESS": "Traffic control on the way in dropped it: a network plug-in's policy, or a shaper.",
        "TC_EGRESS": "Traffic control on the way out dropped it: a network plug-in's policy, or a shaper.",
        "QDISC_DROP": "The queue of the network device dropped it: full, or a shaper's limit.",
        "CPU_BACKLOG": "A processor's input queue was full: see net.core.netdev_max_backlog.",
        "XDP": "An eBPF program at the network driver refused it.",
        "FULL_RING": "The device's ring was full.",
        "NOMEM": "The kernel had no memory for it.",
        "NEIGH_FAILED": "Nobody answered for that address on the local network (ARP or neighbour discovery): the host is gone.",
        "NEIGH_QUEUEFULL": "Too many packets waited for an address to be resolved (ARP or neighbour discovery).",
        "NEIGH_CREATEFAIL": "No neighbour entry could be made: the neighbour table is full (net.ipv4.neigh.default.gc_thresh3).",
        "IP_OUTNOROUTES": "There is no route to that address.",
        "IP_INNOROUTES": "It came for an address to which there is no route.",
        "IP_RPFILTER": "It came in by an interface that its sender is not reached by (rp_filter): asymmetric routes.",
        "OTHERHOST": "It was meant for another host and only passed by. Harmless.",
        "PKT_TOO_BIG": "Larger than the next link takes and not to be split: check the MTU along the path.",
        "XFRM_POLICY": "An IPsec policy refused it.",
        "NOT_SPECIFIED": "The kernel says no reason: this place in it has none yet. Often part of an ordinary close.",
    ]

    private static let resets = [
        "sent": "This side cut the connection: nobody listens there, or the process closed with data unread or with SO_LINGER 0.",
        "received": "The peer cut the connection: nobody listens there, its process died, or something between gave up.",
    ]

    private static let failures = [
        "refused": "The peer answered with a reset: nobody listens on that port there.",
        "timeout": "Nobody answered until the kernel gave up (ETIMEDOUT): a firewall that drops, or no such host.",
        "failed": "The attempt ended before an answer: the process gave up waiting, or there was no way to the address.",
    ]
}
