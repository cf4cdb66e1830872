// What goes on asking the kernel for a capability when everything is loaded and attached: the catalogue from which each thread
// computes what it keeps. Everything else is given up. docs/rights.md is the same table for people, held by a test.

import Glibc

/// Capabilities as the kernel writes them: a bit each, by its number.
package struct CapabilitySet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package init(_ capability: Capability) { self.init(rawValue: 1 << UInt64(capability.rawValue)) }

    /// CAP_DAC_OVERRIDE: podglass asks nobody for it, root has it.
    package static let override = CapabilitySet(rawValue: 1 << 1)

    package var names: [String] {
        Capability.allCases.filter { contains(CapabilitySet($0)) }.map(\.name) + (contains(.override) ? ["CAP_DAC_OVERRIDE"] : [])
    }
}

package enum StandingNeed: Sendable, Hashable, CaseIterable {
    case cgroups
    case pods
    case translations
    case maps
    case namespaces
    case nodeFiles
    case credentials
    case socket
    case workingDirectory

    package var keeps: CapabilitySet {
        switch self {
        case .cgroups, .credentials: CapabilitySet(.readSearch)
        case .pods, .nodeFiles: CapabilitySet(.processTrace)
        case .translations: CapabilitySet(.networkAdministration)
        case .maps: CapabilitySet(.bpf)
        case .namespaces: CapabilitySet(.systemAdministration)
        case .socket, .workingDirectory: .override
        }
    }

    /// For what it stays; short enough for a cell of a table.
    package var reason: String {
        switch self {
        case .cgroups: "opening a new cgroup by its id; pod logs closed to others"
        case .pods: "addresses and network namespaces of new pods"
        case .translations: "asking connection tracking, every few seconds"
        case .maps: "reading maps, where the kernel asks for it at each call (before 5.19)"
        case .namespaces: "entering network namespaces in each interval, on old kernels"
        case .nodeFiles: "the runtime's socket through /proc/1/root, in a debug pod without /host"
        case .credentials: "renewing a kubeconfig's token or certificate that is another user's"
        case .socket: "connecting to the runtime's socket as a user who is not root"
        case .workingDirectory: "saving a screen (w) into a directory that is another user's"
        }
    }

    /// What saving a file into the present directory asks for: nothing where this user may write there anyhow. By its mode alone;
    /// an access control list may allow more.
    package static func saving() -> Set<StandingNeed> {
        var status = stat()
        guard stat(".", &status) == 0 else { return [] }
        let mode =
            status.st_uid == geteuid() ? status.st_mode >> 6 : status.st_gid == getegid() ? status.st_mode >> 3 : status.st_mode
        return mode & 3 == 3 ? [] : [.workingDirectory]
    }
}

extension Set<StandingNeed> {
    package var keeps: CapabilitySet { reduce(into: []) { $0.formUnion($1.keeps) } }
}
