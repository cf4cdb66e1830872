// Who is asked for names beyond the node's own files: the container runtime without being asked for, the kubelet and the API
// server only where the user named them.

import ArgumentParser
import Cluster

struct NameOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Ask the API server for pods, Services, nodes and owners: --kube for $KUBECONFIG or ~/.kube/config, --kube=in-cluster, --kube=FILE.",
            valueName: "in-cluster|file"))
    var kube: String?

    @Option(
        help: ArgumentHelp("Ask the kubelet for this node's pods: --kubelet for the one here, or --kubelet=URL.", valueName: "url"))
    var kubelet: String?

    @Flag(help: "Do not ask the container runtime of this node who its containers are.")
    var noRuntime = false

    /// What stands for the option's own default: no path and no URL is this.
    static let own = "default"
    private static let withOwn: Set = ["--kube", "--kubelet"]

    /// `--kube` and `--kubelet` take a value behind "=" only; without one they mean their default.
    static func prepare(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return arguments[..<end].map { withOwn.contains($0) ? $0 + "=" + own : $0 } + arguments[end...]
    }

    /// The sources that these options ask for. What can be known to be wrong is thrown before anything is contacted.
    func sources(hostRoot: String?) throws(Failure) -> NameSources {
        var sources = noRuntime ? [] : NameSourceCatalogue.onNode(hostRoot: hostRoot)
        do throws(NameSourceError) {
            if let kubelet { sources.append(try NameSources.kubelet(kubelet == NameOptions.own ? nil : kubelet)) }
            if let kube { sources.append(try NameSources.server(kube == NameOptions.own ? "" : kube)) }
        } catch {
            throw Failure(error.sentence, status: Failure.wrongUsage)
        }
        return NameSources(sources)
    }
}
