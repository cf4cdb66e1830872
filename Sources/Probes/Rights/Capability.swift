// The capabilities that podglass asks for (capabilities(7)), found by taking them away one by one: what each is for, and what
// is lost without it. docs/rights.md is the same table for people.

import Glibc

package enum Capability: Int, Sendable, CaseIterable {
    case bpf = 39
    case perfmon = 38
    case networkAdministration = 12
    case systemAdministration = 21
    case processTrace = 19
    case readSearch = 2

    package var name: String {
        switch self {
        case .bpf: "CAP_BPF"
        case .perfmon: "CAP_PERFMON"
        case .networkAdministration: "CAP_NET_ADMIN"
        case .systemAdministration: "CAP_SYS_ADMIN"
        case .processTrace: "CAP_SYS_PTRACE"
        case .readSearch: "CAP_DAC_READ_SEARCH"
        }
    }

    /// Without it nothing can be seen.
    package var isEssential: Bool { self == .bpf || self == .perfmon }

    /// What is not there without it; short enough for a line of `doctor`.
    package var loss: String {
        switch self {
        case .bpf: "nothing is seen: no eBPF program or map loads"
        case .perfmon: "nothing is seen: no program may read the kernel"
        case .networkAdministration: "no requests, no UDP, no translations of Services"
        case .systemAdministration: "no older connections in pods, no programs' cost"
        case .processTrace: "no pod's address or namespace before it talks"
        case .readSearch: "no pod logs closed to others; cgroups searched"
        }
    }
}

extension Capability {
    /// What becomes of it once everything is loaded; short enough for a line.
    package var afterLoading: String {
        let needs = StandingNeed.allCases.filter { $0.keeps.contains(CapabilitySet(self)) }
        return needs.isEmpty ? "given up" : "kept for " + needs.map(\.reason).joined(separator: "; ")
    }
}

/// What this process may do.
package struct Rights: Equatable, Sendable {
    /// A bit a capability, by its number.
    var effective: UInt64
    var isRoot: Bool
    /// Whether the capabilities are those of the machine: eBPF asks for them there, whatever a user namespace gives.
    var isInFirstUserNamespace: Bool

    init(effective: UInt64, isRoot: Bool, isInFirstUserNamespace: Bool) {
        self.effective = effective
        self.isRoot = isRoot
        self.isInFirstUserNamespace = isInFirstUserNamespace
    }

    package init(capabilities: [Capability], isRoot: Bool) {
        self.init(effective: capabilities.reduce(0) { $0 | 1 << UInt64($1.rawValue) }, isRoot: isRoot, isInFirstUserNamespace: true)
    }

    package static func read() -> Rights {
        let line = (SmallFile.read("/proc/self/status") ?? "").split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = line?.split(separator: "\t").last ?? ""
        let namespace = SmallFile.inode("/proc/self/ns/user")
        return Rights(
            effective: UInt64(digits, radix: 16) ?? 0, isRoot: geteuid() == 0,
            isInFirstUserNamespace: namespace == nil || namespace == 0xefff_fffd)
    }

    package func has(_ capability: Capability) -> Bool {
        if holds(capability) { return true }
        // CAP_SYS_ADMIN holds what was taken out of it in 5.8 (bpf_capable, perfmon_capable in include/linux/capability.h).
        return capability.isEssential && holds(.systemAdministration)
    }

    /// Whether it holds CAP_SYS_ADMIN itself.
    var mayAdminister: Bool { holds(.systemAdministration) }

    private func holds(_ capability: Capability) -> Bool { effective >> UInt64(capability.rawValue) & 1 == 1 }

    /// Those that are not there, the essential first.
    package var missing: [Capability] { Capability.allCases.filter { !has($0) } }

    /// "root, without CAP_SYS_PTRACE".
    package var sentence: String {
        (isRoot ? "root" : "not root")
            + (missing.isEmpty ? ", with every capability that podglass uses" : ", without " + Rights.list(missing))
    }

    /// How to give them: to a file, to a container, or to a debug pod.
    package static let remedy =
        "run as root (sudo podglass), or give it to the file (sudo setcap \(fileCapabilities) podglass); in a pod: kubectl debug node "
        + "--profile=sysadmin, or privileged: true in its securityContext"

    /// The same in one line of `doctor`.
    package static let shortRemedy = "sudo podglass, setcap (docs/rights.md), or in a pod --profile=sysadmin"

    package static func list(_ capabilities: [Capability]) -> String {
        let names = capabilities.map(\.name)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    static let fileCapabilities =
        Capability.allCases.map { $0.name.lowercased() }.joined(separator: ",") + "=ep"
}
