// The sources of names that a run has without being asked: those of the node itself.

package enum NameSourceCatalogue {
    /// What this node's own sockets know. `hostRoot`: where the node's file system is, if not where it is usually found.
    package static func onNode(hostRoot: String?) -> [any NameSource] {
        [RuntimeSource(hostRoot: hostRoot), EngineSource(hostRoot: hostRoot)]
    }
}
