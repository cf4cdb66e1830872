// Whether the kernel lets this process observe, asked before a terminal is opened: the smallest map is made and closed.

import CLibbpf
import Glibc

package enum ObservationRight {
    /// Throws the reason and the remedy where eBPF is refused.
    package static func check() throws(ProbeError) {
        var options = bpf_map_create_opts()
        options.sz = MemoryLayout<bpf_map_create_opts>.size
        let map = bpf_map_create(BPF_MAP_TYPE_HASH, "podglass_check", 4, 4, 1, &options)
        let reason = errno
        if map >= 0 { close(map) }
        // A hash map is given to some who may not load programs; kernel.unprivileged_bpf_disabled decides. Root may both.
        guard map < 0 || geteuid() != 0 && !hasCapabilities() else { return }
        throw ProbeError(
            operation: "observe", subject: "this node", errno: map < 0 ? reason : EPERM,
            advice:
                "run as root (sudo podglass), or with CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN; podglass demo needs no rights")
    }

    /// CAP_BPF (39) or CAP_SYS_ADMIN (21) among the effective capabilities (proc(5), CapEff).
    private static func hasCapabilities() -> Bool {
        guard let line = (SmallFile.read("/proc/self/status") ?? "").split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let digits = line.split(separator: "\t").last, let effective = UInt64(digits, radix: 16)
        else { return false }
        return effective >> 39 & 1 == 1 || effective >> 21 & 1 == 1
    }
}
