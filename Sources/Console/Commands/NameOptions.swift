// Who is asked for names beyond the node's own files: the container runtime of this node, unless it is left alone.

import ArgumentParser
import Cluster

struct NameOptions: ParsableArguments {
    @Flag(help: "Do not ask the container runtime of this node who its containers are.")
    var noRuntime = false

    /// The sources that these options ask for.
    func sources(hostRoot: String?) -> NameSources {
        NameSources(noRuntime ? [] : NameSourceCatalogue.onNode(hostRoot: hostRoot))
    }
}
