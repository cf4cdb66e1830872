// A container as the Docker Engine API lists it (GET /containers/json), which podman answers too. What is not named here is
// skipped; anything may be missing.

import Aggregation

struct EngineContainer: Decodable, Sendable {
    struct Network: Decodable, Sendable {
        var address: String?
        var address6: String?

        private enum CodingKeys: String, CodingKey {
            case address = "IPAddress"
            case address6 = "GlobalIPv6Address"
        }
    }

    struct Settings: Decodable, Sendable {
        var networks: [String: Network]?

        private enum CodingKeys: String, CodingKey { case networks = "Networks" }
    }

    var id: String
    var names: [String]?
    var image: String?
    var labels: [String: String]?
    var settings: Settings?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case labels = "Labels"
        case settings = "NetworkSettings"
    }

    /// The kubelet made it, by way of cri-dockerd: the runtime's interface knows more of it.
    private var isOfPod: Bool { labels?.keys.contains { $0.hasPrefix("io.kubernetes.") } ?? false }

    /// nil for what is no container of its own.
    var object: ClusterObject? {
        guard !isOfPod, id.utf8.count == 64, id.allSatisfy(\.isHexDigit) else { return nil }
        // "/web"; a link of another container to it is "/other/web".
        let own = (names ?? []).map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
        let name = (own.first { !$0.contains("/") } ?? String(id.prefix(12))).cut(toBytes: RuntimeLimits.nameBytes)
        var object = ClusterObject(kind: .container, id: id.lowercased(), name: name)
        object.labels = Labels(bounded: labels ?? [:])
        let networks = (settings?.networks ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        let addresses = networks.flatMap { [$0.address, $0.address6] }.compactMap { $0.flatMap { Address($0) } }
        object.addresses = Array(addresses.filter { !$0.isUnspecified }.prefix(RuntimeLimits.addressesOfPod))
        object.containers = [
            ClusterObject.Container(id: object.id, name: name, image: (image ?? "").cut(toBytes: RuntimeLimits.imageBytes))
        ]
        return object
    }
}
