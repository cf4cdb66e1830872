// The service account of the pod that podglass runs in, as Kubernetes mounts it. Its files are renewed in place; they are
// read when they are used.

package struct ServiceAccount: Sendable {
    /// Where every pod has it.
    package static let standard = ServiceAccount(directory: "/var/run/secrets/kubernetes.io/serviceaccount")

    let directory: String

    package init(directory: String) { self.directory = directory }

    var token: String { directory + "/token" }
    var authority: String { directory + "/ca.crt" }
}
