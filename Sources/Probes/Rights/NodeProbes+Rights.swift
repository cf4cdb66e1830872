// What the collector's thread goes on needing once everything is loaded, computed from what runs.

import CLibbpf

extension NodeProbes {
    /// The calling thread, which owns the probes, keeps what they go on needing.
    package func giveUpRights() {
        // While its namespace may still be entered.
        translations.openAtStart()
        Rights.keep(standingNeeds)
    }

    package var standingNeeds: Set<StandingNeed> {
        var needs: Set<StandingNeed> = [.cgroups, .pods]
        if translations.isReachable { needs.insert(.translations) }
        // The sockets of one namespace after the other, in each interval.
        if isEarly { needs.insert(.namespaces) }
        if mapsAskForRights { needs.insert(.maps) }
        return needs
    }

    /// Whether this kernel refuses to read a map without CAP_BPF: with kernel.unprivileged_bpf_disabled it did so before 5.19.
    /// Tried, not told from its version: kernels of distributions carry later changes.
    private var mapsAskForRights: Bool {
        guard let map = maps["tallies"], Rights.isProgram else { return false }
        var asks = true
        try? NetworkNamespaces.onThreadOfItsOwn {
            Rights.keep([])
            var info = bpf_map_info()
            var length = UInt32(MemoryLayout<bpf_map_info>.size)
            asks = bpf_obj_get_info_by_fd(map, &info, &length) != 0
        }
        return asks
    }
}
