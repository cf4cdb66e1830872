// Which of the proxies that meshes and nodes put in the way of traffic a container or a process is. Pure, by its names: the
// image says it best, because a mesh may call the container of another program "istio-proxy" (ambient's ztunnel is called so).

package enum Proxy: String, Sendable, CaseIterable {
    case istio = "istio-proxy"
    case linkerd = "linkerd-proxy"
    case envoy
    case ztunnel
    case ciliumAgent = "cilium-agent"
    case ciliumEnvoy = "cilium-envoy"
    case kubeProxy = "kube-proxy"
    case kuma = "kuma-sidecar"
    case consul = "consul-dataplane"

    package var name: String { rawValue }

    /// What the program is, by whatever is known of it.
    package static func recognise(container: String? = nil, image: String? = nil, command: String? = nil) -> Proxy? {
        if let image, let found = rules.first(where: { $0.images.contains(repository(image)) }) { return found.proxy }
        if let container, let found = rules.first(where: { $0.containers.contains(container) }) { return found.proxy }
        if let command, let found = rules.first(where: { $0.commands.contains(command) }) { return found.proxy }
        return nil
    }

    private struct Rule {
        var proxy: Proxy
        var containers: [String]
        /// The last two parts of an image's repository, or the last where that is enough.
        var images: Set<String>
        /// As the kernel has them: at most 15 bytes.
        var commands: [String]

        init(_ proxy: Proxy, containers: [String], images: Set<String>, commands: [String]) {
            self.proxy = proxy
            self.containers = containers
            self.images = images
            self.commands = commands
        }
    }

    private static let rules = [
        Rule(.ztunnel, containers: ["ztunnel"], images: ["ztunnel"], commands: ["ztunnel"]),
        Rule(.istio, containers: ["istio-proxy"], images: ["proxyv2"], commands: ["pilot-agent"]),
        Rule(.linkerd, containers: ["linkerd-proxy"], images: ["linkerd/proxy"], commands: ["linkerd2-proxy"]),
        Rule(.ciliumEnvoy, containers: ["cilium-envoy"], images: ["cilium-envoy"], commands: ["cilium-envoy", "cilium-envoy-st"]),
        Rule(.ciliumAgent, containers: ["cilium-agent"], images: ["cilium/cilium"], commands: ["cilium-agent"]),
        Rule(.kubeProxy, containers: ["kube-proxy"], images: ["kube-proxy"], commands: ["kube-proxy"]),
        Rule(.kuma, containers: ["kuma-sidecar"], images: ["kuma-dp"], commands: ["kuma-dp"]),
        Rule(.consul, containers: ["consul-dataplane"], images: ["consul-dataplane"], commands: ["consul-dataplan"]),
        Rule(.envoy, containers: ["envoy", "envoy-sidecar"], images: ["envoy", "aws-appmesh-envoy"], commands: ["envoy"]),
    ]

    /// "docker.io/istio/proxyv2:1.24@sha256:…" → "proxyv2"; of a name that says too little alone, its last two parts.
    private static func repository(_ image: String) -> String {
        let parts = image.prefix { $0 != "@" }.split(separator: "/")
        guard let last = parts.last else { return "" }
        let name = String(last.prefix { $0 != ":" })
        guard name == "proxy" || name == "cilium", parts.count > 1 else { return name }
        return parts[parts.count - 2] + "/" + name
    }
}
