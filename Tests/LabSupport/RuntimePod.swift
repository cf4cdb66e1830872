// A pod that the container runtime runs.

import Foundation

package struct RuntimePod: Sendable {
    package let template: PodTemplate
    package let uid: String
    package internal(set) var sandbox: String
    /// On the laboratory's bridge; empty on the host's network.
    package internal(set) var address: String
    /// Identifiers by name.
    package internal(set) var containers: [String: String]

    package var name: String { template.name }
    package var namespace: String { template.namespace }

    /// Where its logs are, below the laboratory's host root.
    var logs: String { RuntimePod.logs(of: template, uid: uid) }

    static func logs(of template: PodTemplate, uid: String) -> String {
        "/var/log/pods/\(template.namespace)_\(template.name)_\(uid)"
    }

    /// A container's identifier by its name.
    package func container(_ name: String = "main") throws -> String {
        guard let identifier = containers[name] else { throw LabError("\(self.name) has no container \(name)") }
        return identifier
    }
}
