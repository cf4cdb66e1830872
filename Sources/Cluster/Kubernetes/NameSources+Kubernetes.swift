// From what a user asked for (--kubelet, --kube) to a source. What can be known to be wrong is told here, before anything is
// contacted and anything is drawn.

import FoundationEssentials

extension NameSources {
    /// `--kubelet[=URL]`: nil or empty stands for this node's own. The service account's token is sent, where there is one,
    /// and over TLS only.
    package static func kubelet(
        _ url: String? = nil, account: ServiceAccount = .standard
    ) throws(NameSourceError) -> any NameSource {
        let text = url.flatMap { $0.isEmpty ? nil : $0 } ?? "https://127.0.0.1:10250"
        guard let url = ServerURL(text, port: text.hasPrefix("http://") ? 10_255 : 10_250) else {
            throw NameSourceError("--kubelet: no URL of a kubelet; write it as --kubelet=https://HOST:10250, without a user")
        }
        var access = ServerAccess(url: url)
        if url.isEncrypted {
            // A kubelet signs its certificate itself, unless told otherwise, and never for a loopback address.
            access.trust =
                url.isLoopback ? .anybody : SmallFile.isThere(account.authority) ? .authorities(.file(account.authority)) : .system
            access.identity = .optionalTokenFile(account.token)
        }
        return KubeletSource(access: access)
    }

    /// `--kube=in-cluster`, `--kube=PATH`, or nothing: $KUBECONFIG, else ~/.kube/config.
    package static func server(
        _ option: String, environment: [String: String] = ProcessInfo.processInfo.environment, account: ServiceAccount = .standard
    ) throws(NameSourceError) -> any NameSource {
        let access =
            if option == "in-cluster" {
                try inCluster(environment, account)
            } else {
                try Kubeconfig(paths: kubeconfigs(option, environment)).access()
            }
        return APIServerSource(access: access, environment: environment)
    }

    private static func kubeconfigs(_ option: String, _ environment: [String: String]) -> [String] {
        if !option.isEmpty { return [option] }
        if let list = environment["KUBECONFIG"], !list.isEmpty { return list.split(separator: ":").map(String.init) }
        return environment["HOME"].map { [$0 + "/.kube/config"] } ?? []
    }

    private static func inCluster(_ environment: [String: String], _ account: ServiceAccount) throws(NameSourceError) -> ServerAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"] else {
            throw NameSourceError(
                "--kube=in-cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no pod's environment; "
                    + "name a kubeconfig, as in --kube=PATH")
        }
        guard let url = ServerURL("https://" + (host.contains(":") ? "[\(host)]" : host) + ":" + port) else {
            throw NameSourceError(
                "--kube=in-cluster: KUBERNETES_SERVICE_HOST=\(host) and KUBERNETES_SERVICE_PORT=\(port) are no place of a server; "
                    + "name a kubeconfig, as in --kube=PATH")
        }
        for path in [account.token, account.authority] where !SmallFile.isThere(path) {
            throw NameSourceError(
                "--kube=in-cluster: \(path): no such file; give the pod a service account, or name a kubeconfig, as in --kube=PATH")
        }
        var access = ServerAccess(url: url)
        access.trust = .authorities(.file(account.authority))
        access.identity = .tokenFile(account.token)
        return access
    }
}
