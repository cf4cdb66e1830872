// The kernel's drop reasons (include/net/dropreason-core.h, without their prefix) as Hubble's, of which each has a name and a
// number (cilium api/v1/flow/flow.proto, enum DropReason). Hubble's list is Cilium's own: only what means the same is mapped, the
// rest is DROP_REASON_UNKNOWN, and the kernel's own name always goes along in the extensions.

struct HubbleDropReason: Sendable, Equatable {
    var name: String
    /// The sub-type of a drop event. Never 0, which Hubble prints as "Success".
    var number: Int

    static let unknown = HubbleDropReason(name: "DROP_REASON_UNKNOWN", number: 255)

    private init(name: String, number: Int) {
        self.name = name
        self.number = number
    }

    init(_ kernelName: String) { self = HubbleDropReason.table[kernelName] ?? .unknown }

    private static let table: [String: HubbleDropReason] = {
        let groups: [(name: String, number: Int, kernelNames: [String])] = [
            ("INVALID_SOURCE_IP", 132, ["IP_RPFILTER", "IP_INVALID_SOURCE", "IP_LOCAL_SOURCE"]),
            ("POLICY_DENIED", 133, ["NETFILTER_DROP", "XFRM_POLICY", "BPF_CGROUP_EGRESS", "SOCKET_FILTER"]),
            (
                "INVALID_PACKET_DROPPED", 134,
                [
                    "PKT_TOO_SMALL", "PKT_TOO_BIG", "HDR_TRUNC", "IP_CSUM", "IP_INHDR", "TCP_CSUM", "UDP_CSUM", "SKB_CSUM", "ICMP_CSUM",
                    "INVALID_PROTO", "TCP_MD5NOTFOUND", "TCP_MD5UNEXPECTED", "TCP_MD5FAILURE", "TCP_AONOTFOUND", "TCP_AOUNEXPECTED",
                    "TCP_AOFAILURE", "TCP_FLAGS", "TCP_INVALID_SEQUENCE", "TCP_INVALID_END_SEQUENCE", "TCP_INVALID_ACK_SEQUENCE",
                    "TCP_INVALID_SYN", "TCP_RFC7323_PAWS", "TCP_RFC7323_PAWS_ACK", "TCP_RFC7323_TSECR", "TCP_OLD_ACK", "TCP_OLD_DATA",
                    "TCP_OLD_SEQUENCE", "TCP_OVERWINDOW", "TCP_TOO_OLD_ACK", "TCP_ACK_UNSENT_DATA",
                ]
            ),
            ("UNSUPPORTED_L3_PROTOCOL", 139, ["UNHANDLED_PROTO", "IP_NOPROTO"]),
            ("IP_FRAGMENTATION_NOT_SUPPORTED", 157, ["FRAG_REASM_TIMEOUT", "FRAG_TOO_FAR", "DUP_FRAG"]),
            ("LOCAL_HOST_IS_UNREACHABLE", 164, ["NEIGH_FAILED", "NEIGH_CREATEFAIL"]),
            ("FIB_LOOKUP_FAILED", 169, ["IP_OUTNOROUTES", "IP_INNOROUTES"]),
            ("SOCKET_LOOKUP_FAILED", 178, ["NO_SOCKET"]),
            ("VLAN_FILTERED", 182, ["VLAN_FILTER"]),
            ("TTL_EXCEEDED", 196, ["IP_TTL_EXPIRED", "TTL_EXPIRED"]),
        ]
        var table: [String: HubbleDropReason] = [:]
        for group in groups {
            for name in group.kernelNames { table[name] = HubbleDropReason(name: group.name, number: group.number) }
        }
        return table
    }()
}
