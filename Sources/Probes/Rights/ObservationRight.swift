// Whether the kernel lets this process observe, asked before a terminal is opened: the capabilities are looked at, and the
// smallest map is made and closed.

import CLibbpf
import Glibc

package enum ObservationRight {
    /// Throws what is missing and the remedy where eBPF is refused.
    package static func check() throws(ProbeError) {
        if let refusal = refusal(Rights.read(), mapErrno: tryMap()) { throw refusal }
    }

    /// 0, or why the kernel makes no map.
    private static func tryMap() -> Int32 {
        var options = bpf_map_create_opts()
        options.sz = MemoryLayout<bpf_map_create_opts>.size
        let map = bpf_map_create(BPF_MAP_TYPE_HASH, "podglass_check", 4, 4, 1, &options)
        guard map < 0 else {
            close(map)
            return 0
        }
        return errno
    }

    /// Why nothing can be observed, one sentence; nil where something can. A map may be given to those who may not load
    /// programs (kernel.unprivileged_bpf_disabled), so the capabilities decide first.
    static func refusal(_ rights: Rights, mapErrno: Int32) -> ProbeError? {
        let essential = rights.missing.filter(\.isEssential)
        if !essential.isEmpty {
            return ProbeError(
                operation: "observe", subject: "this node without \(Rights.list(essential))", errno: EPERM,
                advice: Rights.remedy + "; podglass demo needs no rights")
        }
        guard mapErrno != 0 else { return nil }
        let why =
            if !rights.isInFirstUserNamespace {
                "podglass is in a user namespace, whose capabilities do not count for eBPF: run it as the machine's root"
            } else if mapErrno == EPERM || mapErrno == EACCES {
                "the capabilities are there, so a seccomp profile or a security module forbids bpf(2): in a pod give it privileged: true, "
                    + "as kubectl debug node --profile=sysadmin does"
            } else {
                "podglass needs a kernel with eBPF (CONFIG_BPF_SYSCALL)"
            }
        return ProbeError(operation: "observe", subject: "this node", errno: mapErrno, advice: why + "; podglass demo needs no rights")
    }

    /// What helps where a program was refused: the capabilities that loading and attaching ask for, else nothing does.
    static func advice(_ rights: Rights) -> String {
        let missing = rights.missing.filter { $0.isEssential || $0 == .networkAdministration }
        return missing.isEmpty
            ? "this kernel refuses this kind of program to everyone" : "it takes \(Rights.list(missing)) (docs/rights.md)"
    }
}
