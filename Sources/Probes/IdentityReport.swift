// What the sources of names gave, for `doctor`.

package struct IdentityReport: Sendable {
    package var cgroupMount: String
    package var podLogsReadable: Bool
}

extension NodeProbes {
    package var identityReport: IdentityReport {
        IdentityReport(cgroupMount: identity.tree.mountPoint, podLogsReadable: identity.podLogsReadable)
    }
}
