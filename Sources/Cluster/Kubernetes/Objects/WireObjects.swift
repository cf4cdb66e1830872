// What is read of Kubernetes' objects: only the fields that become something. All else of the JSON, managedFields first, is
// dropped while it is decoded. Whatever may be absent or null is optional.
// https://kubernetes.io/docs/reference/generated/kubernetes-api/

import FoundationEssentials

protocol WireObject: Decodable {
    var metadata: WireMetadata? { get }
}

extension WireObject {
    init(json: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(json)) }
}

struct WireMetadata: Decodable {
    var name: String?
    var namespace: String?
    var uid: String?
    var resourceVersion: String?
    var labels: [String: String]?
    var annotations: Annotations?
    var ownerReferences: [WireOwner]?
    var deletionTimestamp: String?

    struct Annotations: Decodable {
        /// Of a static pod: what its cgroup is called by.
        var configHash: String?
        /// Of a static pod's mirror in the API server.
        var configMirror: String?

        enum CodingKeys: String, CodingKey {
            case configHash = "kubernetes.io/config.hash"
            case configMirror = "kubernetes.io/config.mirror"
        }
    }

    /// Who made it: of several owners the one that says so.
    var controller: WireOwner? { ownerReferences?.first { $0.controller == true } }
}

struct WireOwner: Decodable {
    var apiVersion: String?
    var kind: String?
    var name: String?
    var uid: String?
    var controller: Bool?
}

/// PartialObjectMetadata: of ReplicaSets and Jobs no more is asked for.
struct WirePartial: WireObject {
    var metadata: WireMetadata?
}

struct WirePod: WireObject {
    var metadata: WireMetadata?
    var spec: Spec?
    var status: Status?

    struct Spec: Decodable {
        var nodeName: String?
        var hostNetwork: Bool?
        var containers: [Container]?
        var initContainers: [Container]?
        var ephemeralContainers: [Container]?
    }

    struct Container: Decodable {
        var name: String?
        var image: String?
        var restartPolicy: String?
    }

    struct Status: Decodable {
        var phase: String?
        var podIP: String?
        var podIPs: [IP]?
        var containerStatuses: [ContainerStatus]?
        var initContainerStatuses: [ContainerStatus]?
        var ephemeralContainerStatuses: [ContainerStatus]?
    }

    struct IP: Decodable {
        var ip: String?
    }

    struct ContainerStatus: Decodable {
        var name: String?
        var containerID: String?
        var image: String?
        var restartCount: Int?
        var state: State?

        struct State: Decodable {
            var running: Nothing?
            var waiting: Reason?
            var terminated: Reason?
        }

        struct Reason: Decodable {
            var reason: String?
        }

        struct Nothing: Decodable {}
    }
}

struct WireServiceObject: WireObject {
    var metadata: WireMetadata?
    var spec: Spec?
    var status: Status?

    struct Spec: Decodable {
        var clusterIP: String?
        var clusterIPs: [String]?
        var externalIPs: [String]?
    }

    struct Status: Decodable {
        var loadBalancer: LoadBalancer?

        struct LoadBalancer: Decodable {
            var ingress: [WirePod.IP]?
        }
    }
}

struct WireEndpointSlice: WireObject {
    var metadata: WireMetadata?
    var addressType: String?
    var endpoints: [Endpoint]?

    struct Endpoint: Decodable {
        var addresses: [String]?
        var targetRef: Target?

        struct Target: Decodable {
            var kind: String?
        }
    }
}

struct WireNode: WireObject {
    var metadata: WireMetadata?
    var status: Status?

    struct Status: Decodable {
        var addresses: [Address]?

        struct Address: Decodable {
            var type: String?
            var address: String?
        }
    }
}

/// One line of a watch. An ERROR's object is a Status, whose `status` is a text where a pod's is an object.
struct WireEvent<Object: WireObject>: Decodable {
    enum Content {
        case object(Object)
        case failure(code: Int)
    }

    var type: String
    var content: Content

    private enum CodingKeys: String, CodingKey { case type, object }
    private struct Status: Decodable { var code: Int? }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decode(String.self, forKey: .type)
        content =
            if type == "ERROR" {
                .failure(code: (try? values.decode(Status.self, forKey: .object).code) ?? 500)
            } else {
                .object(try values.decode(Object.self, forKey: .object))
            }
    }
}

/// What is around a list's items.
struct WireList: Decodable {
    var metadata: Metadata?

    struct Metadata: Decodable {
        var resourceVersion: String?
        var `continue`: String?
    }
}
